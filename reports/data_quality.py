"""The data quality card as a report: how good each feed's newest file was, and how that changed.

Showing the card belongs here; measuring it is `quality.py`. Files go by their feed and the day of
receipt: a file's name may hold a person's.
"""

from typing import Any

import polars as pl

from contracts.fields import INSTANT
from reports.csvfile import csv_bytes
from reports.manifest import Manifest
from reports.pack import with_bounds
from reports.pack_workbook import about, add_terms
from reports.page import render
from reports.quality import DIMENSIONS
from reports.quality_card import TIMELY, status
from reports.report import Report, json_bytes
from reports.spreadsheet import Book, SheetColumn, Style, header_text, lay_out, write_table
from reports.words import LOS_ANGELES, day, label

TITLE = "Data quality"
_MEANINGS = {
    "timely": "Median days from the event to the receipt of its row.",
    "complete": "Values held of those expected.",
    "valid": "Rows that kept their contract.",
    "unique": "Rows that stand once.",
    "consistent": "References to records that were received.",
}
_SHEET = (
    SheetColumn("feed", "Feed", 24),
    SheetColumn("received_on", "Received", 12, Style.DAY),
    SheetColumn("dimension", "Dimension", 14),
    SheetColumn("grade", "Grade", 8),
    SheetColumn("share", "Share", 9, Style.SHARE),
    SheetColumn("days", "Days", 9, Style.TENTHS),
    SheetColumn("counted", "Counted", 12, Style.WHOLE),
    SheetColumn("of", "Of", 12, Style.WHOLE),
    SheetColumn("trend", "Trend", 10),
    SheetColumn("worst", "Column that misses most", 30),
)


def data_quality(cards: pl.DataFrame, manifest: Manifest) -> Report:
    """The cards of `quality.quality`: every file that is known, whatever the period."""
    rows = _rows(cards)
    return Report(
        html=_page(rows, manifest),
        xlsx=_workbook(rows, manifest),
        csv=csv_bytes(with_bounds(rows, manifest)),
        json=json_bytes(manifest, {"files": rows}),
        manifest=manifest.to_bytes(),
    )


def _rows(cards: pl.DataFrame) -> pl.DataFrame:
    is_timely = pl.col("dimension") == TIMELY
    received_on = pl.col("received_at").dt.convert_time_zone(str(LOS_ANGELES)).dt.date()
    return (
        cards.cast({"received_at": INSTANT})
        .with_columns(received_on=received_on)
        .select(
            "feed", "file_id", "received_on", "dimension", "grade",
            pl.when(~is_timely).then("value").alias("share"),
            pl.when(is_timely).then("value").alias("days"),
            "counted", "of", "trend", "worst",
        )
    )  # fmt: skip


def _page(rows: pl.DataFrame, manifest: Manifest) -> bytes:
    newest = rows.filter(pl.col("received_on") == pl.col("received_on").max().over("feed"))
    return render(
        "data_quality.html",
        title=TITLE,
        manifest=manifest,
        digest=manifest.digest,
        dimensions=[(label(one), _MEANINGS[one]) for one in DIMENSIONS],
        lines=_lines(newest),
        grades=_grades(newest),
        status=status(),
    )


def _lines(newest: pl.DataFrame) -> list[dict[str, Any]]:
    """A line a feed: of several files of its newest day the last."""
    lines = []
    for part in newest.partition_by("feed", maintain_order=True):
        last = part.filter(pl.col("file_id") == part["file_id"][-1]).to_dicts()
        cells = {row["dimension"]: row for row in last}
        lines.append({
            "feed": label(last[0]["feed"]),
            "received_on": day(last[0]["received_on"]),
            "cells": [_cell(cells[one]) for one in DIMENSIONS],
            "worst": "; ".join(f"{r['dimension']}: {r['worst']}" for r in last if r["worst"]),
        })  # fmt: skip
    return lines


def _cell(row: dict[str, Any]) -> tuple[str, str, str]:
    """Grade, figure, trend."""
    if row["grade"] is None:
        return ("", "\N{EN DASH}", "")
    figure = f"{row['days']:.0f} days" if row["share"] is None else f"{row['share']:.1%}"
    return (row["grade"], figure, row["trend"] or "")


def _grades(newest: pl.DataFrame) -> list[tuple[str, int]]:
    counts = newest["grade"].drop_nulls().value_counts().sort("grade")
    return list(counts.iter_rows())


def _workbook(rows: pl.DataFrame, manifest: Manifest) -> bytes:
    book = Book(f"{TITLE}, {manifest.period.label}", manifest.known_at)
    sheet = book.sheet("Files")
    write_table(book, sheet, rows, _SHEET)
    lay_out(sheet, rows, _SHEET)
    sheet.set_footer(f"&L{header_text(book.title)}. Not for publication.&RPage &P of &N")
    meanings = [(label(name), told) for name, told in _MEANINGS.items()]
    add_terms(book, [*about(TITLE, manifest), *meanings, ("Grades", status())], manifest)
    return book.to_bytes()
