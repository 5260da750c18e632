"""When findings opened and closed. What is open now, and why, is the lake's to say."""

from dataclasses import dataclass
from datetime import date
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


def opened_on(connection: Connection, agency: str, as_of: date) -> pl.DataFrame:
    """finding_id and the day of the run that opened it last, of those opened by a day."""
    event = finding_events.c
    opened = select(event.finding_id, event.as_of.label("opened_on")).where(
        event.agency == agency, event.event == "opened", event.as_of <= as_of
    )
    frame = read_frame(connection, opened.order_by(event.recorded_at))
    return frame.unique("finding_id", keep="last", maintain_order=True)


def closed(connection: Connection, agency: str, as_of: date) -> pl.DataFrame:
    """Findings that were closed at the end of a day, as of the runs until then.

    finding_id, edit_id, category, severity, amount (of the last opening), first_seen_on,
    closed_on, closed_run_id.
    """
    event = finding_events.c
    columns = (event.finding_id, event.event, event.edit_id, event.category, event.severity,
               event.amount, event.run_id, event.as_of)  # fmt: skip
    every = select(*columns).where(event.agency == agency, event.as_of <= as_of)
    frame = read_frame(connection, every.order_by(event.recorded_at))
    last = frame.unique("finding_id", keep="last", maintain_order=True).filter(event="closed")
    opening = frame.filter(event="opened").unique("finding_id", keep="last", maintain_order=True)
    told = opening.select("finding_id", "severity", "amount", first_seen_on="as_of")
    return last.select(
        "finding_id", "edit_id", "category", closed_on="as_of", closed_run_id="run_id"
    ).join(told, on="finding_id")


def ids(connection: Connection, agency: str) -> pl.Series:
    """Ids of all findings ever opened."""
    event = finding_events.c
    every = select(event.finding_id).where(event.agency == agency).distinct()
    return read_frame(connection, every)["finding_id"]


def life(connection: Connection, agency: str, finding_id: str) -> pl.DataFrame:
    """What became of one finding: event, as_of, recorded_at, run_id, amount, in order."""
    event = finding_events.c
    columns = (event.event, event.as_of, event.recorded_at, event.run_id, event.amount)
    mine = select(*columns).where(event.agency == agency, event.finding_id == finding_id)
    return read_frame(connection, mine.order_by(event.recorded_at))


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
