"""The outbox: what is written is what was approved, once, and by whom and when it may be."""

import json
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from claim_county import AS_OF, PERSON, feed
from outbox_life import (
    ADDED,
    CHANGED,
    LATER,
    THREE,
    TOTAL,
    TWO,
    Life,
    a_ledger,
    files,
    segments,
    spoiling,
    state,
    submitted,
)

from contracts.errors import BrokenInvariantError, HeldByPolicyError, UsageError
from pipelines.io.gate import check_837
from pipelines.io.ledger import batch_claims, batches, claim_lines
from pipelines.io.outbox import writing

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

# --- the straight way ----------------------------------------------------------------------------


def test_what_is_written_is_what_was_proposed_and_approved(life: Life) -> None:
    batch_id = life.propose()
    assert state(life, batch_id) == "proposed"
    life.box("bob").approve(batch_id)
    written = life.write(batch_id)
    path, batch = written.path, written.batch
    assert check_837([path])[0].is_accepted
    assert path.name == "837P-sac-T-000000001.x12"
    assert (batch.state, batch.claim_count, batch.charge_amount) == ("written", 3, TOTAL)
    assert written.left == {}
    out = submitted(life)
    claims = {row[1]: Decimal(row[2]) for row in segments(path, "CLM")}
    assert claims == dict(out.select("patient_control_number", "charge_amount").rows())
    assert sum(claims.values()) == TOTAL
    assert sum(Decimal(row[2]) for row in segments(path, "SV1")) == TOTAL
    assert [row[2] for row in segments(path, "REF") if row[1] == "6R"] == [
        f"{number}{ordinal}"
        for number, ordinal in _lines_in_order(life, [row[1] for row in segments(path, "CLM")])
    ]
    assert batch.file_sha256 == sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_mode & 0o777 == 0o600


def _lines_in_order(life: Life, numbers: list[str]) -> list[tuple[str, int]]:
    with life.ledger.read() as connection:
        lines = claim_lines.submitted(connection, "sac", LATER)
    pairs = lines.select("patient_control_number", "line_ordinal").rows()
    return sorted(pairs, key=lambda pair: (numbers.index(pair[0]), pair[1]))


def test_the_control_sheet_says_what_to_compare(life: Life) -> None:
    written = life.write(life.approved())
    sheet = json.loads(Path(f"{written.path}.json").read_text())
    assert sheet["sha256"] == sha256(written.path.read_bytes()).hexdigest()
    assert (sheet["claims"], sheet["charge_amount"]) == (3, "250.49")
    assert sheet["interchange_control_number"] == segments(written.path, "ISA")[0][13]
    assert str(sheet["group_control_number"]) == segments(written.path, "GS")[0][6]
    assert (sheet["proposed_by"], sheet["approved_by"]) == ("ann", "bob")
    assert files(life) == [written.path.name, f"{written.path.name}.json"]


def test_no_file_name_or_sheet_says_anything_of_a_person(life: Life) -> None:
    written = life.write(life.approved())
    told = written.path.name + Path(f"{written.path}.json").read_text()
    assert not any(str(PERSON[part]).upper() in told.upper() for part in ("cin", "first_name"))


def test_what_was_written_is_not_planned_again(life: Life) -> None:
    batch_id = life.approved()
    assert set(life.plan()[0]["action"]) == {"nothing"}
    life.write(batch_id)
    assert set(life.plan()[0]["newest_state"]) == {"written"}
    life.box("bob").sent(batch_id)
    told, lines = life.plan()
    assert set(told["newest_state"]) == {"sent"}
    with pytest.raises(UsageError, match="nothing to propose"):
        life.box("ann").propose(told, lines, life.policy, AS_OF, {})


def test_lines_that_come_later_form_a_new_claim(life: Life) -> None:
    one = "encounter | day\nE1 | 1"
    life.write(life.approved(one), one)
    with life.ledger.read() as connection:
        bound = claim_lines.bound(connection, "sac", LATER)
    told, _ = life.plan("encounter | day\nE1 | 1\nE2 | 1", bound=bound)
    assert sorted(told["action"]) == ["new", "nothing"]


def test_control_numbers_are_never_given_twice(life: Life) -> None:
    first = life.write(life.approved()).batch
    bound = "encounter | day\nE9 | 9"
    second = life.write(life.approved(bound), bound).batch
    assert (first.interchange_control_number, second.interchange_control_number) == (1, 2)
    assert (first.group_control_number, second.group_control_number) == (1, 2)


# --- who may, and when ---------------------------------------------------------------------------


