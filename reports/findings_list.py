"""The list of findings as a file: CSV for other programs, a workbook for people.

Columns and bytes belong here; which findings are in it does not. Persons' ids stay out.
"""

from datetime import datetime

import polars as pl

from reports.csvfile import csv_bytes
from reports.spreadsheet import Book, SheetColumn, Style, lay_out, level_rows, write_table


def _column(name: str, width: float, style: Style = Style.TEXT) -> SheetColumn:
    return SheetColumn(name, name, width, style)


_FINDING = (
    _column("finding_id", 34),
    _column("subject", 10),
    _column("subject_id", 20),
    _column("edit_id", 26),
    _column("category", 22),
    _column("severity", 9),
    _column("message", 40, Style.WRAPPED),
    _column("remedy", 40, Style.WRAPPED),
    _column("owner", 18),
    _column("amount", 11, Style.MONEY),
)
OPEN = (
    *_FINDING,
    _column("deadline_on", 11, Style.DAY),
    _column("days_left", 8, Style.WHOLE),
    _column("first_seen_on", 11, Style.DAY),
    _column("assignee", 14),
    _column("note_count", 7, Style.WHOLE),
    _column("facility_id", 12),
    _column("is_part_2", 8),
    _column("file", 34),
    _column("row_number", 9, Style.WHOLE),
)
CLOSED = (
    *_FINDING,
    _column("first_seen_on", 11, Style.DAY),
    _column("closed_on", 11, Style.DAY),
    _column("closed_by", 60, Style.WRAPPED),
    _column("facility_id", 12),
    _column("is_part_2", 8),
)


def findings_csv(rows: pl.DataFrame, columns: tuple[SheetColumn, ...] = OPEN) -> bytes:
    """The findings as CSV under the names of the columns."""
    return csv_bytes(rows.select(column.name for column in columns))


def findings_workbook(
    rows: pl.DataFrame, title: str, known_at: datetime, columns: tuple[SheetColumn, ...] = OPEN
) -> bytes:
    """The findings as a workbook of one sheet: header frozen, filters on, real dates and dollars.

    At most `list_file.ROWS_MOST` rows. Same input, same bytes.
    """
    book = Book(title, known_at)
    sheet = book.sheet("Findings")
    shown = rows.with_columns(
        is_part_2=pl.when("is_part_2").then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    write_table(book, sheet, shown, columns)
    lay_out(sheet, shown, columns)
    level_rows(sheet, shown, columns)
    return book.to_bytes()
