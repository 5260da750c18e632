"""Who works on a finding and what they note: added by those who may decide, never changed."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from ledger_staff import NOW

from contracts.errors import HeldByPolicyError, UsageError
from pipelines.io.ledger import finding_subjects, finding_work, users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.notes import NOTE_MOST
from pipelines.io.ledger.transaction import Transaction

EVER = NOW + timedelta(days=1)
AsUser = Callable[[str], AbstractContextManager[Transaction]]


def told(ledger: Ledger, known_at: datetime = EVER) -> list[tuple[Any, ...]]:
    with ledger.read() as connection:
        rows = finding_work.known(connection, "34", known_at)
    return rows.select("finding_id", "assignee", "note", "recorded_by").rows()


def test_entries_stand_in_the_order_in_which_they_were_made(
    ledger: Ledger, as_user: AsUser
) -> None:
    with as_user("bo") as tx:
        finding_work.assign(tx, ["f2", "f1"], "cy", "call the clinic")
    with as_user("bo") as tx:
        finding_work.note(tx, "f1", "  MIRANDA signs on Monday ")
        first_at = tx.recorded_at
    with as_user("bo") as tx:
        finding_work.assign(tx, ["f1"], "bo")
    assert told(ledger) == [
        ("f1", "cy", "call the clinic", "bo"),
        ("f2", "cy", "call the clinic", "bo"),
        ("f1", None, "MIRANDA signs on Monday", "bo"),
        ("f1", "bo", None, "bo"),
    ]
    assert len(told(ledger, first_at)) == 3
    assert told(ledger, NOW - timedelta(days=1)) == []


def test_only_those_who_may_decide_assign_and_note(ledger: Ledger, as_user: AsUser) -> None:
    for user in ("cy", "nobody"):
        with pytest.raises(HeldByPolicyError, match="no right to decide"), as_user(user) as tx:
            finding_work.assign(tx, ["f1"], "bo")
        with pytest.raises(HeldByPolicyError, match="no right to decide"), as_user(user) as tx:
            finding_work.note(tx, "f1", "x")
    assert told(ledger) == []


def test_a_finding_goes_to_somebody_who_may_see_it(ledger: Ledger, as_user: AsUser) -> None:
    """di may neither view nor decide; bo no longer works here."""
    with as_user("ada") as tx:
        users.save(tx, "eli", ["decide"])
        users.save(tx, "bo", ["view"], is_active=False)
    for assignee in ("di", "bo", "nobody"):
        with pytest.raises(UsageError, match="users list"), as_user("eli") as tx:
            finding_work.assign(tx, ["f1"], assignee)
    assert told(ledger) == []


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (NOTE_MOST + 1)])
def test_a_note_says_something_and_not_everything(text: str, as_user: AsUser) -> None:
    with pytest.raises(UsageError, match="a note has 1 to") as caught, as_user("bo") as tx:
        finding_work.note(tx, "f1", text)
    assert "xx" not in str(caught.value)


def test_the_audit_chain_tells_of_it_without_the_notes_text(
    ledger: Ledger, as_user: AsUser
) -> None:
    with as_user("bo") as tx:
        finding_work.assign(tx, ["f1", "f2"], "cy", "MIRANDA")
        finding_work.note(tx, "f3", "TORRES")
    with ledger.read() as connection:
        events = connection.exec_driver_sql(
            "SELECT event, detail FROM audit_events WHERE event LIKE 'finding%' ORDER BY sequence"
        ).all()
    assert [(event, json.loads(detail)) for event, detail in events] == [
        ("finding_assigned", {"finding_ids": ["f1", "f2"], "assignee": "cy", "has_note": True}),
        ("finding_noted", {"finding_id": "f3"}),
    ]


def test_what_a_finding_is_of_is_kept_once(ledger: Ledger, as_user: AsUser) -> None:
    one = {"finding_id": "f1", "edit_id": "e", "subject": "encounter", "subject_id": "main/E1/1"}
    other = one | {"finding_id": "f2", "subject": "stay", "subject_id": "S1"}
    with as_user("bo") as tx:
        finding_subjects.keep(tx, pl.DataFrame([one]))
    with as_user("bo") as tx:
        finding_subjects.keep(tx, pl.DataFrame([one, other]))
        finding_subjects.keep(tx, pl.DataFrame([one, other]))
    with ledger.read() as connection:
        kept = finding_subjects.known(connection, "34")
    assert kept.sort("finding_id").to_dicts() == [one, other]
