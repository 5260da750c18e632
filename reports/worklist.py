"""The worklist workbook: what keeps services from being paid, one row a finding, a sheet a role.

The workbook as a whole belongs here; its rows, its summary and its sheets stand beside.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import polars as pl

from contracts.fields import field_of
from reports.csvfile import csv_bytes
from reports.spreadsheet import Book
from reports.worklist_meta import WorklistMeta
from reports.worklist_rows import by_urgency, withhold, worklist_rows
from reports.worklist_sheets import COLUMNS, write_field_list, write_owner_sheet
from reports.worklist_summary import write_summary

ROWS_IN_WORKBOOK = 50_000


@dataclass(frozen=True)
class Worklist:
    """The workbook, and as CSV the least urgent rows where it could not hold them all."""

    workbook: bytes
    overflow_csv: bytes | None


def worklist_workbook(
    findings: pl.DataFrame,
    *,
    service_lines: pl.DataFrame,
    files: pl.DataFrame,
    facilities: pl.DataFrame,
    opened: pl.DataFrame,
    versions: pl.DataFrame,
    consented: AbstractSet[str],
    meta: WorklistMeta,
    row_limit: int = ROWS_IN_WORKBOOK,
) -> Worklist:
    """Make the worklist. Same input, same bytes.

    `findings`, `service_lines`, `facilities` are as their contracts have them; `files` has file_id
    and file_name, `opened` finding_id and opened_on, `versions` subject, subject_id and
    seen_version (digest of the subject's current version, by which a returned decision is checked
    for staleness). Findings marked Part 2 stay out unless their person is in `consented`.
    """
    shown, withheld_count = withhold(findings, consented)
    rows = by_urgency(
        worklist_rows(shown, service_lines, files, facilities, opened, versions, meta.issue_id)
    )
    kept, rest = rows.head(row_limit), rows.slice(row_limit)
    book = Book(f"Worklist {meta.agency}, as of {meta.as_of.isoformat()}", meta.known_at)
    present = set(kept.get_column("owner"))
    owners = [owner for owner in field_of("findings", "owner").allowed if owner in present]
    write_summary(book, rows, owners, rest.height, withheld_count, meta)
    for owner in owners:
        write_owner_sheet(book, owner, kept.filter(pl.col("owner") == owner), meta)
    write_field_list(book)
    return Worklist(book.to_bytes(), _overflow(rest))


def _overflow(rest: pl.DataFrame) -> bytes | None:
    return (
        csv_bytes(rest.select("owner", *(column.name for column in COLUMNS)))
        if rest.height
        else None
    )
