"""Adding to the audit chain, inside the transaction of what is told."""

from typing import Any, Literal

from sqlalchemy import insert, select, update

from pipelines.io.ledger.audit_chain import AuditEvent
from pipelines.io.ledger.tables_intake import agencies, audit_events
from pipelines.io.ledger.transaction import Transaction

EventName = Literal[
    "file_taken",
    "file_refused",
    "run_completed",
    "batch_proposed",
    "batch_approved",
    "claim_left_batch",
    "batch_written",
    "batch_sent",
    "batch_withdrawn",
    "inquiry_written",
    "decision",
    "finding_assigned",
    "finding_noted",
    "quarantine_closed",
    "publication",
    "codes_imported",
    "user_changed",
    "sign_in",
]


def append(tx: Transaction, event: EventName, detail: dict[str, Any]) -> AuditEvent:
    """Link an event to the agency's chain. `detail`: ids and counts only, money as text."""
    sequence, previous = tx.connection.execute(
        select(agencies.c.audit_sequence, agencies.c.audit_digest).where(
            agencies.c.agency == tx.agency
        )
    ).one()
    link = AuditEvent(tx.agency, sequence + 1, tx.recorded_at, tx.user_id, event, detail, previous)
    tx.connection.execute(insert(audit_events).values(**_row(link)))
    tx.connection.execute(
        update(agencies)
        .where(agencies.c.agency == tx.agency)
        .values(audit_sequence=link.sequence, audit_digest=link.digest)
    )
    return link


def _row(link: AuditEvent) -> dict[str, Any]:
    return {name: getattr(link, name) for name in audit_events.c.keys()}  # noqa: SIM118
