"""Disputes and closed months in the ledger: who may, what follows what, what is kept for good."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import HeldByPolicyError, UsageError
from pipelines.io.ledger import decisions, disputes, month_closes, runs
from pipelines.io.ledger.decisions import Decision
from pipelines.io.ledger.disputes import Dispute
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction

AsUser = Callable[[str], AbstractContextManager[Transaction]]
DAY = date(2026, 9, 30)
EVER = datetime.max.replace(tzinfo=UTC)


def opened(as_user: AsUser, dispute_id: str, denial_id: str = "n1", kind: str = "appeal") -> None:
    with as_user("bo") as tx:
        at = tx.recorded_at
        decisions.record(tx, [Decision(dispute_id, None, "denial", denial_id, kind, None, None,
                                       "why", "bo", at, "v")])  # fmt: skip
        disputes.open_all(
            tx, [Dispute(dispute_id, denial_id, "c", "s", 1, kind, Decimal("1.00"), DAY, DAY)]
        )


def moved(as_user: AsUser, *events: str, user: str = "bo") -> None:
    for event in events:
        with as_user(user) as tx:
            disputes.record(tx, "n1", event, DAY)


FOLLOWS = [
    ((), "sent", "kept"),
    ((), "upheld", "refused"),
    (("sent",), "acknowledged", "kept"),
    (("sent", "acknowledged"), "sent", "refused"),
    (("sent", "answered"), "sent", "kept"),
    (("sent", "upheld"), "overturned", "refused"),
    (("withdrawn",), "sent", "refused"),
]


@pytest.mark.parametrize(("before", "event", "outcome"), FOLLOWS)
def test_only_what_can_follow_is_recorded(
    as_user: AsUser, ledger: Ledger, before: tuple[str, ...], event: str, outcome: str
) -> None:
    opened(as_user, "d1")
    moved(as_user, *before)
    if outcome == "kept":
        moved(as_user, event)
    else:
        with pytest.raises(UsageError, match="what can follow"):
            moved(as_user, event)
    with ledger.read() as connection:
        kept = disputes.events(connection, "34", EVER)["event"].to_list()
    assert kept == [*before, *([event] if outcome == "kept" else [])]


def test_a_denial_has_one_open_dispute_and_another_once_it_is_closed(
    as_user: AsUser, ledger: Ledger
) -> None:
    opened(as_user, "d1")
    with pytest.raises(HeldByPolicyError, match="open already"):
        opened(as_user, "d2", kind="inquiry")
    opened(as_user, "d3", "n2")
    moved(as_user, "withdrawn")
    opened(as_user, "d4", kind="inquiry")
    with ledger.read() as connection:
        rows = disputes.known(connection, "34", EVER).select("dispute_id", "opened_by", "reason")
    assert rows.rows() == [("d1", "bo", "why"), ("d3", "bo", "why"), ("d4", "bo", "why")]


def test_who_may_not_decide_records_nothing_and_days_go_forward(as_user: AsUser) -> None:
    opened(as_user, "d1")
    with pytest.raises(HeldByPolicyError, match="right to decide"):
        moved(as_user, "sent", user="cy")
    with as_user("bo") as tx, pytest.raises(UsageError, match="day of the remittance"):
        disputes.record(tx, "n1", "sent", DAY - timedelta(days=1))
    moved(as_user, "sent")
    with as_user("bo") as tx:
        disputes.record(tx, "n1", "acknowledged", DAY + timedelta(days=1))
    with as_user("bo") as tx, pytest.raises(UsageError, match="recorded last"):
        disputes.record(tx, "n1", "upheld", DAY)
    with as_user("bo") as tx, pytest.raises(UsageError, match="neither inquiry nor appeal"):
        disputes.record(tx, "n9", "sent", DAY)


FIGURES: dict[str, Any] = {"totals": [{"facility_id": None, "paid_amount": "1.00"}]}
OTHERS: dict[str, Any] = {"totals": [{"facility_id": None, "paid_amount": "2.00"}]}


def test_a_closed_month_stays_as_it_was_until_it_is_reopened_for_a_reason(
    as_user: AsUser, ledger: Ledger
) -> None:
    with as_user("bo") as tx:
        runs.begin(tx, "r1", as_of=DAY, fingerprint="f", policy_hash="p", codesets_hash="c",
                   code_version="1")  # fmt: skip
    with as_user("bo") as tx, pytest.raises(HeldByPolicyError, match="right to publish"):
        month_closes.close(tx, "2026-09", "r1", FIGURES, {})
    told = []
    for figures, reason in ((FIGURES, None), (FIGURES, None), (OTHERS, "late file")):
        with as_user("cy") as tx:
            kept, is_new = month_closes.close(tx, "2026-09", "r1", figures, {}, reason)
        told.append((kept.ordinal, is_new, kept.reason))
    assert told == [(1, True, None), (1, False, None), (2, True, "late file")]
    with as_user("cy") as tx, pytest.raises(HeldByPolicyError, match="--reopen"):
        month_closes.close(tx, "2026-09", "r1", FIGURES, {})
    with ledger.read() as connection:
        kept_all = month_closes.listed(connection, "34")
        assert month_closes.latest(connection, "34", "2026-09") == kept_all[-1]
    assert [one.figures for one in kept_all] == [FIGURES, OTHERS]
