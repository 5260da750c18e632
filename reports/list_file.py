"""A list as a file: any frame as CSV for other programs, as a workbook for people.

How a column looks follows from its type. Which rows and columns are in it does not belong here.
"""

from collections.abc import Mapping
from datetime import datetime

import polars as pl
import polars.selectors as cs

from reports.csvfile import csv_bytes
from reports.spreadsheet import Book, SheetColumn, Style, lay_out, write_table

ROWS_MOST = 1_048_575  # what one sheet holds below its header
_WIDTHS = (8, 40)  # least and most characters of a column
_CENTS = 2


def list_csv(rows: pl.DataFrame) -> bytes:
    """The rows as CSV under the names of their columns; parts of a list by `|`."""
    return csv_bytes(_plain(rows, "|"))


def list_workbook(rows: pl.DataFrame, name: str, title: str, known_at: datetime) -> bytes:
    """The rows as a workbook of one sheet, `name`: header frozen, filters on, real dates, dollars.

    At most `ROWS_MOST` rows. Same input, same bytes.
    """
    return book_of_lists({name: rows}, title, known_at)


def book_of_lists(sheets: Mapping[str, pl.DataFrame], title: str, known_at: datetime) -> bytes:
    """Lists as a workbook, a sheet each under its name; otherwise as `list_workbook`."""
    book = Book(title, known_at)
    for name, rows in sheets.items():
        sheet = book.sheet(name)
        shown = _plain(rows, ", ")
        columns = [_column(shown, column) for column in shown.columns]
        write_table(book, sheet, shown, columns)
        lay_out(sheet, shown, columns)
    return book.to_bytes()


def _plain(rows: pl.DataFrame, separator: str) -> pl.DataFrame:
    """Lists as text, yes and no for flags."""
    said = pl.when(cs.boolean()).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return rows.with_columns(
        cs.list().list.join(separator),
        pl.when(cs.boolean().is_not_null()).then(said).name.keep(),
    )


def _column(rows: pl.DataFrame, name: str) -> SheetColumn:
    texts = [*name.split("_"), *rows[name].unique().cast(pl.String).drop_nulls()]
    least, most = _WIDTHS
    width = min(max(least, *map(len, texts)) + 2, most)
    return SheetColumn(name, name.replace("_", " "), width, _style(rows.collect_schema()[name]))


def _style(dtype: pl.DataType) -> Style:
    if dtype == pl.Date:
        return Style.DAY
    if isinstance(dtype, pl.Decimal):
        return Style.MONEY if dtype.scale == _CENTS else Style.UNITS
    if dtype.is_float():
        return Style.UNITS
    return Style.WHOLE if dtype.is_integer() else Style.TEXT
