"""The list of remittances as a file: CSV for other programs, a workbook for people.

Columns and bytes belong here; which remittances are in it does not.
"""

from datetime import datetime

import polars as pl

from reports.csvfile import csv_bytes
from reports.spreadsheet import Book, SheetColumn, Style, lay_out, write_table


def _column(name: str, width: float, style: Style = Style.TEXT) -> SheetColumn:
    return SheetColumn(name, name, width, style)


REMITTANCES = (
    _column("trace_number", 18),
    _column("payer_name", 22),
    _column("paid_on", 11, Style.DAY),
    _column("amount", 13, Style.MONEY),
    _column("state", 12),
    _column("level", 12),
    _column("place_segment", 10, Style.WHOLE),
    _column("difference", 11, Style.MONEY),
    _column("claims", 8, Style.WHOLE),
    _column("lines", 8, Style.WHOLE),
    _column("claims_amount", 13, Style.MONEY),
    _column("provider_amount", 13, Style.MONEY),
    _column("file", 34),
    _column("row_number", 8, Style.WHOLE),
)


def remittances_csv(rows: pl.DataFrame) -> bytes:
    """The remittances as CSV under the names of the columns."""
    return csv_bytes(rows.select(column.name for column in REMITTANCES))


def remittances_workbook(rows: pl.DataFrame, title: str, known_at: datetime) -> bytes:
    """The remittances as a workbook of one sheet: header frozen, filters on, real dates, dollars.

    Same input, same bytes.
    """
    book = Book(title, known_at)
    sheet = book.sheet("Remittances")
    write_table(book, sheet, rows, REMITTANCES)
    lay_out(sheet, rows, REMITTANCES)
    return book.to_bytes()
