"""Batches: proposed, approved, written, sent or withdrawn, each step by whom and when.

Writing, with its recovery, is in `batch_writing.py`; the claims inside in `batch_claims.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Row, func, insert, select, update

from contracts.errors import HeldByPolicyError, UsageError
from pipelines.io.ledger import audit, batch_claims, claim_lines, submissions, users
from pipelines.io.ledger.batch_claims import BatchClaim
from pipelines.io.ledger.tables_claims import batch_claims as claims_table
from pipelines.io.ledger.tables_claims import batches
from pipelines.io.ledger.transaction import Transaction

# From each state, where a batch may go. `writing` goes back when a kill interrupted it.
TRANSITIONS = {
    "proposed": ("approved", "withdrawn"),
    "approved": ("writing", "withdrawn"),
    "writing": ("written", "approved"),
    "written": ("sent", "withdrawn"),
    "sent": (),
    "withdrawn": (),
}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch; `claim_count` and `charge_amount` are of the claims that have not left it."""

    batch_id: str
    agency: str
    ordinal: int
    state: str
    usage: str
    claim_form: str
    route: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    created_at: datetime | None
    interchange_control_number: int | None
    group_control_number: int | None
    written_at: datetime | None
    file_name: str | None
    file_size: int | None
    file_sha256: str | None
    claim_count: int
    charge_amount: Decimal
    sent_at: datetime | None
    sent_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdraw_reason: str | None


def propose(
    tx: Transaction, *, usage: str, claim_form: str, route: str, claims: Sequence[BatchClaim]
) -> BatchRow:
    """Freeze claims as a new batch; `usage` is T or P. Needs the right to propose.

    Raises:
        UsageError: there are no claims.
        BrokenInvariantError: a claim is in another open batch, or its lines are another's.
    """
    users.require(tx, "propose")
    if not claims:
        raise UsageError("batch_empty", "there are no claims to propose.")
    ordinal = (
        1
        + tx.connection.execute(
            select(func.count()).select_from(batches).where(batches.c.agency == tx.agency)
        ).scalar_one()
    )
    batch_id = f"{tx.agency}-{ordinal:06d}"
    tx.connection.execute(
        insert(batches).values(
            batch_id=batch_id,
            agency=tx.agency,
            ordinal=ordinal,
            state="proposed",
            usage=usage,
            claim_form=claim_form,
            route=route,
            proposed_by=tx.user_id,
            proposed_at=tx.recorded_at,
            claim_count=len(claims),
            charge_amount=sum((claim.charge_amount for claim in claims), Decimal(0)),
        )
    )
    batch_claims.freeze(tx, batch_id, claims)
    return _told(tx, "batch_proposed", batch_id)


def approve(tx: Transaction, batch_id: str, *, single_approver: bool = False) -> BatchRow:
    """Approve what another person proposed. Needs the right to approve.

    Raises:
        HeldByPolicyError: the approver proposed it and settings do not allow one person for both.
    """
    users.require(tx, "approve")
    batch = require_move(tx, batch_id, "approved", since=("proposed",))
    if batch.proposed_by == tx.user_id and not single_approver:
        raise HeldByPolicyError(
            "approver_is_proposer",
            f"batch {batch_id} was proposed by {tx.user_id}; another person approves it.",
        )
    change(tx, batch_id, state="approved", approved_by=tx.user_id, approved_at=tx.recorded_at)
    return _told(tx, "batch_approved", batch_id)


def leave(tx: Transaction, batch_id: str, claim_id: str, reason: str) -> BatchRow:
    """Take a claim out of a batch that is not being written; it may be proposed again.

    Raises:
        UsageError: the batch is being or has been written, or the claim is not open in it.
    """
    users.require(tx, "propose", "approve", "write")
    batch = get(tx.connection, tx.agency, batch_id)
    if batch.state not in ("proposed", "approved"):
        raise UsageError(
            "batch_state", f"batch {batch_id} is {batch.state}: no claim can leave it any more."
        )
    if not batch_claims.close(tx, batch_id, reason, claim_id):
        raise UsageError("claim_not_in_batch", f"claim {claim_id} is not open in batch {batch_id}.")
    claim_lines.let_go(tx, batch_id)
    _count_again(tx, batch_id)
    audit.append(
        tx, "claim_left_batch", {"batch_id": batch_id, "claim_id": claim_id, "reason": reason}
    )
    return get(tx.connection, tx.agency, batch_id)


