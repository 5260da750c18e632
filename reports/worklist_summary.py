"""The first sheet of the worklist: what there is to do, whose it is and what it is worth.

The arrangement of totals belongs here; the sums are `worklist_totals.py`.
"""

from collections.abc import Mapping, Sequence

import polars as pl
from xlsxwriter.worksheet import Worksheet

from contracts.fields import field_of
from reports.spreadsheet import Book, SheetColumn, Style, header_text, write_table
from reports.words import counted, day, instant, label, whole
from reports.worklist_meta import WorklistMeta
from reports.worklist_totals import TOTAL, breakdown, totals

_NEXT = """\
1. Open your role's sheet and start at the top: most severe first, then most dollars, then fewest \
days left. Mend the record in its source system where you can; the next run sees it.
2. Where a person has to decide, choose a Decision and give a Reason (correct and set take a Field \
and a Value, too). Save, and return this file to whoever sent it to you.\
"""
_SUMS = (
    SheetColumn("reject_count", "Reject", 10, Style.TALLY),
    SheetColumn("hold_count", "Hold", 10, Style.TALLY),
    SheetColumn("warn_count", "Warn", 10, Style.TALLY),
    SheetColumn("finding_count", "Findings", 10, Style.TALLY),
    SheetColumn("subject_count", "Items", 10, Style.TALLY),
    SheetColumn("reject_amount", "Reject, dollars", 14, Style.SUM),
    SheetColumn("hold_amount", "Hold, dollars", 14, Style.SUM),
    SheetColumn("warn_amount", "Warn, dollars", 14, Style.SUM),
    SheetColumn("amount", "Dollars", 15, Style.SUM),
)
_LAST = len(_SUMS)
_TABLES_FROM = 15
_FIGURES_AT = ((0, 0), (1, 3), (4, 6), (7, 9))


def write_summary(
    book: Book,
    rows: pl.DataFrame,
    owners: Sequence[str],
    overflow_count: int,
    withheld: Mapping[str, int],
    meta: WorklistMeta,
    held_claims: pl.DataFrame,
    denials: pl.DataFrame,
) -> None:
    """Write the summary of all worklist rows, those in the CSV included. `owners` have a sheet.

    `withheld`: how many findings, claims and denials may not be shown, by the word for one.
    """
    sheet = book.sheet("Summary")
    _heading(book, sheet, meta)
    _key_figures(book, sheet, rows, meta.warn_days)
    _next_steps(book, sheet)
    _missing(book, sheet, overflow_count, withheld)
    _beside(book, sheet, held_claims, denials)
    line = _matrix(book, sheet, rows, "owner", "Whose work it is", _TABLES_FROM)
    _link(book, sheet, owners)
    line = _matrix(book, sheet, rows, "category", "What is wrong", line + 2)
    told = (
        "An item is a service line, stay, person, facility or provider. Its dollars count once in "
        "every cell, so dollars of rows and columns need not add up; findings do."
    )
    sheet.write_string(line, 0, told, book.format("quiet"))
    _set_up(sheet, meta)


def _heading(book: Book, sheet: Worksheet, meta: WorklistMeta) -> None:
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, f"Worklist as of {day(meta.as_of)}", book.format("title"))
    told = f"Agency {meta.agency}. From what was known by {instant(meta.known_at)}."
    sheet.write_string(1, 0, told, book.format("quiet"))
    issued = f"Issued to {meta.issued_to}. Contains health information: keep it inside the agency."
    sheet.write_string(2, 0, issued, book.format("quiet"))


def _key_figures(book: Book, sheet: Worksheet, rows: pl.DataFrame, warn_days: int) -> None:
    blocked = rows.filter(pl.col("severity") != "warn")
    figures = {
        "All findings": rows,
        "Cannot go out: reject or hold": blocked,
        f"of these due within {warn_days} days": blocked.filter(
            pl.col("days_left").is_between(0, warn_days)
        ),
        "of these past the filing limit": blocked.filter(pl.col("days_left") < 0),
    }
    sheet.set_row(5, 24)
    for (first, last), (what, part) in zip(_FIGURES_AT, figures.items(), strict=True):
        found, subjects, amount = totals(part).row(0)
        detail = f"{counted(found, 'finding', 'findings')}, {counted(subjects, 'item', 'items')}"
        sheet.write_string(4, first, what, book.format("quiet"))
        sheet.write_string(6, first, detail, book.format("quiet"))
        if last > first:
            sheet.merge_range(5, first, 5, last, "", book.format("figure"))
        sheet.write_number(5, first, amount, book.format("figure"))


def _next_steps(book: Book, sheet: Worksheet) -> None:
    sheet.write_string(8, 0, "What to do next", book.format("heading"))
    for line, text in enumerate(_NEXT.splitlines(), start=9):
        sheet.set_row(line, 28)
        sheet.merge_range(line, 0, line, _LAST, text, book.format("prose"))


def _missing(
    book: Book, sheet: Worksheet, overflow_count: int, withheld: Mapping[str, int]
) -> None:
    """Say what the sheets do not show: what is withheld, and findings that went to the CSV."""
    parts = [counted(count, one, f"{one}s") for one, count in withheld.items() if count]
    if parts:
        told = (
            f"{', '.join(parts)} withheld: 42 CFR Part 2 records of people without a consent in "
            "force. In no figure of this workbook."
        )
        sheet.write_string(11, 0, told, book.format("alert"))
    if overflow_count:
        told = (
            f"{whole(overflow_count)} least urgent findings are in the CSV file beside this "
            "workbook, which cannot hold more. The figures here include them."
        )
        sheet.write_string(12, 0, told, book.format("alert"))


def _beside(book: Book, sheet: Worksheet, held: pl.DataFrame, denials: pl.DataFrame) -> None:
    """Say what stands on the sheets of claims and denials, beside the findings."""
    told = []
    if not held.is_empty():
        told.append(
            f"{counted(held.height, 'claim', 'claims')} of ${held['amount'].sum():,.2f} held or "
            "written off: sheet Claims."
        )
    if not denials.is_empty():
        told.append(
            f"{counted(denials.height, 'denial', 'denials')} of "
            f"${denials['amount'].sum():,.2f}: sheet Denials."
        )
    if told:
        told.append("No finding here counts them.")
        sheet.write_string(13, 0, " ".join(told), book.format("quiet"))


def _matrix(
    book: Book, sheet: Worksheet, rows: pl.DataFrame, dimension: str, title: str, line: int
) -> int:
    """Write a heading and a table by severity; the line below it."""
    values = field_of("findings", dimension).allowed
    sums = breakdown(rows, dimension, values)
    named = sums.with_columns(
        pl.col(dimension).replace({value: label(value) for value in (*values, TOTAL)})
    )
    columns = (SheetColumn(dimension, label(dimension), 27), *_SUMS)
    sheet.write_string(line - 1, 0, title, book.format("heading"))
    write_table(book, sheet, named, columns, row=line, has_total=True)
    return line + named.height + 1


def _link(book: Book, sheet: Worksheet, owners: Sequence[str]) -> None:
    places = field_of("findings", "owner").allowed
    for owner in owners:
        line = _TABLES_FROM + 1 + places.index(owner)
        target = f"internal:'{label(owner)}'!A1"
        sheet.write_url(line, 0, target, book.format("link"), label(owner))


def _set_up(sheet: Worksheet, meta: WorklistMeta) -> None:
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.set_footer(f"&LRun {header_text(meta.run_id)}, issue {header_text(meta.issue_id)}")
