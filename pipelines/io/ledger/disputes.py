"""Disputes of denials, inquiries and appeals, and what became of each. Rows are only ever added.

A dispute is opened by a decision of a person and bears its id. A note may hold a person's data:
the audit chain tells of it without its text.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, select

from contracts.disputes import CLOSED, MOVES, OPENED
from contracts.errors import HeldByPolicyError, UsageError
from pipelines.io.ledger import audit, users
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.notes import noted
from pipelines.io.ledger.tables_receivables import dispute_events, disputes
from pipelines.io.ledger.tables_work import decisions
from pipelines.io.ledger.transaction import Transaction

REFERENCE_MOST = 50  # characters


@dataclass(frozen=True, slots=True)
class Dispute:
    """What is disputed, as it was when the decision `dispute_id` was made."""

    dispute_id: str
    denial_id: str
    claim_id: str
    submission_id: str
    line_ordinal: int
    kind: str
    amount: Decimal
    remitted_on: date
    deadline_on: date


def open_all(tx: Transaction, opened: Iterable[Dispute]) -> None:
    """Keep disputes whose decisions this transaction has recorded.

    Raises HeldByPolicyError where one of its denial is open.
    """
    rows = [
        {"agency": tx.agency, "recorded_at": tx.recorded_at, **asdict(dispute)}
        for dispute in opened
    ]
    if not rows:
        return
    is_open = {denial for denial, _, state in _standing(tx) if state not in CLOSED}
    if any(row["denial_id"] in is_open for row in rows):
        raise HeldByPolicyError(
            "dispute_open",
            "an inquiry or appeal about one of these denials is open already. "
            "See: reentry denials disputes.",
        )
    tx.connection.execute(insert(disputes), rows)


def record(
    tx: Transaction, denial_id: str, event: str, occurred_on: date,
    reference: str | None = None, note: str | None = None,
) -> str:  # fmt: skip
    """Record what became of the newest dispute of a denial; says its kind. Needs the right to
    decide.

    Raises UsageError for a denial without dispute, or what cannot follow from its state.
    """
    users.require(tx, "decide")
    dispute, moved = _newest(tx, denial_id)
    _require_move(denial_id, moved[-1][0] if moved else OPENED, event)
    _require_day(occurred_on, dispute["remitted_on"], moved[-1][1] if moved else None)
    row = {
        "agency": tx.agency,
        "dispute_id": dispute["dispute_id"],
        "recorded_at": tx.recorded_at,
        "event": event,
        "occurred_on": occurred_on,
        "reference": noted(reference, REFERENCE_MOST, "reference"),
        "note": noted(note),
        "recorded_by": tx.user_id,
    }
    tx.connection.execute(insert(dispute_events), row)
    told = {"dispute_id": row["dispute_id"], "denial_id": denial_id, "event": event}
    audit.append(tx, "dispute_moved", told | {"occurred_on": occurred_on.isoformat()})
    return str(dispute["kind"])


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Disputes opened by an instant, in order, with the decision's `reason` and `opened_by`."""
    columns = [column for column in disputes.c if column.key != "agency"]
    return read_frame(
        connection,
        select(*columns, decisions.c.reason, decisions.c.decided_by.label("opened_by"))
        .join(
            decisions,
            (decisions.c.agency == disputes.c.agency)
            & (decisions.c.decision_id == disputes.c.dispute_id),
        )
        .where(disputes.c.agency == agency, disputes.c.recorded_at <= known_at)
        .order_by(disputes.c.recorded_at, disputes.c.dispute_id),
    )


def events(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """What became of them, in order of record: dispute_id, recorded_at, event, occurred_on,
    reference, note, recorded_by.
    """
    columns = [column for column in dispute_events.c if column.key != "agency"]
    return read_frame(
        connection,
        select(*columns)
        .where(dispute_events.c.agency == agency, dispute_events.c.recorded_at <= known_at)
        .order_by(dispute_events.c.recorded_at),
    )


def _standing(tx: Transaction) -> list[tuple[str, str, str]]:
    """denial_id, dispute_id and state of every dispute, in order of opening."""
    moved = events(tx.connection, tx.agency, tx.recorded_at)
    states = dict(moved.select("dispute_id", "event").iter_rows())
    opened = known(tx.connection, tx.agency, tx.recorded_at).select("denial_id", "dispute_id")
    return [(denial, one, states.get(one, OPENED)) for denial, one in opened.iter_rows()]


def _newest(tx: Transaction, denial_id: str) -> tuple[dict[str, Any], list[tuple[str, date]]]:
    """The newest dispute of a denial, and its events with their days, in order of record."""
    opened = known(tx.connection, tx.agency, tx.recorded_at).filter(denial_id=denial_id)
    if opened.is_empty():
        raise UsageError(
            "no_dispute",
            f"denial {denial_id} has neither inquiry nor appeal. "
            "Open one: reentry denials appeal, or inquire.",
        )
    dispute = opened.row(-1, named=True)
    moved = events(tx.connection, tx.agency, tx.recorded_at).filter(
        dispute_id=dispute["dispute_id"]
    )
    return dispute, moved.select("event", "occurred_on").rows()


def _require_move(denial_id: str, state: str, event: str) -> None:
    if event not in MOVES[state]:
        following = ", ".join(MOVES[state]) or "nothing: it is closed"
        raise UsageError(
            "dispute_state",
            f"the dispute of denial {denial_id} is {state}; what can follow: {following}.",
        )


def _require_day(occurred_on: date, remitted: date, last: date | None) -> None:
    if occurred_on < remitted:
        raise UsageError(
            "dispute_day", f"{occurred_on} is before {remitted}, the day of the remittance."
        )
    if last is not None and occurred_on < last:
        raise UsageError(
            "dispute_day", f"{occurred_on} is before {last}, the day of what was recorded last."
        )
