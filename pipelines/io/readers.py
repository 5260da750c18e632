"""Readers: a file of a feed as text columns with row numbers. Nothing is interpreted here.

CSV takes a quick way for sound files and a careful one that tells each misshapen row apart.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl

from contracts.arrow import in_memory
from contracts.errors import RefusedInputError
from contracts.parsing import as_text

MOST_BYTES = 8 * 1024**3
MOST_ROWS = 50_000_000  # of a Parquet file: a few bytes of it may stand for any number of rows
MOST_COLUMNS = 1_000
MOST_FIELD_CHARACTERS = 1_000_000
_RECORDS_AT_ONCE = 50_000
_BLOCK = 1 << 20

# Parquet types whose text says all that they hold.
_TOLD_AS_TEXT = (
    *(pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Decimal, pl.Date, pl.Time, pl.Datetime),
    *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
    *(pl.Float32, pl.Float64, pl.Null),
)

MISSHAPEN = pl.Schema({"row_number": pl.Int64, "reason": pl.String, "row_text": pl.String})


@dataclass(frozen=True)
class Raw:
    """`rows`: row_number and text columns. `misshapen`: rows that could not be split."""

    rows: pl.DataFrame
    misshapen: pl.DataFrame


def header(path: Path, place: str, separator: str = ",") -> list[str]:
    """Column names of a CSV or Parquet file. Raises RefusedInputError where there are none."""
    if path.suffix.lower() == ".parquet":
        return list(_parquet_schema(path, place))
    records = _records(path, place, separator)
    names = next(records, [])
    if not any(names):
        raise RefusedInputError("empty_file", f"{place}: no header row. Export the file again.")
    if len(names) > MOST_COLUMNS:
        raise RefusedInputError(
            "too_many_columns",
            f"{place}: more than {MOST_COLUMNS} columns. Is the separator right?",
        )
    return [name.strip() for name in names]


def read(path: Path, place: str, separator: str = ",") -> Raw:
    """Rows of a CSV or Parquet file as text. Raises RefusedInputError where it cannot be read."""
    if path.suffix.lower() == ".parquet":
        return Raw(_numbered(_parquet(path, place)), MISSHAPEN.to_frame())
    names = header(path, place, separator)
    rows = _quick(path, names, separator)
    if rows is not None and _is_whole(path, rows, names, separator):
        return Raw(rows, MISSHAPEN.to_frame())
    return _careful(path, names, place, separator)


def _parquet_schema(path: Path, place: str) -> pl.Schema:
    try:
        return pl.Schema(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        raise _not_parquet(place) from None


def _not_parquet(place: str) -> RefusedInputError:
    return RefusedInputError(
        "unreadable", f"{place}: not a Parquet file. Export it again, or as CSV."
    )


def _is_told_as_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype.inner if isinstance(dtype, pl.List) else dtype, _TOLD_AS_TEXT)


def _parquet(path: Path, place: str) -> pl.DataFrame:
    """The columns of a Parquet file as text, but those that are kept aside."""
    schema = _parquet_schema(path, place)
    names = [name for name in schema if not name.startswith("x_")]
    for name in names:
        if not _is_told_as_text(schema[name]):
            raise RefusedInputError(
                "column_type",
                f"{place}: column {name} is neither text, number, date, time, flag nor a list of "
                "these. Export it as text.",
            )
    try:
        row_count = pl.scan_parquet(path).select(pl.len()).collect().item()
        if row_count > MOST_ROWS:
            raise RefusedInputError(
                "too_large", f"{place}: over {MOST_ROWS} rows. Split the export by month."
            )
        return as_text(pl.read_parquet(path, columns=names))
    except (pl.exceptions.PolarsError, OSError):  # a page is damaged; its text may quote it
        raise _not_parquet(place) from None


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index("row_number", offset=1).cast({"row_number": pl.Int64})


def _quick(path: Path, names: list[str], separator: str = ",") -> pl.DataFrame | None:
    """The whole file in one go; None where a row is not as wide as the header.

    Not in parallel: DuckDB then guesses where rows begin, and quoted line breaks mislead it.
    """
    columns = {f"c{position}": "VARCHAR" for position in range(len(names))}
    with in_memory() as connection:
        try:
            relation = connection.read_csv(
                str(path),
                header=True,
                auto_detect=False,
                sep=separator,
                quotechar='"',
                escapechar='"',
                columns=columns,
                strict_mode=True,
                null_padding=False,
                parallel=False,
                max_line_size=MOST_FIELD_CHARACTERS,
            )
            frame = pl.DataFrame(relation)
        except (duckdb.Error, pl.exceptions.PolarsError):  # either's text quotes the row
            return None
    frame.columns = names
    return _numbered(frame)


def _is_whole(path: Path, rows: pl.DataFrame, names: list[str], separator: str = ",") -> bool:
    """Whether every separator of the file stands between two columns or in a value, no quote alone.

    Where it does not, DuckDB has left something out without a word: a further column that is empty
    in this row (the others may be shifted), what follows an open quote, or a blank first line.
    """
    texts = pl.exclude("row_number").str
    in_values = texts.count_matches(separator, literal=True).cast(pl.Int64).sum()
    kept: int = rows.select(pl.sum_horizontal(in_values)).item()
    kept += (rows.height + 1) * (len(names) - 1) + sum(name.count(separator) for name in names)
    separators = quotes = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            separators += block.count(separator.encode())
            quotes += block.count(b'"')
    return separators == kept and quotes % 2 == 0


def _records(path: Path, place: str, separator: str) -> Iterator[list[str]]:
    """Records of a CSV file, blank lines left out; a file that is not CSV is refused by row."""
    csv.field_size_limit(MOST_FIELD_CHARACTERS)
    number = 0
    with path.open(encoding="utf-8-sig", newline="") as text:
        try:
            reader = csv.reader(text, delimiter=separator, strict=True, skipinitialspace=True)
            for record in reader:
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


def _careful(path: Path, names: list[str], place: str, separator: str = ",") -> Raw:
    """Row by row, only for a file that the quick way could not read."""
    parts, misshapen = [_sound([], names)], [MISSHAPEN.to_frame()]
    records = enumerate(_records(path, place, separator))
    next(records)
    while block := list(islice(records, _RECORDS_AT_ONCE)):
        parts.append(_sound([one for one in block if len(one[1]) == len(names)], names))
        misshapen.append(_misshapen([one for one in block if len(one[1]) != len(names)], names))
    return Raw(pl.concat(parts), pl.concat(misshapen))


def _sound(records: list[tuple[int, list[str]]], names: list[str]) -> pl.DataFrame:
    columns = zip(*(record for _, record in records), strict=True) if records else [()] * len(names)
    numbers = pl.Series("row_number", [number for number, _ in records], pl.Int64)
    texts = (pl.Series(*column, pl.String) for column in zip(names, columns, strict=True))
    return pl.DataFrame([numbers, *texts])


def _misshapen(records: list[tuple[int, list[str]]], names: list[str]) -> pl.DataFrame:
    rows = [
        (
            number,
            f"has {len(record)} columns where the header has {len(names)}",
            json.dumps(record, ensure_ascii=False),
        )
        for number, record in records
    ]
    return pl.DataFrame(rows, MISSHAPEN, orient="row")