def sent(tx: Transaction, batch_id: str) -> BatchRow:
    """The file has gone to its receiver. Needs the right to write."""
    users.require(tx, "write")
    require_move(tx, batch_id, "sent")
    submissions.mark(tx, batch_id, "sent")
    batch_claims.close(tx, batch_id, None)
    change(tx, batch_id, state="sent", sent_by=tx.user_id, sent_at=tx.recorded_at)
    return _told(tx, "batch_sent", batch_id)


def withdraw(tx: Transaction, batch_id: str, reason: str) -> BatchRow:
    """Give a batch up before it is sent; the numbers of a written one stay used.

    Needs the right to propose or approve. The caller removes a written file from the outbox.
    """
    users.require(tx, "propose", "approve")
    batch = require_move(tx, batch_id, "withdrawn")
    if batch.state == "written":
        submissions.mark(tx, batch_id, "withdrawn")
    batch_claims.close(tx, batch_id, "batch_withdrawn")
    claim_lines.let_go(tx, batch_id)
    change(
        tx,
        batch_id,
        state="withdrawn",
        withdrawn_by=tx.user_id,
        withdrawn_at=tx.recorded_at,
        withdraw_reason=reason,
    )
    return _told(tx, "batch_withdrawn", batch_id)


def get(connection: Connection, agency: str, batch_id: str) -> BatchRow:
    """The batch.

    Raises:
        UsageError: when the agency has none with this id.
    """
    row = connection.execute(
        select(batches).where(batches.c.agency == agency, batches.c.batch_id == batch_id)
    ).one_or_none()
    if row is None:
        raise UsageError("batch_unknown", f"agency {agency} has no batch {batch_id}.")
    return _batch(row)


def listed(connection: Connection, agency: str, *states: str) -> list[BatchRow]:
    """The agency's batches in order, only those in the given states if there are any."""
    statement = select(batches).where(batches.c.agency == agency)
    if states:
        statement = statement.where(batches.c.state.in_(states))
    return [_batch(row) for row in connection.execute(statement.order_by(batches.c.ordinal))]


def require_move(
    tx: Transaction, batch_id: str, state: str, *, since: tuple[str, ...] = ()
) -> BatchRow:
    """The batch, if it may go to the state (from one of `since`, where given).

    Raises:
        UsageError: naming the batch, its state and the states from which it could go.
    """
    batch = get(tx.connection, tx.agency, batch_id)
    origins = since or tuple(origin for origin, targets in TRANSITIONS.items() if state in targets)
    if batch.state not in origins:
        raise UsageError(
            "batch_state",
            f"batch {batch_id} is {batch.state}; only one that is {' or '.join(origins)} "
            f"becomes {state}.",
        )
    return batch


def change(tx: Transaction, batch_id: str, **values: object) -> None:
    """Set columns of a batch."""
    tx.connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(**values))


def _count_again(tx: Transaction, batch_id: str) -> None:
    count, charge = tx.connection.execute(
        select(
            func.count(), func.coalesce(func.sum(claims_table.c.charge_amount), Decimal(0))
        ).where(claims_table.c.batch_id == batch_id, claims_table.c.is_open)
    ).one()
    change(tx, batch_id, claim_count=count, charge_amount=charge)


def _told(tx: Transaction, event: audit.EventName, batch_id: str) -> BatchRow:
    batch = get(tx.connection, tx.agency, batch_id)
    audit.append(
        tx,
        event,
        {
            "batch_id": batch_id,
            "claim_count": batch.claim_count,
            "charge_amount": str(batch.charge_amount),
        },
    )
    return batch


def _batch(row: Row[tuple[object, ...]]) -> BatchRow:
    return BatchRow(**row._asdict())
