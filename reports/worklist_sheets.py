"""The sheets of the worklist that people work in: one a role, with cells for their decisions.

Columns, drop-downs and colours belong here; the headings are a contract with the reader of the
returned workbook. No sheet is protected: that would disable sorting. Ids are hidden instead.
"""

from collections.abc import Iterator
from itertools import groupby

import polars as pl
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from contracts.decisions import ACTIONS, CORRECTABLE, GONE, HELD, SET_FIELDS, WRITTEN_OFF
from contracts.disputes import NCCI_ROUTE
from contracts.fields import field_of
from reports.palette import HOLD, MISSING, REJECT, WARN
from reports.spreadsheet import (
    Book,
    SheetColumn,
    Style,
    header_text,
    lay_out,
    level_rows,
    write_table,
)
from reports.words import day, label
from reports.worklist_meta import WorklistMeta

COLUMNS = (
    SheetColumn("severity", "Severity", 8.5),
    SheetColumn("days_left", "Days left", 7, Style.WHOLE),
    SheetColumn("deadline_on", "Deadline", 10.5, Style.DAY),
    SheetColumn("amount", "Charge", 10.5, Style.MONEY),
    SheetColumn("message", "What is wrong", 33, Style.WRAPPED),
    SheetColumn("remedy", "What to do", 33, Style.WRAPPED),
    SheetColumn("person_id", "Person", 11),
    SheetColumn("facility_name", "Facility", 17, Style.WRAPPED),
    SheetColumn("subject_id", "Subject", 17, Style.WRAPPED),
    SheetColumn("service_date", "Service date", 10.5, Style.DAY),
    SheetColumn("procedure_code", "Procedure", 9.5),
    SheetColumn("decision", "Decision", 11, Style.ENTRY),
    SheetColumn("field", "Field", 14, Style.ENTRY),
    SheetColumn("value", "Value", 13, Style.ENTRY),
    SheetColumn("reason", "Reason", 22, Style.ENTRY),
    SheetColumn("category", "Category", 16, Style.WRAPPED),
    SheetColumn("edit_id", "Edit", 20, Style.WRAPPED),
    SheetColumn("opened_on", "First seen", 10.5, Style.DAY),
    SheetColumn("file_name", "Source file", 22, Style.WRAPPED),
    SheetColumn("row_number", "Row", 7, Style.WHOLE),
    SheetColumn("finding_id", "finding_id", 18, is_hidden=True),
    SheetColumn("subject", "subject", 12, is_hidden=True),
    SheetColumn("seen_version", "seen_version", 18, is_hidden=True),
    SheetColumn("issue_id", "issue_id", 18, is_hidden=True),
)
_PLACE = {column.name: place for place, column in enumerate(COLUMNS)}

_FIELD_SHEET = "Fields"
CLAIM_SHEET = "Claims"
_ASKED = ("subject", "severity", "edit_id", "seen_version")
_RESENT = ("awaiting_answer", "rejected_unchanged")  # of what waits, what may be sent again


def write_owner_sheet(book: Book, owner: str, rows: pl.DataFrame, meta: WorklistMeta) -> None:
    """The findings of one role. `rows` as `worklist_rows` makes them, most urgent first."""
    write_work_sheet(book, label(owner), rows, meta)


def write_work_sheet(book: Book, name: str, rows: pl.DataFrame, meta: WorklistMeta) -> None:
    """A sheet of rows to decide upon."""
    sheet = book.sheet(name)
    shown = rows.with_columns(_labelled("severity"), _labelled("category"))
    write_table(book, sheet, shown, COLUMNS)
    lay_out(sheet, shown, COLUMNS)
    level_rows(sheet, shown, COLUMNS)
    sheet.set_paper(5)  # legal, and what traces a row to its source stays on the screen:
    sheet.print_area(0, 0, rows.height, _PLACE["reason"])  # all of it would be too small to read
    _offer_decisions(sheet, rows)
    _colour(book, sheet, rows.height, meta.warn_days)
    sheet.set_header(f"&L&B{name}&B&R{header_text(meta.agency)}, as of {day(meta.as_of)}")
    sheet.set_footer(
        f"&LHealth information. Issued to {header_text(meta.issued_to)}.&RPage &P of &N"
    )


def _labelled(name: str) -> pl.Expr:
    return pl.col(name).replace({code: label(code) for code in field_of("findings", name).allowed})


