"""The list of documents beside claims as a file: which are sent, which still are to be.

Columns and bytes belong here; a document's status does not.
"""

from datetime import datetime
from typing import Final

import polars as pl

from reports.csvfile import csv_bytes
from reports.spreadsheet import Book, SheetColumn, Style, lay_out, write_table

_WIDTHS: Final = {
    "attachment_control_number": 30, "status": 11, "report_type_code": 17, "transmission_code": 17,
    "source": 10, "patient_control_number": 22, "claim_id": 34, "state": 12, "sent_on": 12,
}  # fmt: skip
COLUMNS: Final = tuple(
    SheetColumn(name, name, width, Style.DAY if name == "sent_on" else Style.TEXT)
    for name, width in _WIDTHS.items()
)


def attachments_csv(rows: pl.DataFrame) -> bytes:
    """The documents as CSV."""
    return csv_bytes(rows.select(_WIDTHS))


def attachments_workbook(rows: pl.DataFrame, title: str, known_at: datetime) -> bytes:
    """The documents as a workbook of one sheet. Same input, same bytes."""
    book = Book(title, known_at)
    sheet = book.sheet("Attachments")
    write_table(book, sheet, rows, COLUMNS)
    lay_out(sheet, rows, COLUMNS)
    return book.to_bytes()
