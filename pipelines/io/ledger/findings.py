"""When findings opened and closed. What is open now, and why, is the lake's to say."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, case, func, insert, select

from pipelines.io.ledger import runs
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.runs import RunRow
from pipelines.io.ledger.tables_intake import runs as runs_table
from pipelines.io.ledger.tables_work import finding_events
from pipelines.io.ledger.transaction import Transaction

_TOLD = ["finding_id", "edit_id", "category", "severity", "amount"]
_OPEN = func.sum(case((finding_events.c.event == "opened", 1), else_=-1)) == 1


@dataclass(frozen=True, slots=True)
class FindingChange:
    """How many findings a run opened and closed."""

    opened: int
    closed: int


def record(tx: Transaction, run_id: str, findings: pl.DataFrame) -> FindingChange:
    """Record how a run's findings differ from those open before.

    `findings`: one row each with finding_id, edit_id, category, severity, amount (Decimal, may be
    null). A run is recorded once; one of an earlier day than a recorded run, or that knows less
    of the same day, is a look at the past and changes nothing.
    """
    run = runs.get(tx.connection, tx.agency, run_id)
    if run.findings_recorded_at is not None or _is_past(tx.connection, run):
        return FindingChange(0, 0)
    was_open = open_findings(tx.connection, tx.agency)
    is_open = findings.select(_TOLD)
    opened = is_open.join(was_open, on="finding_id", how="anti")
    closed = was_open.join(is_open, on="finding_id", how="anti")
    _add(tx, run, "opened", opened)
    _add(tx, run, "closed", closed)
    runs.change(tx, run_id, findings_recorded_at=tx.recorded_at)
    return FindingChange(opened.height, closed.height)


def open_findings(connection: Connection, agency: str) -> pl.DataFrame:
    """Findings opened and not closed since: finding_id and what was told at its first opening."""
    event = finding_events.c
    return read_frame(
        connection,
        select(
            event.finding_id,
            func.max(event.edit_id).label("edit_id"),
            func.max(event.category).label("category"),
            func.max(event.severity).label("severity"),
            func.max(event.amount).label("amount"),
        )
        .where(event.agency == agency)
        .group_by(event.finding_id)
        .having(_OPEN),
    )


def events(connection: Connection, agency: str) -> pl.DataFrame:
    """The life of each finding: a row for each opening and closing, in order."""
    statement = select(finding_events).where(finding_events.c.agency == agency)
    return read_frame(connection, statement.order_by(finding_events.c.recorded_at))


def _is_past(connection: Connection, run: RunRow) -> bool:
    recorded = runs_table.c
    seen = select(recorded.as_of, recorded.known_at).where(
        recorded.agency == run.agency, recorded.findings_recorded_at.is_not(None)
    )
    mine = runs.reach(run.as_of, run.known_at)
    return any(runs.reach(*row) > mine for row in connection.execute(seen))


def _add(tx: Transaction, run: RunRow, event: str, findings: pl.DataFrame) -> None:
    if findings.is_empty():
        return
    shared: dict[str, Any] = {
        "agency": tx.agency,
        "event": event,
        "run_id": run.run_id,
        "as_of": run.as_of,
        "recorded_at": tx.recorded_at,
    }
    tx.connection.execute(
        insert(finding_events), [shared | row for row in findings.iter_rows(named=True)]
    )
