"""Rows: what every reader gives, and what it asks of a heading. How a kind is read is not here."""

import re
from dataclasses import dataclass

import polars as pl

from contracts.errors import RefusedInputError
from pipelines.io.readers import limits

MISSHAPEN = pl.Schema({"row_number": pl.Int64, "reason": pl.String, "row_text": pl.String})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Raw:
    """`rows`: row_number and text columns. `misshapen`: rows that could not be split."""

    rows: pl.DataFrame
    misshapen: pl.DataFrame


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with row_number, from 1."""
    return frame.with_row_index("row_number", offset=1).cast({"row_number": pl.Int64})


def framed(records: list[tuple[int, list[str]]], names: list[str]) -> pl.DataFrame:
    """Numbered records, each as wide as the heading, as a frame."""
    columns = zip(*(record for _, record in records), strict=True) if records else [()] * len(names)
    numbers = pl.Series("row_number", [number for number, _ in records], pl.Int64)
    texts = (pl.Series(*column, pl.String) for column in zip(names, columns, strict=True))
    return pl.DataFrame([numbers, *texts])


def headings(names: list[str], place: str) -> list[str]:
    """The names of a heading without blanks around them. Raises RefusedInputError."""
    if not any(name.strip() for name in names):
        raise RefusedInputError("empty_file", f"{place}: no header row. Export the file again.")
    if len(names) > limits.MOST_COLUMNS:
        raise RefusedInputError(
            "too_many_columns",
            f"{place}: more than {limits.MOST_COLUMNS} columns. Is the separator right?",
        )
    names = [name.strip() for name in names]
    for position, name in enumerate(names, 1):
        if len(name) > limits.MOST_NAME_CHARACTERS or _CONTROL.search(name):
            raise RefusedInputError(
                "column_name",
                f"{place}: the name of the column at position {position} is over "
                f"{limits.MOST_NAME_CHARACTERS} characters long or holds a control character. "
                "Export the file with a plain header.",
            )
    return names
