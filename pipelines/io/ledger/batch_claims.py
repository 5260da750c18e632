"""Claims inside a batch: frozen when proposed, open until the batch is sent, withdrawn or left.

A claim is in one open batch only. What becomes of the batch itself is in `batches.py`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from contracts.errors import BrokenInvariantError
from pipelines.io.ledger import claim_lines
from pipelines.io.ledger.canonical import digest
from pipelines.io.ledger.claim_lines import ClaimLine
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.submissions import submission_id_of
from pipelines.io.ledger.tables_claims import batch_claims, batches, submission_lines
from pipelines.io.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class BatchClaim:
    """A claim as it is proposed.

    `content` is its canonical text; `replaces` the patient control number of the submission that
    it replaces or voids; `lines` carry the charge, to the cent.
    """

    claim_id: str
    submission_number: int
    patient_control_number: str
    frequency_code: str
    content: str
    content_hash: str
    row_hash: str
    charge_amount: Decimal
    lines: tuple[ClaimLine, ...]
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class FrozenClaim:
    """An open claim of a batch, as it will be rendered."""

    position: int
    claim_id: str
    submission_number: int
    patient_control_number: str
    frequency_code: str
    replaces_submission_id: str | None
    content: str
    content_hash: str
    row_hash: str
    charge_amount: Decimal


_FROZEN = [batch_claims.c[name] for name in FrozenClaim.__dataclass_fields__]


def freeze(tx: Transaction, batch_id: str, claims: Sequence[BatchClaim]) -> None:
    """Keep each claim's content, hashes, number and lines; positions follow the order given.

    Raises:
        BrokenInvariantError: a claim is in another open batch, its number or a line is taken,
            or its lines do not carry its charge.
    """
    for claim in claims:
        _require_balance(claim)
    parts: Counter[str] = Counter()
    rows = []
    for position, claim in enumerate(claims, start=1):
        parts[claim.claim_id] += 1
        rows.append(_row(tx.agency, batch_id, position, parts[claim.claim_id], claim))
    try:
        tx.connection.execute(insert(batch_claims), rows)
        claim_lines.keep(
            tx, batch_id, ((c.patient_control_number, line) for c in claims for line in c.lines)
        )
    except IntegrityError:
        raise BrokenInvariantError(
            "claim_taken",
            f"batch {batch_id}: a claim is in another open batch, its number was used, or one of "
            "its lines belongs to another claim. Run the plan again and propose from that.",
        ) from None


def frozen(connection: Connection, batch_id: str) -> list[FrozenClaim]:
    """The open claims of a batch, in order."""
    return _frozen(connection, batch_id, batch_claims.c.is_open)


def carried(connection: Connection, batch_id: str) -> list[FrozenClaim]:
    """The claims of a batch but those that left it, in order, whatever became of the batch."""
    return _frozen(connection, batch_id, batch_claims.c.left_reason.is_(None))


def _frozen(
    connection: Connection, batch_id: str, chosen: ColumnElement[bool]
) -> list[FrozenClaim]:
    statement = select(*_FROZEN).where(batch_claims.c.batch_id == batch_id, chosen)
    rows = connection.execute(statement.order_by(batch_claims.c.position))
    return [FrozenClaim(*row) for row in rows]


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Claims open in a batch at `known_at`: a row for each part, without its content."""
    columns = [c for c in batch_claims.c if c.name not in ("content", "is_open", "left_reason")]
    return read_frame(
        connection,
        select(*columns, batches.c.approved_at, batches.c.written_at)
        .join(batches, batches.c.batch_id == batch_claims.c.batch_id)
        .where(
            batch_claims.c.agency == agency,
            batches.c.proposed_at <= known_at,
            or_(batch_claims.c.closed_at.is_(None), batch_claims.c.closed_at > known_at),
        )
        .order_by(batch_claims.c.batch_id, batch_claims.c.position),
    )


def content_of_lines(connection: Connection, agency: str, source_system: str) -> pl.DataFrame:
    """The frozen content that last carried each line of a source system, beside the line's key."""
    line = submission_lines.c
    statement = (
        select(line.source_system, line.encounter_id, line.line_number, batch_claims.c.content)
        .join(
            batch_claims,
            and_(
                batch_claims.c.agency == line.agency,
                batch_claims.c.patient_control_number == line.patient_control_number,
            ),
        )
        .where(line.agency == agency, line.source_system == source_system)
        .order_by(batch_claims.c.submission_number)
    )
    key = ["source_system", "encounter_id", "line_number"]
    return read_frame(connection, statement).unique(key, keep="last", maintain_order=True)


def close(tx: Transaction, batch_id: str, reason: str | None, claim_id: str | None = None) -> int:
    """Close the open claims of a batch, or one of them; says how many."""
    chosen = [batch_claims.c.batch_id == batch_id, batch_claims.c.is_open]
    if claim_id is not None:
        chosen.append(batch_claims.c.claim_id == claim_id)
    closed = tx.connection.execute(
        update(batch_claims)
        .where(*chosen)
        .values(is_open=False, closed_at=tx.recorded_at, left_reason=reason)
    )
    return closed.rowcount


def sorted_digest(claims: Iterable[FrozenClaim]) -> str:
    """SHA-256 over the sorted claims: a line each, number and content hash."""
    lines = sorted(f"{claim.patient_control_number} {claim.content_hash}" for claim in claims)
    return digest("\n".join(lines))


def _require_balance(claim: BatchClaim) -> None:
    if sum((line.charge_amount for line in claim.lines), Decimal(0)) != claim.charge_amount:
        raise BrokenInvariantError(
            "claim_unbalanced",
            f"claim {claim.claim_id}: its lines do not carry its charge. Run the plan again.",
        )


def _row(agency: str, batch_id: str, position: int, part: int, claim: BatchClaim) -> dict[str, Any]:
    replaces = None if claim.replaces is None else submission_id_of(agency, claim.replaces)
    return {
        "batch_id": batch_id,
        "claim_id": claim.claim_id,
        "part": part,
        "position": position,
        "agency": agency,
        "submission_number": claim.submission_number,
        "patient_control_number": claim.patient_control_number,
        "frequency_code": claim.frequency_code,
        "replaces_submission_id": replaces,
        "content": claim.content,
        "content_hash": claim.content_hash,
        "row_hash": claim.row_hash,
        "charge_amount": claim.charge_amount,
        "is_open": True,
    }
