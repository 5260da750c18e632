"""Refusals: the workbook that tells which decisions were not taken, why, and what to do.

Frames in, bytes out; what is refused is the judging stage's to say.
"""

from datetime import datetime

import polars as pl

from reports.spreadsheet import Book, SheetColumn, Style, lay_out, level_rows, write_table

COLUMNS = (
    SheetColumn("sheet", "Sheet", 13),
    SheetColumn("sheet_row", "Row", 7, Style.WHOLE),
    SheetColumn("subject_id", "Subject", 19, Style.WRAPPED),
    SheetColumn("action", "Decision", 10),
    SheetColumn("field", "Field", 15, Style.WRAPPED),
    SheetColumn("value", "Value", 15, Style.WRAPPED),
    SheetColumn("reason", "Reason", 22, Style.WRAPPED),
    SheetColumn("why", "Why it was not taken", 38, Style.WRAPPED),
    SheetColumn("remedy", "What to do", 38, Style.WRAPPED),
    SheetColumn("code", "Rule", 18, Style.WRAPPED),
    SheetColumn("seen_version", "Version seen", 18, Style.WRAPPED),
    SheetColumn("version", "Version now", 18, Style.WRAPPED),
)


def refusals_workbook(refused: pl.DataFrame, known_at: datetime) -> bytes:
    """One sheet, a row a refused decision, in the order of the returned file."""
    book = Book("Decisions that were not taken", known_at)
    sheet = book.sheet("Refused")
    shown = refused.with_columns(sheet_row=pl.col("row_number") + 1)
    write_table(book, sheet, shown, COLUMNS)
    lay_out(sheet, shown, COLUMNS)
    level_rows(sheet, shown, COLUMNS)
    sheet.set_footer("&LHealth information.&RPage &P of &N")
    return book.to_bytes()
