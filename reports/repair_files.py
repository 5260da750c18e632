"""Repair files: quarantined rows in the form in which a person mends them and sends them back.

Text stands as it arrived: nothing is escaped, for a mark put before `=` or `-` would come back as
part of the value. So the CSV is for tools that show text as text; a spreadsheet program would run
such cells and drop leading zeros. The workbook holds every cell as text and is safe to open there.
"""

from datetime import datetime

import polars as pl

from contracts.errors import UsageError
from reports.spreadsheet import CELL_MOST, Book, SheetColumn, write_table

SUFFIXES = (".csv", ".xlsx")
_WIDTH = 18.0


def repair_csv(frame: pl.DataFrame, separator: str = ",") -> bytes:
    """Text columns as CSV that intake reads back: all cells quoted, CRLF, nulls empty."""
    text = frame.write_csv(separator=separator, quote_style="always", line_terminator="\r\n")
    return text.encode()


def repair_workbook(feed: str, frame: pl.DataFrame, made_at: datetime) -> bytes:
    """Text columns as a workbook of one sheet, each cell text. Raises UsageError for a long one."""
    longest = frame.select(pl.max_horizontal(pl.all().str.len_chars().max())).item() or 0
    if longest > CELL_MOST:
        raise UsageError(
            "cell_length",
            f"{feed}: a text of {longest} characters does not fit a cell. Export CSV instead.",
        )
    book = Book(f"{feed} to repair", made_at)
    sheet = book.sheet(feed[:31])
    columns = [SheetColumn(name, name, _WIDTH) for name in frame.columns]
    write_table(book, sheet, frame, columns)
    sheet.freeze_panes(1, 0)
    return book.to_bytes()
