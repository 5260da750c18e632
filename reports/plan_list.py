"""The plan as a file: a workbook of its summary and its claims for finance, CSV for programs.

Columns and bytes belong here; which claims are in it does not. No person's id is in it.
"""

from datetime import datetime

import polars as pl

from reports.csvfile import csv_bytes
from reports.spreadsheet import Book, SheetColumn, Style, lay_out, write_table

SUMMARY = (
    SheetColumn("action", "action", 12),
    SheetColumn("facility_id", "facility", 14),
    SheetColumn("claims", "claims", 9, Style.WHOLE),
    SheetColumn("charge_amount", "charge", 15, Style.MONEY),
    SheetColumn("expected_amount", "expected", 15, Style.MONEY),
    SheetColumn("unpriced", "claims without a rate", 12, Style.WHOLE),
    SheetColumn("deadline_on", "nearest deadline", 12, Style.DAY),
    SheetColumn("send_by", "send by", 12, Style.DAY),
)
CLAIMS = (
    SheetColumn("action", "action", 11),
    SheetColumn("reasons", "reasons", 34),
    SheetColumn("claim_id", "claim_id", 36),
    SheetColumn("patient_control_number", "patient_control_number", 20),
    SheetColumn("frequency_code", "frequency", 10),
    SheetColumn("replaces", "replaces", 20),
    SheetColumn("facility_id", "facility", 12),
    SheetColumn("charge_amount", "charge", 13, Style.MONEY),
    SheetColumn("expected_amount", "expected", 13, Style.MONEY),
    SheetColumn("deadline_on", "deadline", 12, Style.DAY),
    SheetColumn("send_by", "send by", 12, Style.DAY),
    SheetColumn("inquiry_due_on", "inquiry due", 12, Style.DAY),
    SheetColumn("late_cause", "late because", 18),
    SheetColumn("late_detail", "late because of", 44),
)


def plan_csv(rows: pl.DataFrame) -> bytes:
    """The claims as CSV; several reasons are joined by a blank."""
    return csv_bytes(_flat(rows).select(column.name for column in CLAIMS))


def plan_workbook(
    rows: pl.DataFrame, summary: pl.DataFrame, title: str, known_at: datetime
) -> bytes:
    """Two sheets: the summary with its total, and the claims. Same input, same bytes.

    `summary` as `plan.summary` makes it; at most `list_file.ROWS_MOST` rows.
    """
    book = Book(title, known_at)
    totals = summary.select(
        pl.lit("all").alias("action"),
        pl.col("claims", "unpriced", "charge_amount", "expected_amount").sum(),
        pl.col("deadline_on", "send_by").min(),
    )
    both = pl.concat([summary, totals.cast(pl.Schema(_types(summary, totals)))], how="diagonal")
    sheet = book.sheet("Summary")
    write_table(book, sheet, both, SUMMARY, has_total=True)
    lay_out(sheet, summary, SUMMARY)
    sheet = book.sheet("Claims")
    write_table(book, sheet, _flat(rows), CLAIMS)
    lay_out(sheet, rows, CLAIMS)
    return book.to_bytes()


def _types(like: pl.DataFrame, frame: pl.DataFrame) -> dict[str, pl.DataType]:
    return {name: like.schema[name] for name in frame.columns}


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("reasons").list.join(" "))
