"""The audit chain: each event holds the digest of the one before, the agency's row the last one.

Here is how a link is made and checked; `audit.py` adds links, and who calls it says what happened.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from pipelines.io.ledger.canonical import canonical_json, digest, instant_text
from pipelines.io.ledger.tables_intake import agencies, audit_events

GENESIS = "0" * 64
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A link: ids and counts in `detail`, never a person's value nor an inbound file's name."""

    agency: str
    sequence: int
    recorded_at: datetime
    user_id: str
    event: str
    detail: dict[str, Any]
    previous_digest: str

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the whole link."""
        return digest(
            canonical_json(
                {
                    "agency": self.agency,
                    "sequence": self.sequence,
                    "recorded_at": instant_text(self.recorded_at),
                    "user_id": self.user_id,
                    "event": self.event,
                    "detail": self.detail,
                    "previous_digest": self.previous_digest,
                }
            )
        )


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first place where the chain does not hold."""

    sequence: int
    reason: str


def length(connection: Connection, agency: str) -> int:
    """How many events the agency's chain has."""
    events = select(func.count()).where(audit_events.c.agency == agency)
    return connection.execute(events).scalar_one()


def verify_chain(connection: Connection, agency: str) -> ChainBreak | None:
    """The first break of an agency's chain, or None.

    A row changed, removed, inserted or moved is found, and so is a tail cut off. Someone who may
    write everything can forge everything: keep the last digest elsewhere (a report's manifest).
    """
    last_sequence, last_digest = 0, GENESIS
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(audit_events)
        .where(audit_events.c.agency == agency)
        .order_by(audit_events.c.sequence)
    )
    for row in rows:
        stated = row._asdict()
        own_digest = stated.pop("digest")
        link = AuditEvent(**stated)
        reason = _flaw(link, own_digest, last_sequence, last_digest)
        if reason:
            return ChainBreak(link.sequence, reason)
        last_sequence, last_digest = link.sequence, own_digest
    return _cut(connection, agency, last_sequence, last_digest)


def _flaw(link: AuditEvent, own: str, last_sequence: int, last_digest: str) -> str | None:
    if link.sequence != last_sequence + 1:
        return f"event {last_sequence + 1} is missing"
    if link.previous_digest != last_digest:
        return "does not follow the event before"
    return None if link.digest == own else "was changed"


def _cut(
    connection: Connection, agency: str, last_sequence: int, last_digest: str
) -> ChainBreak | None:
    head = connection.execute(
        select(agencies.c.audit_sequence, agencies.c.audit_digest).where(
            agencies.c.agency == agency
        )
    ).one_or_none()
    if head is None or tuple(head) == (last_sequence, last_digest):
        return None
    return ChainBreak(last_sequence + 1, f"event {last_sequence + 1} is missing at the end")
