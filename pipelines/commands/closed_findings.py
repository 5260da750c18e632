"""Closed findings as `reentry findings --closed` hands them over, each with what closed it."""

from typing import Any

import polars as pl
from rich.table import Table as Grid

from pipelines.commands.listing import ROWS_SHOWN, Contents, fitting
from pipelines.commands.session import grid
from pipelines.io.closing_causes import Cause
from pipelines.io.workspace import View
from reports.findings_list import CLOSED, findings_csv, findings_workbook

_SHOWN = ("finding", "edit_id", "subject_id", "amount", "first_seen_on", "closed_on", "closed_by")
_ID_SHOWN = 8


def closed_contents(rows: pl.DataFrame, causes: dict[str, list[Cause]], view: View) -> Contents:
    """The list in each of its forms. `rows` and `causes` as `closings` and `closing_causes` do."""
    title = f"Closed findings {view.workspace.agency.id}, as of {view.as_of.isoformat()}"
    return Contents(
        rows.height,
        lambda: [row | {"closed_by": causes[row["finding_id"]]} for row in rows.to_dicts()],
        lambda: _table(rows, causes),
        lambda: findings_csv(_worded(rows, causes), CLOSED),
        lambda: findings_workbook(fitting(_worded(rows, causes)), title, view.known_at, CLOSED),
    )


def _worded(rows: pl.DataFrame, causes: dict[str, list[Cause]]) -> pl.DataFrame:
    words = ["; ".join(_details(causes[one])) for one in rows["finding_id"]]
    return rows.with_columns(closed_by=pl.Series(words, dtype=pl.String))


def _details(told: list[Cause]) -> list[str]:
    return [cause["detail"] for cause in told]


def _table(rows: pl.DataFrame, causes: dict[str, list[Cause]]) -> Grid:
    shown: list[dict[str, Any]] = [
        row
        | {
            "finding": row["finding_id"][:_ID_SHOWN],
            "closed_by": "\n".join(_details(causes[row["finding_id"]])),
        }
        for row in rows.head(ROWS_SHOWN).iter_rows(named=True)
    ]
    return grid(f"Closed findings: {rows.height:,}", _SHOWN, shown)
