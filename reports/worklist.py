"""The worklist workbook: what keeps services from being paid, one row a finding, a sheet a role.

The workbook as a whole belongs here; its rows, its summary and its sheets stand beside.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import polars as pl

from contracts.derived import DERIVED
from contracts.fields import field_of
from reports.csvfile import csv_bytes
from reports.spreadsheet import Book
from reports.worklist_claims import claim_rows
from reports.worklist_denials import SHEET as DENIAL_SHEET
from reports.worklist_denials import denial_rows
from reports.worklist_meta import WorklistMeta
from reports.worklist_rows import by_urgency, withhold, worklist_rows
from reports.worklist_sheets import (
    CLAIM_SHEET,
    COLUMNS,
    write_field_list,
    write_owner_sheet,
    write_work_sheet,
)
from reports.worklist_summary import write_summary

ROWS_IN_WORKBOOK = 50_000

# What lies beside the workbook has its columns, and whose sheet a row would stand on.
CSV_COLUMNS = (
    "owner",
    *("source_row" if column.name == "row_number" else column.name for column in COLUMNS),
)


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
    plan: pl.DataFrame | None = None,
    claims: pl.DataFrame | None = None,
    denials: pl.DataFrame | None = None,
    row_limit: int = ROWS_IN_WORKBOOK,
) -> Worklist:
    """Make the worklist. Same input, same bytes.

    `findings`, `service_lines`, `facilities` are as their contracts have them; `files` has file_id
    and file_name, `opened` finding_id and opened_on, `versions` subject, subject_id and
    seen_version (digest of the subject's current version, by which a returned decision is checked
    for staleness). Findings marked Part 2 stay out unless their person is in `consented`.
    With `plan` and `claims` held claims have a sheet of their own; so have `denials`
    (`denial_rows`).
    """
    shown, findings_withheld = withhold(findings, consented)
    rows = by_urgency(
        worklist_rows(shown, service_lines, files, facilities, opened, versions, meta.issue_id)
    )
    kept, rest = rows.head(row_limit), rows.slice(row_limit)
    held, claims_withheld = _held_claims(plan, claims, facilities, consented, meta)
    refused, denials_withheld = _denied(denials, service_lines, files, facilities, consented, meta)
    withheld = {
        "finding": findings_withheld, "claim": claims_withheld, "denial": denials_withheld
    }  # fmt: skip
    book = Book(f"Worklist {meta.agency}, as of {meta.as_of.isoformat()}", meta.known_at)
    present = set(kept.get_column("owner"))
    owners = [owner for owner in field_of("findings", "owner").allowed if owner in present]
    write_summary(book, rows, owners, rest.height, withheld, meta, held, refused)
    for owner in owners:
        write_owner_sheet(book, owner, kept.filter(pl.col("owner") == owner), meta)
    if not held.is_empty():
        write_work_sheet(book, CLAIM_SHEET, held.head(row_limit), meta)
    if not refused.is_empty():
        write_work_sheet(book, DENIAL_SHEET, refused.head(row_limit), meta)
    write_field_list(book)
    more = [
        rows.slice(row_limit).with_columns(owner=pl.lit(name))
        for name, rows in ((CLAIM_SHEET, held), (DENIAL_SHEET, refused))
    ]
    return Worklist(book.to_bytes(), _overflow(rest, *more))


def _held_claims(
    plan: pl.DataFrame | None,
    claims: pl.DataFrame | None,
    facilities: pl.DataFrame,
    consented: AbstractSet[str],
    meta: WorklistMeta,
) -> tuple[pl.DataFrame, int]:
    """Held claims that may be shown, and how many may not."""
    held, made = (
        DERIVED[name].empty() if frame is None else frame
        for name, frame in (("plan", plan), ("claims", claims))
    )
    rows = claim_rows(held, made, facilities, meta.issue_id, meta.as_of)
    return withhold(rows, consented)


def _denied(
    denials: pl.DataFrame | None,
    service_lines: pl.DataFrame,
    files: pl.DataFrame,
    facilities: pl.DataFrame,
    consented: AbstractSet[str],
    meta: WorklistMeta,
) -> tuple[pl.DataFrame, int]:
    """Denials that may be shown, and how many may not."""
    nothing = {"seen_version": pl.lit(None, pl.String), "dispute": pl.lit(None, pl.String)}
    table = DERIVED["denials"].empty().with_columns(**nothing) if denials is None else denials
    rows = denial_rows(table, service_lines, files, facilities, meta.issue_id)
    return withhold(rows, consented)


def _overflow(rest: pl.DataFrame, *others: pl.DataFrame) -> bytes | None:
    names = ["owner", *(column.name for column in COLUMNS)]
    parts = [rows.select(names) for rows in (rest, *others)]
    both = pl.concat(parts, how="vertical_relaxed")
    both.columns = list(CSV_COLUMNS)
    return csv_bytes(both) if both.height else None
