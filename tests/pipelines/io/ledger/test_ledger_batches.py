"""A batch's life: each step by someone who may, a claim in one open batch, nothing sent twice."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import pytest
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
from pipelines.io.ledger.batch_claims import BatchClaim
from pipelines.io.ledger.batches import TRANSITIONS, BatchRow
from pipelines.io.ledger.claim_lines import ClaimLine
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.submissions import SetPlace
from pipelines.io.ledger.transaction import Transaction

AsUser = Callable[[str], AbstractContextManager[Transaction]]
STATES = ["proposed", "approved", "writing", "written", "sent", "withdrawn"]


def propose(tx: Transaction, *claims: BatchClaim) -> str:
    batch = batches.propose(
        tx, usage="P", claim_form="professional", route="medi_cal", claims=claims
    )
    return batch.batch_id


def finish(tx: Transaction, batch_id: str) -> BatchRow:
    frozen = batch_claims.frozen(tx.connection, batch_id)
    places = {c.patient_control_number: SetPlace("0001", c.position) for c in frozen}
    return batch_writing.finish_writing(
        tx, batch_id, places, file_name=f"{batch_id}.837", file_size=9, file_sha256="ff"
    )


STEPS: dict[str, tuple[str, Callable[[Transaction, str], BatchRow]]] = {
    "approved": ("cy", batches.approve),
    "writing": ("cy", batch_writing.start_writing),
    "written": ("cy", finish),
    "sent": ("cy", batches.sent),
    "withdrawn": ("di", lambda tx, batch_id: batches.withdraw(tx, batch_id, "not now")),
    "back": ("cy", batch_writing.back_to_approved),
}
WAYS = {
    "proposed": [],
    "approved": ["approved"],
    "writing": ["approved", "writing"],
    "written": ["approved", "writing", "written"],
    "sent": ["approved", "writing", "written", "sent"],
    "withdrawn": ["withdrawn"],
}


def step(as_user: AsUser, name: str, batch_id: str) -> BatchRow:
    user_id, do = STEPS[name]
    with as_user(user_id) as tx:
        return do(tx, batch_id)


def bring(as_user: AsUser, batch_id: str, state: str) -> None:
    for name in WAYS[state]:
        step(as_user, name, batch_id)


def count(tmp_path: Path, table: str) -> int:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        return int(raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


#   to:       approved  writing  written  sent   withdrawn  back
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
    actions: dict[str, Callable[[Transaction], object]] = {
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


def test_a_claim_is_in_one_open_batch_only(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a"))
    with pytest.raises(BrokenInvariantError, match="another open batch"), as_user("bo") as tx:
        propose(tx, a_claim("a", 2, encounter_id="E-other"))
    step(as_user, "withdrawn", first)
    with as_user("bo") as tx:
        assert propose(tx, a_claim("a")) == "34-000002"


def test_a_line_belongs_to_one_claim(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        propose(tx, a_claim("a", encounter_id="E1"))
    with pytest.raises(BrokenInvariantError, match="lines belongs"), as_user("bo") as tx:
        propose(tx, a_claim("b", encounter_id="E1"))


def test_a_claim_that_leaves_unsubmitted_frees_its_lines(as_user: AsUser, tmp_path: Path) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a", encounter_id="E1"), a_claim("b"))
    with as_user("bo") as tx:
        left = batches.leave(tx, first, "a", "row_changed")
    assert (left.claim_count, left.charge_amount) == (1, Decimal("100.00"))
    with as_user("bo") as tx:
        propose(tx, a_claim("c", encounter_id="E1"), a_claim("a", encounter_id="E9"))
        frozen = batch_claims.frozen(tx.connection, first)
    assert [c.claim_id for c in frozen] == ["b"]
    assert count(tmp_path, "claim_lines") == 3


def test_a_line_once_submitted_stays_in_its_claim(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a", encounter_id="E1"))
    bring(as_user, first, "sent")
    with as_user("bo") as tx:
        second = propose(tx, a_claim("a", 2, encounter_id="E1", charge="90.00", replaces="a.1"))
    step(as_user, "withdrawn", second)
    with ledger.write("34", "bo") as tx:
        lines = claim_lines.bound(tx.connection, "34", tx.recorded_at)
    assert lines.select("encounter_id", "claim_id").rows() == [("E1", "a")]
    with pytest.raises(BrokenInvariantError, match="lines belongs"), as_user("bo") as tx:
        propose(tx, a_claim("b", encounter_id="E1"))


def test_a_number_once_submitted_is_used_even_if_withdrawn(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        first = propose(tx, a_claim("a"))
    bring(as_user, first, "written")
    step(as_user, "withdrawn", first)
    with pytest.raises(BrokenInvariantError, match="number was used"), as_user("bo") as tx:
        propose(tx, a_claim("a"))


def test_replacements_of_two_lines_go_together_and_point_back(
    ledger: Ledger, as_user: AsUser
) -> None:
    lines = tuple(ClaimLine("main", "E1", n, n, Decimal("50.00")) for n in (1, 2))
    with as_user("bo") as tx:
        first = propose(tx, replace(a_claim("a"), lines=lines))
    bring(as_user, first, "sent")
    changed = [
        a_claim("a", n + 1, encounter_id="E1", line_number=n, charge="40.00", replaces="a.1")
        for n in (1, 2)
    ]
    with as_user("bo") as tx:
        second = propose(tx, *changed)
    bring(as_user, second, "sent")
    with ledger.write("34", "bo") as tx:
        told = submissions.known(tx.connection, "34", tx.recorded_at)
    assert told["submission_number"].to_list() == [1, 2, 3]
    assert told["replaces_submission_id"].to_list() == [None] + [told["submission_id"][0]] * 2
    with as_user("bo") as tx, pytest.raises(BrokenInvariantError):
        propose(tx, a_claim("z", replaces="never.sent"))


def test_a_split_line_is_one_line_of_its_claim(as_user: AsUser, tmp_path: Path) -> None:
    halves = tuple(ClaimLine("main", "E1", 1, n, Decimal("50.00")) for n in (1, 2))
    with as_user("bo") as tx:
        propose(tx, replace(a_claim("a"), lines=halves))
    assert count(tmp_path, "claim_lines") == 1
    assert count(tmp_path, "submission_lines") == 2


def test_lines_carry_the_charge_to_the_cent(as_user: AsUser) -> None:
    with pytest.raises(BrokenInvariantError, match="do not carry"), as_user("bo") as tx:
        propose(tx, replace(a_claim("a"), charge_amount=Decimal("100.01")))


def test_no_claim_leaves_once_writing_has_begun(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    bring(as_user, batch_id, "writing")
    with pytest.raises(UsageError, match="no claim can leave"), as_user("bo") as tx:
        batches.leave(tx, batch_id, "a", "row_changed")


def test_an_empty_batch_is_neither_proposed_nor_written(as_user: AsUser) -> None:
    with pytest.raises(UsageError, match="no claims"), as_user("bo") as tx:
        propose(tx)
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
        batches.leave(tx, batch_id, "a", "row_changed")
        with pytest.raises(UsageError, match="not open"):
            batches.leave(tx, batch_id, "a", "row_changed")
    step(as_user, "approved", batch_id)
    with pytest.raises(UsageError, match="Withdraw it"):
        step(as_user, "writing", batch_id)


def test_the_batches_of_another_agency_are_unknown(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    with ledger.write("19", "cy") as tx, pytest.raises(UsageError, match="has no batch"):
        batches.approve(tx, batch_id)
    with ledger.read() as connection:
        assert [b.batch_id for b in batches.listed(connection, "34", "proposed")] == [batch_id]
        assert batches.listed(connection, "34", "written") == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("batch_id = 'b2', position = 9, patient_control_number = 'n'", "claim_id"),
        ("batch_id = 'b2', position = 9, claim_id = 'n'", "patient_control_number"),
        ("claim_id = 'n', patient_control_number = 'n'", "position"),
    ],
)
def test_the_database_itself_keeps_claims_apart(
    as_user: AsUser, tmp_path: Path, change: str, rule: str
) -> None:
    with as_user("bo") as tx:
        propose(tx, a_claim("a"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        raw.execute("CREATE TEMP TABLE copied AS SELECT * FROM batch_claims")
        raw.execute(f"UPDATE copied SET {change}")
        with pytest.raises(sqlite3.IntegrityError, match=rule):
            raw.execute("INSERT INTO batch_claims SELECT * FROM copied")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("claim_id = 'n', set_position = 9", "patient_control_number"),
        ("patient_control_number = 'n', set_position = 9", "submission_number"),
        ("patient_control_number = 'n', claim_id = 'n'", "set_position"),
    ],
)
def test_the_database_itself_admits_no_submission_twice(
    as_user: AsUser, tmp_path: Path, change: str, rule: str
) -> None:
    with as_user("bo") as tx:
        batch_id = propose(tx, a_claim("a"))
    bring(as_user, batch_id, "written")
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        raw.execute("CREATE TEMP TABLE copied AS SELECT * FROM submissions")
        raw.execute(f"UPDATE copied SET submission_id = 's2', {change}")
        with pytest.raises(sqlite3.IntegrityError, match=rule):
            raw.execute("INSERT INTO submissions SELECT * FROM copied")


def test_many_claims_are_frozen_without_a_statement_each(as_user: AsUser, tmp_path: Path) -> None:
    claims = [a_claim(f"c{n:05d}") for n in range(5_000)]
    start = perf_counter()
    with as_user("bo") as tx:
        propose(tx, *claims)
    assert perf_counter() - start < 5
    assert count(tmp_path, "batch_claims") == 5_000
