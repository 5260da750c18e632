"""Decisions people made, as they made them. Which is in force is the stages' to say."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, insert, select

from contracts.errors import HeldByPolicyError, RefusedInputError
from pipelines.io.ledger import audit, users, worklists
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_work import decisions
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
    """Keep decisions, all or none; one that is kept already is passed over. Says how many are new.

    Raises:
        HeldByPolicyError: the decider has no right to decide, or answers another user's worklist.
        RefusedInputError: an id is known with another content.
    """
    kept = {one.decision_id: one for one in _kept(tx, [one.decision_id for one in made])}
    for decision in made:
        _require_same(decision, kept.get(decision.decision_id, decision))
    fresh = {one.decision_id: one for one in made if one.decision_id not in kept}
    _require_deciders(tx, fresh.values())
    if fresh:
        rows = [asdict(one) for one in fresh.values()]
        shared = {"agency": tx.agency, "recorded_at": tx.recorded_at}
        tx.connection.execute(insert(decisions), [shared | row for row in rows])
        audit.append_all(tx, "decision", [{name: row[name] for name in _TOLD} for row in rows])
    return len(fresh)


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Decisions recorded by `known_at`, a row each, in order of record."""
    return read_frame(
        connection,
        select(decisions)
        .where(decisions.c.agency == agency, decisions.c.recorded_at <= known_at)
        .order_by(decisions.c.recorded_at, decisions.c.decision_id),
    )


_TOLD = ("decision_id", "subject", "subject_id", "action", "field", "decided_by")
_AT_ONCE = 500  # ids in one question; SQLite has a limit


def _kept(tx: Transaction, ids: Sequence[str]) -> Iterator[Decision]:
    columns = [decisions.c[name] for name in Decision.__dataclass_fields__]
    of_agency = select(*columns).where(decisions.c.agency == tx.agency)
    for start in range(0, len(ids), _AT_ONCE):
        some = decisions.c.decision_id.in_(ids[start : start + _AT_ONCE])
        for row in tx.connection.execute(of_agency.where(some)):
            yield Decision(**row._asdict())


def _require_same(decision: Decision, kept: Decision) -> None:
    """When it was taken is no part of it: two processes that take one file differ in that."""
    if decision != replace(kept, decided_at=decision.decided_at):
        raise RefusedInputError(
            "decision_changed",
            f"decision {decision.decision_id} is recorded with another content. "
            "Give the new decision an id of its own.",
        )


def _require_deciders(tx: Transaction, made: Collection[Decision]) -> None:
    """Each decider may decide, and each worklist was issued to who answers it."""
    firsts = {one.decided_by: one for one in made}
    for user_id, decision in firsts.items():
        user = users.find(tx.connection, user_id)
        if user is None or not user.may("decide"):
            raise HeldByPolicyError(
                "right_missing",
                f"decision {decision.decision_id}: user {user_id} has no right to decide. "
                "An administrator grants it with reentry users.",
            )
    for (issue_id, user_id), decision in {
        (one.issue_id, one.decided_by): one for one in made
    }.items():
        if (
            issue_id is not None
            and worklists.issued_to(tx.connection, tx.agency, issue_id) != user_id
        ):
            raise HeldByPolicyError(
                "worklist_of_another",
                f"decision {decision.decision_id}: worklist {issue_id} was not issued to "
                f"{user_id}. Return the workbook that was issued to the decider.",
            )
