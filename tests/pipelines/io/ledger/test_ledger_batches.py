"""A batch's life: each step by someone who may, a claim in one open batch, nothing sent twice."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from batch_steps import STATES, STEPS, Action, AsUser, bring, propose, step
from ledger_staff import a_claim

from contracts.errors import BrokenInvariantError, HeldByPolicyError, UsageError
from pipelines.io.ledger import (
    batch_claims,
    batch_writing,
    batches,
    claim_lines,
    submissions,
    users,
)
from pipelines.io.ledger.batches import TRANSITIONS
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.submissions import SetPlace

POSSIBLE = {
    "proposed": "yes      no       no       no     yes        no",
    "approved": "no       yes      no       no     yes        no",
    "writing": " no       no       yes      no     no         yes",
    "written": " no       no       no       yes    yes        no",
    "sent": "    no       no       no       no     no         no",
    "withdrawn": "no      no       no       no     no         no",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("place", "name"), list(enumerate(STEPS)))
def test_a_batch_goes_only_where_its_state_allows(
    as_user: AsUser, state: str, place: int, name: str
) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    bring(as_user, batch_id, state)
    if POSSIBLE[state].split()[place] == "yes":
        assert step(as_user, name, batch_id).state == {"back": "approved"}.get(name, name)
        return
    with pytest.raises(UsageError, match=f"is {state}; only one that is"):
        step(as_user, name, batch_id)


def test_the_table_of_transitions_says_the_same() -> None:
    for state, line in POSSIBLE.items():
        targets = {
            {"back": "approved"}.get(name, name)
            for name, possible in zip(STEPS, line.split(), strict=True)
            if possible == "yes"
        }
        assert set(TRANSITIONS[state]) == targets


def test_from_proposal_to_sent(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"), a_claim("b", charge="50.25"))
    bring(as_user, batch_id, "sent")
    with ledger.read() as connection:
        batch = batches.get(connection, "34", batch_id)
        told = submissions.known(connection, "34", batch.sent_at)
        lines = claim_lines.submitted(connection, "34", batch.sent_at)
    assert batch_id == "34-000001"
    assert (batch.claim_count, batch.charge_amount) == (2, Decimal("150.25"))
    assert (batch.proposed_by, batch.approved_by, batch.sent_by) == ("bo", "cy", "cy")
    assert batch.proposed_at < batch.approved_at < batch.created_at < batch.written_at
    columns = ["claim_id", "patient_control_number", "set_position", "charge_amount", "state"]
    assert told.select(columns).rows() == [
        ("a", "a.1", 1, Decimal("100.00"), "sent"),
        ("b", "b.1", 2, Decimal("50.25"), "sent"),
    ]
    assert lines["charge_amount"].to_list() == [Decimal("100.00"), Decimal("50.25")]
    assert told["created_at"].to_list() == [batch.created_at] * 2
    assert told["submission_id"][0] == submissions.submission_id_of("34", "a.1")


def test_states_are_told_as_they_were_known(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    bring(as_user, batch_id, "sent")
    with ledger.read() as connection:
        batch = batches.get(connection, "34", batch_id)

        def seen(at: object) -> tuple[list[str], int]:
            told = submissions.known(connection, "34", at)["state"].to_list()
            return told, batch_claims.known(connection, "34", at).height

        assert seen(batch.proposed_at) == ([], 1)
        assert seen(batch.written_at) == (["written"], 1)
        assert seen(batch.sent_at) == (["sent"], 0)


def test_the_audit_holds_the_digest_of_the_sorted_claims(as_user: AsUser, tmp_path: Path) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("b"), a_claim("a"))
    bring(as_user, batch_id, "written")
    expected = sha256(b"a.1 content a\nb.1 content b").hexdigest()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        (detail,) = raw.execute(
            "SELECT detail FROM audit_events WHERE event = 'batch_written'"
        ).fetchone()
    assert f'"claims_sha256":"{expected}"' in detail


#   user   right missing for
RIGHTS = [
    ("cy", "propose"),
    ("bo", "approve"),
    ("di", "write"),
    ("ada", "withdraw"),
    ("zed", "leave"),
]


@pytest.mark.parametrize(("user_id", "action"), RIGHTS)
def test_each_step_needs_its_right(as_user: AsUser, user_id: str, action: str) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    actions: dict[str, Action] = {
        "propose": lambda tx: propose(tx, a_claim("b")),
        "approve": lambda tx: batches.approve(tx, batch_id),
        "write": lambda tx: batch_writing.start_writing(tx, batch_id),
        "withdraw": lambda tx: batches.withdraw(tx, batch_id, "no"),
        "leave": lambda tx: batches.leave(tx, batch_id, "a", "row_changed"),
    }
    with (
        pytest.raises(HeldByPolicyError, match=f"user {user_id} has no right"),
        as_user(user_id) as tx,
    ):
        actions[action](tx)


def test_a_user_who_is_not_active_may_nothing(as_user: AsUser) -> None:
    with as_user("ada") as tx:
        users.save(tx, "bo", ["propose"], is_active=False)
    with pytest.raises(HeldByPolicyError), as_user("bo") as tx:
        propose(tx, a_claim("a"))


def test_another_person_approves_unless_settings_allow_one(as_user: AsUser) -> None:
    with as_user("di") as tx:
        batch_id = propose(tx, a_claim("a"))
        with pytest.raises(HeldByPolicyError, match="another person approves"):
            batches.approve(tx, batch_id)
        assert batches.approve(tx, batch_id, single_approver=True).state == "approved"


def test_a_kill_while_writing_loses_the_numbers_and_never_reuses_them(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    bring(as_user, batch_id, "writing")
    back = step(as_user, "back", batch_id)
    assert (back.interchange_control_number, back.created_at) == (None, None)
    again = step(as_user, "writing", batch_id)
    assert (again.interchange_control_number, again.group_control_number) == (2, 2)


def test_a_file_that_is_not_the_batch_is_not_recorded(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"), a_claim("b"))
    bring(as_user, batch_id, "writing")
    wrong = {"a.1": SetPlace("0001", 1), "z.1": SetPlace("0001", 2)}
    with pytest.raises(BrokenInvariantError, match=r"lacks 1 .* holds 1"), as_user("cy") as tx:
        batch_writing.finish_writing(
            tx, batch_id, wrong, file_name="f", file_size=1, file_sha256="0"
        )