def write_field_list(book: Book) -> None:
    """A hidden sheet with the columns that `correct` and `set` may name."""
    sheet = book.sheet(_FIELD_SHEET)
    sheet.write_column(0, 0, _fields())
    sheet.hide()


def _fields() -> list[str]:
    return [*CORRECTABLE, *SET_FIELDS]


def _offer_decisions(sheet: Worksheet, rows: pl.DataFrame) -> None:
    for choices, first, last in _runs(rows):
        if choices:
            sheet.data_validation(
                first,
                _PLACE["decision"],
                last,
                _PLACE["decision"],
                {
                    "validate": "list",
                    "source": list(choices),
                    "error_title": "Decision",
                    "error_message": "Choose one of the list, or leave the cell empty.",
                },
            )
    sheet.data_validation(
        1,
        _PLACE["field"],
        rows.height,
        _PLACE["field"],
        {
            "validate": "list",
            "source": f"={_FIELD_SHEET}!$A$1:$A${len(_fields())}",
            "error_title": "Field",
            "error_message": "Choose the column that is to be corrected or set.",
        },
    )


def _runs(rows: pl.DataFrame) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Neighbouring rows that take the same decisions: choices, first and last row of the sheet."""
    line = 1
    for choices, run in groupby(map(_choices, *rows.select(_ASKED).iter_columns())):
        length = sum(1 for _ in run)
        yield choices, line, line + length - 1
        line += length


def _choices(
    subject: str, severity: str, edit_id: str, seen_version: str | None
) -> tuple[str, ...]:
    """What can be decided of a row. A release lifts a hold, of a claim only a person's own."""
    releases = severity == "hold"
    if subject == "claim":
        releases = HELD in edit_id or WRITTEN_OFF in edit_id
    if subject == "denial":
        return _of_denials(edit_id)
    is_resent = seen_version != GONE and any(reason in edit_id for reason in _RESENT)
    possible = {"release": releases, "resubmit": is_resent}
    return tuple(choice for choice in ACTIONS.get(subject, ()) if possible.get(choice, True))


def _of_denials(route: str) -> tuple[str, ...]:
    """What NCCI denied can only be appealed; there is nothing to release yet."""
    never = ("release", *(("inquiry",) if route == NCCI_ROUTE else ()))
    return tuple(choice for choice in ACTIONS["denial"] if choice not in never)


def _colour(book: Book, sheet: Worksheet, count: int, warn_days: int) -> None:
    _colour_severity(book, sheet, count)
    for name in ("days_left", "deadline_on"):
        _colour_urgency(book, sheet, _PLACE[name], count, warn_days)
    decision, field, value, reason = (
        f"${xl_col_to_name(_PLACE[name])}2" for name in ("decision", "field", "value", "reason")
    )
    names_field = f'OR({decision}="correct",{decision}="set")'
    _colour_missing(book, sheet, "reason", count, f'=AND({decision}<>"",{reason}="")')
    _colour_missing(book, sheet, "field", count, f'=AND({names_field},{field}="")')
    _colour_missing(book, sheet, "value", count, f'=AND({names_field},{value}="")')


def _colour_severity(book: Book, sheet: Worksheet, count: int) -> None:
    for severity, colours in {"reject": REJECT, "hold": HOLD, "warn": WARN}.items():
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{label(severity)}"',
            "format": book.shade(colours),
        }
        sheet.conditional_format(1, _PLACE["severity"], count, _PLACE["severity"], rule)


def _colour_urgency(book: Book, sheet: Worksheet, place: int, count: int, warn_days: int) -> None:
    days = f"${xl_col_to_name(_PLACE['days_left'])}2"
    passed = f'=AND({days}<>"",{days}<0)'
    near = f'=AND({days}<>"",{days}>=0,{days}<={warn_days})'
    for criteria, colours in ((passed, REJECT), (near, HOLD)):
        rule = {"type": "formula", "criteria": criteria, "format": book.shade(colours)}
        sheet.conditional_format(1, place, count, place, rule)


def _colour_missing(book: Book, sheet: Worksheet, name: str, count: int, criteria: str) -> None:
    rule = {"type": "formula", "criteria": criteria, "format": book.shade((MISSING, "#000000"))}
    sheet.conditional_format(1, _PLACE[name], count, _PLACE[name], rule)