def test_the_approver_is_another_person_unless_settings_allow_one(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    strict, lenient = Life(ledger, tmp_path), Life(ledger, tmp_path, single_approver=True)
    batch_id = strict.propose(user="sue")
    with pytest.raises(HeldByPolicyError, match="another person"):
        strict.box("sue").approve(batch_id)
    assert lenient.box("sue").approve(batch_id).state == "approved"
    ledger.close()


def test_only_an_approved_batch_is_written(life: Life) -> None:
    batch_id = life.propose()
    with pytest.raises(UsageError, match="proposed"):
        life.write(batch_id)
    assert state(life, batch_id) == "proposed"
    assert files(life) == []


def test_a_written_batch_is_not_written_again(life: Life) -> None:
    batch_id = life.approved()
    before = life.write(batch_id).path.read_bytes()
    with pytest.raises(UsageError, match="written"):
        life.write(batch_id)
    assert [path.read_bytes() for path in life.folder.glob("*.x12")] == [before]


# --- claims that leave ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "changes", "reason"),
    [
        (CHANGED, {}, "row_changed"),
        (TWO, {}, "claim_gone"),
        (THREE.replace("80053", "96372"), {}, "row_changed"),  # only what is expected changed
    ],
)
def test_a_claim_changed_since_its_approval_leaves_the_batch(
    life: Life, lines: str, changes: Any, reason: str
) -> None:
    batch_id = life.approved()
    written = life.write(batch_id, lines, **changes)
    assert list(written.left.values()) == [reason]
    assert (written.batch.claim_count, written.batch.charge_amount) == (2, Decimal("199.99"))
    assert len(segments(written.path, "CLM")) == 2
    assert not set(written.left) & set(submitted(life)["claim_id"])
    if lines != TWO:
        again = life.plan(lines)[0].filter(pl.col("action") == "new")
        assert again["claim_id"].to_list() == list(written.left)


def test_a_batch_that_all_claims_have_left_is_not_written(life: Life) -> None:
    batch_id = life.approved()
    nameless = feed("people", {**PERSON, "last_name": "Нгуен"})
    written = life.write(batch_id, people=nameless)
    assert set(written.left.values()) == {"name_not_carried"}
    assert written.path is None
    assert state(life, batch_id) == "approved"
    assert files(life) == []
    assert life.box("ann").withdraw(batch_id, "empty").state == "withdrawn"


def test_a_new_line_does_not_disturb_the_batch(life: Life) -> None:
    batch_id = life.approved()
    assert life.write(batch_id, ADDED).left == {}
    told = life.plan(ADDED)[0]
    assert sorted(told["action"]) == ["new", "nothing", "nothing", "nothing"]


@pytest.fixture
def two(life: Life) -> tuple[list[str], Any]:
    """Two approved batches, one proposed after the other, and the plan that has both."""
    ids = [life.approved(), life.approved(ADDED)]
    return ids, life.plan(ADDED)[0]


def write_both(life: Life, two: tuple[list[str], Any]) -> list[Any]:
    return life.box("bob").write(*two, life.policy, AS_OF, life.code_sets)


def test_batches_are_written_side_by_side(life: Life, two: tuple[list[str], Any]) -> None:
    written = write_both(life, two)
    assert [one.batch.batch_id for one in written] == two[0]
    assert [one.batch.claim_count for one in written] == [3, 1]
    assert [one.path.name for one in written] == [
        "837P-sac-T-000000001.x12", "837P-sac-T-000000002.x12"
    ]  # fmt: skip
    for one in written:
        numbers = submitted(life).filter(batch_id=one.batch.batch_id)["patient_control_number"]
        assert {row[1] for row in segments(one.path, "CLM")} == set(numbers)


def test_none_is_written_where_the_gate_refuses_one(
    life: Life, two: tuple[list[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "render_to", spoiling("000000002"))
    with pytest.raises(BrokenInvariantError, match=r"pyx12 refuses 837P-sac-T-000000002.x12"):
        write_both(life, two)
    assert [batch.state for batch in life.box("bob").batches()] == ["approved", "approved"]
    assert files(life) == []
    monkeypatch.undo()
    assert [one.batch.interchange_control_number for one in write_both(life, two)] == [3, 4]


def test_a_changed_claim_goes_from_its_batch_into_the_next_proposal(life: Life) -> None:
    first = life.approved()
    second = life.propose(CHANGED)
    with life.ledger.read() as connection:
        waiting = batch_claims.known(connection, "sac", LATER)
    assert waiting["claim_id"].n_unique() == waiting.height == 3
    assert dict(waiting["batch_id"].value_counts().rows()) == {first: 2, second: 1}


def test_nothing_is_in_two_open_batches(life: Life) -> None:
    stale = life.plan()
    life.propose()
    with pytest.raises(BrokenInvariantError, match="another open batch"):
        life.box("ann").propose(*stale, life.policy, AS_OF, {})
    with life.ledger.read() as connection:
        waiting = batch_claims.known(connection, "sac", LATER)
        assert len(batches.listed(connection, "sac")) == 1
    assert waiting["claim_id"].n_unique() == waiting.height == 3


def test_a_plan_from_before_the_sending_cannot_send_again(life: Life) -> None:
    stale = life.plan()
    batch_id = life.approved()
    life.write(batch_id)
    life.box("bob").sent(batch_id)
    with pytest.raises(BrokenInvariantError):
        life.box("ann").propose(*stale, life.policy, AS_OF, {})


@pytest.mark.parametrize(
    ("action", "reason", "leaves"),
    [
        ("nothing", None, None),
        ("nothing", "written_off", "written_off"),
        ("hold", "held_by_decision", "held_by_decision"),
    ],
)
def test_a_claim_that_a_person_gave_up_or_holds_leaves_its_batch(
    action: str, reason: str | None, leaves: str | None
) -> None:
    batched = pl.DataFrame({"claim_id": ["c"], "row_hash": ["r"]})
    row = {"claim_id": "c", "claim_row_hash": "r", "action": action,
           "reasons": [reason] if reason else []}  # fmt: skip
    left = writing._leaving(
        batched, pl.DataFrame([row], schema_overrides={"reasons": pl.List(pl.String)})
    )
    assert left["reason"].to_list() == ([leaves] if leaves else [])
