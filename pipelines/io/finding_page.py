"""The page of one finding: what it says, where it comes from, its life, and the work on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from contracts.errors import UsageError
from pipelines.io import closings
from pipelines.io.closing_causes import causes
from pipelines.io.findings import listed, part_2_withheld, require_shown, work
from pipelines.io.ledger import findings
from pipelines.io.workspace import EVER, View
from pipelines.stages.edits.catalogue import ALL_EDITS


@dataclass(frozen=True)
class FindingPage:
    """`facts`: the finding as it is listed, with `state` and the edit's `source`.

    `life`: its openings and closings; `work`: its assignments and notes; each in order.
    """

    facts: dict[str, Any]
    life: list[dict[str, Any]]
    work: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return self.facts | {"life": self.life, "work": self.work}


def finding_page(view: View, finding_id: str, until: datetime = EVER) -> FindingPage:
    """All about a finding, open or closed, by the view's day; of the work on it what was recorded
    `until` then.

    Raises UsageError for one that was opened later, HeldByPolicyError where it is of a Part 2
    record without a consent in force.
    """
    with view.workspace.ledger.read() as connection:
        ever = findings.life(connection, view.workspace.agency.id, finding_id)
    life = ever.filter(pl.col("as_of") <= view.as_of)
    if life.is_empty() and not ever.is_empty():
        raise UsageError(
            "finding_to_come",
            f"finding {finding_id} was opened later than {view.as_of}. Leave out --as-of.",
        )
    mine = work(view.workspace, until).filter(finding_id=finding_id).drop("finding_id")
    return FindingPage(_facts(view, finding_id, until), life.to_dicts(), mine.to_dicts())


def _facts(view: View, finding_id: str, until: datetime) -> dict[str, Any]:
    require_shown(view, view.derived("findings").filter(finding_id=finding_id))
    is_open = listed(view, until).rows.filter(finding_id=finding_id)
    rows, state = (is_open, "open") if is_open.height else (_closed(view, finding_id), "closed")
    told: dict[str, Any] = rows.row(0, named=True)
    if state == "closed":
        told["closed_by"] = causes(view, rows)[finding_id]
    edit = ALL_EDITS.get(told["edit_id"])
    return {"state": state, **told, "source": None if edit is None else edit.source}


def _closed(view: View, finding_id: str) -> pl.DataFrame:
    rows = closings.closed(view)[0].filter(finding_id=finding_id)
    if rows.is_empty():
        raise part_2_withheld()
    return rows
