"""Readers: a file of a feed as text columns with row numbers. Nothing is interpreted here.

One module a kind; `limits.py` says how much of a file is taken at most.
"""

from pathlib import Path

from pipelines.io.readers import delimited, parquet, workbook
from pipelines.io.readers.kinds import check
from pipelines.io.readers.rows import MISSHAPEN, Raw

__all__ = ["MISSHAPEN", "Raw", "header", "read"]


def header(path: Path, place: str, separator: str = ",") -> list[str]:
    """Column names of a CSV, Parquet or XLSX file. Raises RefusedInputError where there are none.

    `separator` is CSV's.
    """
    check(path, place)
    match path.suffix.lower():
        case ".parquet":
            return parquet.header(path, place)
        case ".xlsx":
            return workbook.header(path, place)
        case _:
            return delimited.header(path, place, separator)


def read(path: Path, place: str, separator: str = ",") -> Raw:
    """Rows of a CSV, Parquet or XLSX file as text.

    Raises RefusedInputError where it cannot be read.
    """
    check(path, place)
    match path.suffix.lower():
        case ".parquet":
            return parquet.read(path, place)
        case ".xlsx":
            return workbook.read(path, place)
        case _:
            return delimited.read(path, place, separator)
