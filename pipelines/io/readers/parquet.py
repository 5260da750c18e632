"""Parquet: typed columns as the text that the contract parses."""

from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb
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

_DAMAGE = (duckdb.Error, pl.exceptions.PolarsError, UnicodeDecodeError)


def header(path: Path, place: str) -> list[str]:
    """Column names. Raises RefusedInputError."""
    with _opened(path, place) as relation:
        return headings(relation.columns, place)


def read(path: Path, place: str) -> Raw:
    """The columns of a Parquet file as text, but those that are kept aside.

    Raises RefusedInputError.
    """
    with _opened(path, place) as relation:
        headings(relation.columns, place)
        names = [name for name in relation.columns if not name.startswith("x_")]
        taken = relation.select(*map(duckdb.ColumnExpression, names))
        _check_types(pl.DataFrame(taken.limit(0)).schema, place)
        _check_size(relation, len(names), place)
        rows = as_text(pl.DataFrame(taken))
    return Raw(numbered(rows), MISSHAPEN.to_frame())


@contextmanager
def _opened(path: Path, place: str) -> Iterator[duckdb.DuckDBPyRelation]:
    """The file, for the time of the block; damage met there refuses it.

    By DuckDB: one changed byte may make Polars ask for so much memory that the process dies. In an
    engine of its own, which damage may leave unusable.
    """
    with duckdb.connect() as connection:
        try:
            yield connection.read_parquet(escape(str(path)))
        except _DAMAGE:  # its text may quote a page
            raise _not_parquet(place) from None


def _not_parquet(place: str) -> RefusedInputError:
    return RefusedInputError(
        "unreadable", f"{place}: not a Parquet file. Export it again, or as CSV."
    )


def _check_types(schema: pl.Schema, place: str) -> None:
    for name, dtype in schema.items():
        if not _is_told_as_text(dtype):
            raise RefusedInputError(
                "column_type",
                f"{place}: column {name} is neither text, number, date, time, flag nor a list of "
                "these. Export it as text.",
            )


def _is_told_as_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype.inner if isinstance(dtype, pl.List) else dtype, _TOLD_AS_TEXT)


def _check_size(relation: duckdb.DuckDBPyRelation, width: int, place: str) -> None:
    ((rows,),) = relation.aggregate("count(*)").fetchall()
    if rows > limits.MOST_ROWS or rows * width > limits.MOST_CELLS:
        raise RefusedInputError(
            "too_large",
            f"{place}: over {limits.MOST_ROWS} rows, or over {limits.MOST_CELLS} values. "
            "Split the export by month.",
        )
