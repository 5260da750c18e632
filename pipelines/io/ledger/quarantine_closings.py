"""Quarantined rows that a person closed by hand: each is an event of the audit chain, no more.

Rows that a later row closed are not here; they follow from the facts.
"""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, select

from pipelines.io.ledger import audit, users
from pipelines.io.ledger.tables_intake import audit_events
from pipelines.io.ledger.transaction import Transaction

EVENT: audit.EventName = "quarantine_closed"
REASONS = {
    "came_back": "the record came back under another key",
    "not_ours": "the row is not of this feed or agency",
    "not_needed": "the source withdrew the record, or it should never have been sent",
}
_SCHEMA = pl.Schema(
    [("file_id", pl.String()), ("row_number", pl.Int64()), ("closed_user_id", pl.String()),
     ("closed_reason", pl.String())]
)  # fmt: skip


def close(tx: Transaction, file_id: str, row_number: int, reason: str) -> bool:
    """Close a quarantined row; one that is closed by hand stays as it is. Says whether it is new.

    Raises HeldByPolicyError when the transaction's user has no right to decide.
    """
    users.require(tx, "decide")
    closed = known(tx.connection, tx.agency, tx.recorded_at)
    if not closed.filter(file_id=file_id, row_number=row_number).is_empty():
        return False
    audit.append(tx, EVENT, {"file_id": file_id, "row_number": row_number, "reason": reason})
    return True


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Rows closed by hand until an instant: file_id, row_number, closed_user_id, closed_reason."""
    events = connection.execute(
        select(audit_events.c.detail, audit_events.c.user_id).where(
            audit_events.c.agency == agency,
            audit_events.c.event == EVENT,
            audit_events.c.recorded_at <= known_at,
        )
    )
    rows = [
        (detail["file_id"], detail["row_number"], user_id, detail["reason"])
        for detail, user_id in events
    ]
    return pl.DataFrame(rows, _SCHEMA, orient="row")
