"""Readers: a file of a feed as text columns with row numbers. Nothing is interpreted here.

CSV takes a quick way for sound files and a careful one that tells each misshapen row apart.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb
import polars as pl

from contracts.errors import RefusedInputError
from contracts.parsing import as_text

MOST_BYTES = 8 * 1024**3
MOST_COLUMNS = 1_000
MOST_FIELD_CHARACTERS = 1_000_000

MISSHAPEN = pl.Schema({"row_number": pl.Int64, "reason": pl.String, "row_text": pl.String})


@dataclass(frozen=True)
class Raw:
    """`rows`: row_number and text columns. `misshapen`: rows that could not be split."""

    rows: pl.DataFrame
    misshapen: pl.DataFrame


def header(path: Path, place: str) -> list[str]:
    """Column names of a CSV or Parquet file. Raises RefusedInputError where there are none."""
    if path.suffix.lower() == ".parquet":
        return _parquet_header(path, place)
    records = _records(path, place)
    names = next(records, [])
    if not any(names):
        raise RefusedInputError("empty_file", f"{place}: no header row. Export the file again.")
    if len(names) > MOST_COLUMNS:
        raise RefusedInputError(
            "too_many_columns",
            f"{place}: more than {MOST_COLUMNS} columns. Is the separator a comma?",
        )
    return [name.strip() for name in names]


def read(path: Path, place: str) -> Raw:
    """Rows of a CSV or Parquet file as text. Raises RefusedInputError where it cannot be read."""
    if path.suffix.lower() == ".parquet":
        return Raw(_numbered(as_text(pl.read_parquet(path))), MISSHAPEN.to_frame())
    names = header(path, place)
    try:
        return Raw(_quick(path, names), MISSHAPEN.to_frame())
    except duckdb.Error:  # its text quotes the offending row; the careful way tells it without
        return _careful(path, names, place)


def _parquet_header(path: Path, place: str) -> list[str]:
    try:
        return list(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        raise RefusedInputError(
            "unreadable", f"{place}: not a Parquet file. Export it again, or as CSV."
        ) from None


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index("row_number", offset=1).cast({"row_number": pl.Int64})


def _quick(path: Path, names: list[str]) -> pl.DataFrame:
    """The whole file in parallel; fails on the first row that is not as wide as the header."""
    columns = {f"c{position}": "VARCHAR" for position in range(len(names))}
    with duckdb.connect() as connection:
        relation = connection.read_csv(
            str(path),
            header=True,
            auto_detect=False,
            sep=",",
            quotechar='"',
            escapechar='"',
            columns=columns,
            strict_mode=True,
            null_padding=False,
            max_line_size=MOST_FIELD_CHARACTERS,
        )
        frame = pl.DataFrame(relation)
    frame.columns = names
    return _numbered(frame)


def _records(path: Path, place: str) -> Iterator[list[str]]:
    """Records of a CSV file, blank lines left out; a file that is not CSV is refused by row."""
    csv.field_size_limit(MOST_FIELD_CHARACTERS)
    number = 0
    with path.open(encoding="utf-8-sig", newline="") as text:
        try:
            for record in csv.reader(text, strict=True):
                if record:
                    yield record
                    number += 1
        except UnicodeDecodeError:
            trouble = "not_utf8", "is not UTF-8. Export the file as UTF-8"
        except csv.Error:
            trouble = (
                "not_csv",
                (
                    "is not RFC 4180 CSV (an open quote, a stray quote, or a field over "
                    f"{MOST_FIELD_CHARACTERS} characters). Export the file again"
                ),
            )
        else:
            return
    code, said = trouble
    raise RefusedInputError(code, f"{place}, after row {max(number - 1, 0)}: the text {said}.")


def _careful(path: Path, names: list[str], place: str) -> Raw:
    """Row by row, only for a file that the quick way could not read."""
    width = len(names)
    sound: list[list[str]] = []
    misshapen: list[tuple[int, str, str]] = []
    numbers: list[int] = []
    records = _records(path, place)
    next(records)
    for number, record in enumerate(records, start=1):
        if len(record) == width:
            sound.append(record)
            numbers.append(number)
        else:
            reason = f"has {len(record)} columns where the header has {width}"
            misshapen.append((number, reason, json.dumps(record, ensure_ascii=False)))
    columns = list(zip(*sound, strict=True)) if sound else [()] * width
    series = (
        pl.Series(name, values, pl.String) for name, values in zip(names, columns, strict=True)
    )
    rows = pl.DataFrame(list(chain([pl.Series("row_number", numbers, pl.Int64)], series)))
    return Raw(rows, pl.DataFrame(misshapen, schema=MISSHAPEN, orient="row"))
