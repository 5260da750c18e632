"""Decisions people made, as they made them. Which is in force is the stages' to say."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Row, insert, select

from contracts.errors import HeldByPolicyError, RefusedInputError
from pipelines.io.ledger import audit, users
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_work import decisions, worklist_issues
from pipelines.io.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about an encounter, claim, denial or bundle; `value` may be a person's.

    `issue_id` is the worklist as issued to the decider, None for the desk; `seen_version` the hash
    of what the decider saw.
    """

    decision_id: str
    issue_id: str | None
    subject: str
    subject_id: str
    action: str
    field: str | None
    value: str | None
    reason: str
    decided_by: str
    decided_at: datetime
    seen_version: str


def record(tx: Transaction, made: Sequence[Decision]) -> int:
    """Keep decisions; one that is kept already is passed over. Says how many are new.

    Raises:
        HeldByPolicyError: the decider has no right to decide, or answers another user's worklist.
        RefusedInputError: an id is known with another content.
    """
    return sum(_record_one(tx, decision) for decision in made)


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Decisions recorded by `known_at`, a row each, in order of record."""
    return read_frame(
        connection,
        select(decisions)
        .where(decisions.c.agency == agency, decisions.c.recorded_at <= known_at)
        .order_by(decisions.c.recorded_at, decisions.c.decision_id),
    )


def _record_one(tx: Transaction, decision: Decision) -> bool:
    kept = _find(tx.connection, tx.agency, decision.decision_id)
    if kept == decision:
        return False
    if kept is not None:
        raise RefusedInputError(
            "decision_changed",
            f"decision {decision.decision_id} is recorded with another content. "
            "Give the new decision an id of its own.",
        )
    _require_decider(tx, decision)
    tx.connection.execute(
        insert(decisions).values(agency=tx.agency, recorded_at=tx.recorded_at, **asdict(decision))
    )
    names = ("decision_id", "subject", "subject_id", "action", "field", "decided_by")
    audit.append(tx, "decision", {name: getattr(decision, name) for name in names})
    return True


def _require_decider(tx: Transaction, decision: Decision) -> None:
    user = users.find(tx.connection, decision.decided_by)
    if user is None or not user.may("decide"):
        raise HeldByPolicyError(
            "right_missing",
            f"decision {decision.decision_id}: user {decision.decided_by} has no right to decide. "
            "An administrator grants it with reentry users.",
        )
    if decision.issue_id is not None and _issued_to(tx, decision.issue_id) != decision.decided_by:
        raise HeldByPolicyError(
            "worklist_of_another",
            f"decision {decision.decision_id}: worklist {decision.issue_id} was not issued to "
            f"{decision.decided_by}. Return the workbook that was issued to the decider.",
        )


def _issued_to(tx: Transaction, issue_id: str) -> str | None:
    return tx.connection.execute(
        select(worklist_issues.c.user_id).where(
            worklist_issues.c.agency == tx.agency, worklist_issues.c.issue_id == issue_id
        )
    ).scalar_one_or_none()


def _find(connection: Connection, agency: str, decision_id: str) -> Decision | None:
    columns = [decisions.c[name] for name in Decision.__dataclass_fields__]
    row: Row[tuple[object, ...]] | None = connection.execute(
        select(*columns).where(decisions.c.agency == agency, decisions.c.decision_id == decision_id)
    ).one_or_none()
    return None if row is None else Decision(**row._asdict())
