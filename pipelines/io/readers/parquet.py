"""Parquet: typed columns as the text that the contract parses."""

from pathlib import Path

import polars as pl

from contracts.errors import RefusedInputError
from contracts.parsing import as_text
from pipelines.io.readers import limits
from pipelines.io.readers.rows import MISSHAPEN, Raw, headings, numbered

# Types whose text says all that they hold.
_TOLD_AS_TEXT = (
    *(pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Decimal, pl.Date, pl.Time, pl.Datetime),
    *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
    *(pl.Float32, pl.Float64, pl.Null),
)


def header(path: Path, place: str) -> list[str]:
    """Column names. Raises RefusedInputError."""
    return headings(list(_schema(path, place)), place)


def read(path: Path, place: str) -> Raw:
    """The columns of a Parquet file as text, but those that are kept aside.

    Raises RefusedInputError.
    """
    schema = _schema(path, place)
    headings(list(schema), place)
    names = [name for name in schema if not name.startswith("x_")]
    _check_types(schema, names, place)
    try:
        _check_size(path, len(names), place)
        rows = as_text(pl.read_parquet(path, columns=names))
    except (pl.exceptions.PolarsError, OSError):  # a page is damaged; its text may quote it
        raise _not_parquet(place) from None
    return Raw(numbered(rows), MISSHAPEN.to_frame())


def _schema(path: Path, place: str) -> pl.Schema:
    try:
        return pl.Schema(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        raise _not_parquet(place) from None


def _not_parquet(place: str) -> RefusedInputError:
    return RefusedInputError(
        "unreadable", f"{place}: not a Parquet file. Export it again, or as CSV."
    )


def _check_types(schema: pl.Schema, names: list[str], place: str) -> None:
    for name in names:
        if not _is_told_as_text(schema[name]):
            raise RefusedInputError(
                "column_type",
                f"{place}: column {name} is neither text, number, date, time, flag nor a list of "
                "these. Export it as text.",
            )


def _is_told_as_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype.inner if isinstance(dtype, pl.List) else dtype, _TOLD_AS_TEXT)


def _check_size(path: Path, width: int, place: str) -> None:
    rows: int = pl.scan_parquet(path).select(pl.len()).collect().item()
    if rows > limits.MOST_ROWS or rows * width > limits.MOST_CELLS:
        raise RefusedInputError(
            "too_large",
            f"{place}: over {limits.MOST_ROWS} rows, or over {limits.MOST_CELLS} values. "
            "Split the export by month.",
        )
