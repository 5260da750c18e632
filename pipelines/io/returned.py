"""Returned: a worklist that comes back, workbook or CSV, as entered rows. Nothing is judged here.

A file that is not as it was issued is refused whole, in one message without a value of it.
"""

from pathlib import Path

import polars as pl

from contracts.decisions import owners
from contracts.errors import RefusedInputError, UsageError
from pipelines.io.readers import read as read_table
from pipelines.io.readers import workbook
from pipelines.io.readers.kinds import check
from pipelines.io.readers.rows import Raw
from pipelines.stages.decisions.judging import ENTERED
from reports.csvfile import unescaped
from reports.words import label
from reports.worklist import CSV_COLUMNS
from reports.worklist_denials import SHEET as DENIAL_SHEET
from reports.worklist_sheets import CLAIM_SHEET, COLUMNS

PLACE = "the returned worklist"
CSV_SHEET = "CSV"
MOST_BYTES = 64 * 1024**2
_SUMMARY = "Summary"
_PLACE = "place"  # of the row in its sheet; its `row_number` is of the file it came from
_SHEETS = (*(label(owner) for owner in owners()), CLAIM_SHEET, DENIAL_SHEET)
_NAMES = [column.name for column in COLUMNS]
_TITLES = [column.title for column in COLUMNS]
_HIDDEN = ("finding_id", "subject", "issue_id")  # what every issued row bears


def entered(path: Path) -> pl.DataFrame:
    """All rows of a returned worklist in the columns of `ENTERED`; empty cells are null.

    Raises UsageError where there is no such file, RefusedInputError for one that was not issued so.
    """
    if not path.is_file():
        raise UsageError("no_file", "there is no such file. Name the returned workbook or CSV.")
    if path.stat().st_size > MOST_BYTES:
        raise RefusedInputError(
            "too_large", f"{PLACE} is over {MOST_BYTES} bytes: no worklist is. Return it as issued."
        )
    check(path, PLACE)
    if path.suffix.lower() == ".csv":
        return _rows(CSV_SHEET, _named(read_table(path, PLACE), list(CSV_COLUMNS), PLACE, 1))
    if path.suffix.lower() != ".xlsx":
        raise RefusedInputError("kind", f"{PLACE} is neither XLSX nor CSV. Save it as one.")
    tables = workbook.read_sheets(path, PLACE, _SHEETS, (_SUMMARY,))
    if not tables:
        raise RefusedInputError(
            "no_sheet", f"{PLACE} has no sheet of a worklist. Return the workbook as issued."
        )
    return pl.concat(
        _rows(name, _named(table, _TITLES, f"{PLACE}, sheet {name}", 0))
        for name, table in tables.items()
    )


def _named(table: Raw, expected: list[str], place: str, skipped: int) -> pl.DataFrame:
    """The rows under our own column names, if the header is the issued one and no row is added."""
    found = [name for name in table.rows.columns if name != "row_number"]
    if found != expected:
        pairs = enumerate(zip(found, expected, strict=False), 1)
        at = next(
            (n for n, (one, other) in pairs if one != other), min(len(found), len(expected)) + 1
        )
        raise RefusedInputError(
            "header_changed",
            f"{place}: the header is not the one that was issued, from column {at} on (hidden "
            "columns count). Return the workbook with all its columns, in their order.",
        )
    if not table.misshapen.is_empty():
        row = table.misshapen["row_number"][0] + 1
        raise RefusedInputError(
            "outside_the_table",
            f"{place}, row {row}: something stands beside the table. Delete it, and return the "
            "file again.",
        )
    own = dict(zip(found[skipped:], _NAMES, strict=True))
    return _as_issued(table.rows.rename({"row_number": _PLACE} | own), place)


def _as_issued(frame: pl.DataFrame, place: str) -> pl.DataFrame:
    texts = pl.col(_NAMES).str.strip_chars()
    rows = frame.with_columns(pl.when(texts != "").then(texts).name.keep())
    rows = rows.filter(pl.any_horizontal(pl.col(_NAMES).is_not_null()))
    added = rows.filter(pl.any_horizontal(pl.col(_HIDDEN).is_null()))
    if not added.is_empty():
        raise RefusedInputError(
            "row_added",
            f"{place}, row {added[_PLACE][0] + 1}: not a row that was issued, or its hidden "
            "columns are empty. Delete added rows; decide only in those there were.",
        )
    return rows


def _rows(sheet: str, frame: pl.DataFrame) -> pl.DataFrame:
    if sheet == CSV_SHEET:
        frame = frame.with_columns(unescaped(pl.col(_NAMES)))
    named = frame.drop("row_number").rename({"decision": "action", _PLACE: "row_number"})
    named = named.with_columns(sheet=pl.lit(sheet))
    return named.select(pl.col(name).cast(dtype) for name, dtype in ENTERED.items())
