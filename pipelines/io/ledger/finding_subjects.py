"""What each finding is of: kept, because a closed finding stands in no table of the lake."""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, and_, insert, select

from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_findings import finding_subjects
from pipelines.io.ledger.tables_work import finding_events
from pipelines.io.ledger.transaction import Transaction

_TOLD = ("finding_id", "edit_id", "subject", "subject_id")


def keep(tx: Transaction, findings: pl.DataFrame) -> None:
    """Keep the subject of findings (finding_id, edit_id, subject, subject_id) seen first now."""
    mine = finding_subjects.c.agency == tx.agency
    kept = read_frame(tx.connection, select(finding_subjects.c.finding_id).where(mine))
    fresh = findings.select(_TOLD).join(kept, on="finding_id", how="anti")
    if fresh.is_empty():
        return
    shared = {"agency": tx.agency, "recorded_at": tx.recorded_at}
    rows = fresh.iter_rows(named=True)
    tx.connection.execute(insert(finding_subjects), [shared | row for row in rows])


def foreseen(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """subject_id and edit_id of every finding that a service line had by an instant."""
    event, named = finding_events.c, finding_subjects.c
    opened = (
        select(named.subject_id, named.edit_id)
        .join(
            finding_events,
            and_(event.agency == named.agency, event.finding_id == named.finding_id),
        )
        .where(
            named.agency == agency,
            named.subject == "encounter",
            event.event == "opened",
            event.recorded_at <= known_at,
        )
    )
    return read_frame(connection, opened.distinct())


def are_kept(connection: Connection, agency: str) -> bool:
    """Whether any was kept yet: not in a ledger that has just been upgraded."""
    mine = select(finding_subjects.c.finding_id).where(finding_subjects.c.agency == agency)
    return connection.execute(mine.limit(1)).one_or_none() is not None


def known(connection: Connection, agency: str) -> pl.DataFrame:
    """Every finding ever seen and what it is of: finding_id, edit_id, subject, subject_id."""
    columns = [finding_subjects.c[name] for name in _TOLD]
    return read_frame(connection, select(*columns).where(finding_subjects.c.agency == agency))
