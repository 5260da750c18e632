"""Adding to the audit chain, inside the transaction of what is told."""

from collections.abc import Sequence
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
    "dispute_moved",
    "month_closed",
    "finding_assigned",
    "finding_noted",
    "quarantine_closed",
    "publication",
    "codes_imported",
    "user_changed",
    "sign_in",
]


def append_all(tx: Transaction, event: EventName, details: Sequence[dict[str, Any]]) -> None:
    """Link many events at once, in their order."""
    sequence, previous = _end_of_chain(tx)
    links = []
    for detail in details:
        sequence += 1
        link = AuditEvent(tx.agency, sequence, tx.recorded_at, tx.user_id, event, detail, previous)
        links.append(_row(link))
        previous = link.digest
    if links:
        tx.connection.execute(insert(audit_events), links)
        _end_at(tx, sequence, previous)


def append(tx: Transaction, event: EventName, detail: dict[str, Any]) -> AuditEvent:
    """Link an event to the agency's chain. `detail`: ids and counts only, money as text."""
    sequence, previous = _end_of_chain(tx)
    link = AuditEvent(tx.agency, sequence + 1, tx.recorded_at, tx.user_id, event, detail, previous)
    tx.connection.execute(insert(audit_events).values(**_row(link)))
    _end_at(tx, link.sequence, link.digest)
    return link


def _end_of_chain(tx: Transaction) -> tuple[int, str]:
    """Sequence and digest of the agency's last event."""
    last = select(agencies.c.audit_sequence, agencies.c.audit_digest)
    row = tx.connection.execute(last.where(agencies.c.agency == tx.agency)).one()
    return row.audit_sequence, row.audit_digest


def _end_at(tx: Transaction, sequence: int, digest: str) -> None:
    tx.connection.execute(
        update(agencies)
        .where(agencies.c.agency == tx.agency)
        .values(audit_sequence=sequence, audit_digest=digest)
    )


def _row(link: AuditEvent) -> dict[str, Any]:
    return {name: getattr(link, name) for name in audit_events.c.keys()}  # noqa: SIM118
