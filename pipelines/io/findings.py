"""Findings as people look for them: with age, source file, assignee and notes.

Reading a run's findings and what the ledger says of each; why one closed is in `closings`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from contracts.derived import DERIVED
from contracts.errors import HeldByPolicyError, UsageError
from pipelines.io.ledger import finding_work, findings
from pipelines.io.publishing import opened, source_files, withheld
from pipelines.io.workspace import EVER, View, Workspace
from reports.worklist_rows import SEVERITIES

COLUMNS = ("file", *DERIVED["findings"].names, "first_seen_on", "assignee", "note_count")


@dataclass(frozen=True)
class Listed:
    """`rows`: `COLUMNS`, a row a finding that may be shown. `withheld`: how many may not."""

    rows: pl.DataFrame
    withheld: int


def listed(view: View, until: datetime = EVER) -> Listed:
    """The findings of the view's run, the most severe first, within a severity the dearest.

    `first_seen_on` is the Los Angeles day of the run that opened the finding; of one that closed
    and opened again, of its present opening. Assignments and notes count that were recorded `until`
    an instant.
    """
    shown, hidden = withheld(view, view.derived("findings"))
    rows = (
        shown.join(source_files(view), on="file_id", how="left")
        .join(opened(view).rename({"opened_on": "first_seen_on"}), on="finding_id", how="left")
        .join(_worked_on(work(view.workspace, until)), on="finding_id", how="left")
        .with_columns(pl.col("note_count").fill_null(0))
    )
    return Listed(dearest_first(rows).select(COLUMNS), hidden)


def dearest_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Findings, the most severe first, within a severity the dearest first."""
    rank = pl.col("severity").replace_strict(
        list(SEVERITIES), list(range(len(SEVERITIES))), return_dtype=pl.Int8
    )
    order = [rank, "amount", "finding_id"]
    return rows.sort(order, descending=[False, True, False], nulls_last=True)


def work(workspace: Workspace, until: datetime) -> pl.DataFrame:
    """Assignments and notes recorded until an instant, in order."""
    with workspace.ledger.read() as connection:
        return finding_work.known(connection, workspace.agency.id, until)


def _worked_on(entries: pl.DataFrame) -> pl.DataFrame:
    """finding_id, its newest assignee and how many notes it has."""
    return entries.group_by("finding_id").agg(
        pl.col("assignee").drop_nulls().last(), note_count=pl.col("note").count().cast(pl.Int64)
    )


def resolved(view: View, named: Sequence[str]) -> list[str]:
    """Ids of findings, open or closed, from ids or unique beginnings of ids; each once.

    Raises UsageError for one that begins no finding's id, or several.
    """
    with view.workspace.ledger.read() as connection:
        ever = findings.ids(connection, view.workspace.agency.id)
    ids = pl.concat([ever, view.derived("findings")["finding_id"]]).unique()
    return list(dict.fromkeys(_only(ids, one) for one in named))


def _only(ids: pl.Series, named: str) -> str:
    found = ids.filter(ids.str.starts_with(named.lower())) if named else ids.clear()
    if found.len() == 1:
        return str(found[0])
    if found.is_empty():
        raise UsageError(
            "finding_unknown",
            f"no finding's id begins with {named!r}. `reentry findings` lists them.",
        )
    raise UsageError(
        "finding_ambiguous", f"{found.len()} findings' ids begin with {named!r}. Give more of it."
    )


def require_open(view: View, finding_ids: Iterable[str]) -> None:
    """Raises UsageError for a finding that is not open, HeldByPolicyError for a withheld one."""
    now_open = view.derived("findings")
    for finding_id in finding_ids:
        row = now_open.filter(finding_id=finding_id)
        if row.is_empty():
            raise UsageError(
                "finding_closed",
                f"finding {finding_id} is closed: there is nothing to be done about it.",
            )
        require_shown(view, row)


def require_shown(view: View, rows: pl.DataFrame) -> None:
    """Raises HeldByPolicyError where a finding (person_id, is_part_2) may not be shown."""
    if withheld(view, rows)[1]:
        raise part_2_withheld()


def part_2_withheld() -> HeldByPolicyError:
    """What is told instead of a Part 2 record."""
    return HeldByPolicyError(
        "part_2_withheld",
        "this is, or may be, of a Part 2 record without a consent in force. Send the consent in "
        "the consents feed.",
    )


def assign(workspace: Workspace, finding_ids: list[str], assignee: str, note: str | None) -> None:
    """Record that findings are a user's to work on; see the ledger's `finding_work.assign`."""
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        finding_work.assign(tx, finding_ids, assignee, note)


def add_note(workspace: Workspace, finding_id: str, text: str) -> datetime:
    """Record a note on a finding; says when."""
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        finding_work.note(tx, finding_id, text)
        return tx.recorded_at
