"""The outbox: what is written is what was approved, once, whatever is killed in between."""

import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import outbox_life
import polars as pl
import pytest
from claim_county import AS_OF, PERSON, feed
from outbox_life import LATER, STEPS, THREE, Life, a_ledger

from contracts.errors import BrokenInvariantError, HeldByPolicyError, ReentryError, UsageError
from contracts.settings import Route
from pipelines.io import gate
from pipelines.io.gate import check_837
from pipelines.io.ledger import batch_claims, batches, claim_lines, submissions
from pipelines.io.outbox import refusals, writing
from pipelines.io.outbox.rendering import file_name
from pipelines.x12.content import freeze, thaw

TOTAL = Decimal("250.49")
TWO = THREE.replace("E3        | 3   | 1     | 50.50  | 80053\n", "")
CHANGED = THREE.replace("50.50", "50.51")
ADDED = THREE + "E4        | 4   | 1     | 10.00  | 80053\n"


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    ledger = a_ledger(tmp_path)
    yield Life(ledger, tmp_path)
    ledger.close()


@pytest.fixture(autouse=True)
def _gate_in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same pyx12, without the second that a process of its own takes to begin."""
    monkeypatch.setattr(refusals, "check_837", lambda paths: [gate._check(path) for path in paths])
    with warnings.catch_warnings():
        yield
    logging.disable(logging.NOTSET)


def files(life: Life) -> list[str]:
    """Everything in the outbox but its lock."""
    paths = (path for path in life.folder.rglob("*") if path.is_file() and path.name != ".lock")
    return sorted(str(path.relative_to(life.folder)) for path in paths)


def state(life: Life, batch_id: str) -> str:
    with life.ledger.read() as connection:
        return batches.get(connection, "sac", batch_id).state


def submitted(life: Life) -> pl.DataFrame:
    with life.ledger.read() as connection:
        return submissions.known(connection, "sac", LATER)


def segments(path: Path, name: str) -> list[list[str]]:
    rows = [text.strip().split("*") for text in path.read_text().split("~")]
    return [row for row in rows if row[0] == name]


def spoiling(name: str) -> Callable[..., Any]:
    """Rendering that breaks the files that have `name` in theirs."""
    whole = writing.render_to

    def spoiled(path: Path, *arguments: Any) -> Any:
        rendered = whole(path, *arguments)
        if name in path.name:
            path.write_text(path.read_text().replace(":B:1*", ":Q:1*"))
        return rendered

    return spoiled


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


@pytest.mark.parametrize(
    ("settings", "code_sets", "named"),
    [
        ({}, {"ji_aid_codes": "illustrative"}, "code set ji_aid_codes"),
        ({}, {"care_bundles": "unset"}, "code set care_bundles"),
        ({"routes": {"medi_cal": Route("medi_cal", "6", "M", "M", status="illustrative")}}, {},
         "route medi_cal"),
    ],
)  # fmt: skip
def test_production_carries_nothing_illustrative(
    tmp_path: Path, settings: Any, code_sets: Any, named: str
) -> None:
    ledger = a_ledger(tmp_path)
    life = Life(ledger, tmp_path, usage="P", **settings)
    told = life.plan()
    with pytest.raises(HeldByPolicyError, match=named):
        life.box("ann").propose(*told, life.policy, AS_OF, code_sets)
    ledger.close()


def test_production_is_asked_again_when_written(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    life = Life(ledger, tmp_path, usage="P")
    life.code_sets = {}
    batch_id = life.approved()
    told, _ = life.plan()
    with pytest.raises(HeldByPolicyError, match="ji_aid_codes"):
        life.box("bob").write([batch_id], told, life.policy, AS_OF, {"ji_aid_codes": "unset"})
    assert life.write(batch_id).path.name == "837P-sac-P-000000001.x12"
    assert segments(life.folder / "837P-sac-P-000000001.x12", "ISA")[0][15] == "P"
    ledger.close()


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


# --- withdrawing ---------------------------------------------------------------------------------


def test_a_withdrawn_batch_has_no_file_and_its_claims_go_out_under_new_numbers(life: Life) -> None:
    batch_id = life.approved()
    life.write(batch_id)
    numbers = set(submitted(life)["patient_control_number"])
    assert life.box("ann").withdraw(batch_id, "wrong month").state == "withdrawn"
    assert files(life) == []
    again = life.plan()[0]
    assert set(again["submission_number"]) == {2}
    assert not numbers & set(again["patient_control_number"])
    assert life.write(life.approved()).batch.interchange_control_number == 2


def test_who_may_not_withdraw_leaves_the_file_where_it_was(life: Life) -> None:
    batch_id = life.approved()
    written = life.write(batch_id)
    with pytest.raises(HeldByPolicyError):
        life.box("nobody").withdraw(batch_id, "mischief")
    assert state(life, batch_id) == "written"
    assert sha256(written.path.read_bytes()).hexdigest() == written.batch.file_sha256


def test_a_sent_batch_is_not_withdrawn(life: Life) -> None:
    batch_id = life.approved()
    path = life.write(batch_id).path
    life.box("bob").sent(batch_id)
    with pytest.raises(UsageError, match="sent"):
        life.box("ann").withdraw(batch_id, "too late")
    assert path.is_file()


# --- kills and what follows ----------------------------------------------------------------------

COMMANDS = {
    "batches": lambda life, _: life.box("bob").batches(),
    "propose": lambda life, _: life.propose(ADDED),
    "write": lambda life, batch_id: _write_if_it_can_be(life, batch_id),  # noqa: PLW0108
}


def _write_if_it_can_be(life: Life, batch_id: str) -> None:
    with suppress(UsageError):  # it is written by now
        life.write(batch_id)


def stopped_after(life: Life, batch_id: str, step: str) -> None:
    """The steps of writing, up to and including the one named, without the rest."""
    told, _ = life.plan()
    writing.leave_changed(life.ledger, "sac", batch_id, told, "bob")
    if step == "leave_changed":
        return
    begun = writing.start(life.ledger, "sac", batch_id, "bob")
    if step == "start":
        return
    (rendered,) = writing.make_files(life.ledger, life.box("bob")._folder, life.agency, [begun])
    if step == "make_files":
        return
    written = writing.finish(life.ledger, begun, rendered, "bob")
    if step == "publish":
        writing.publish(life.box("bob")._folder, written)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("step", STEPS)
def test_every_command_puts_right_what_was_stopped_after_any_step(
    life: Life, step: str, command: str
) -> None:
    batch_id = life.approved()
    stopped_after(life, batch_id, step)
    COMMANDS[command](life, batch_id)
    was_recorded = step in ("finish", "publish")
    expected = "written" if was_recorded or command == "write" else "approved"
    assert state(life, batch_id) == expected
    assert_outbox_agrees_with_ledger(life)
    _write_if_it_can_be(life, batch_id)
    assert_outbox_agrees_with_ledger(life)
    out = submitted(life)
    assert out.height == out["claim_id"].n_unique() == 3
    assert out["charge_amount"].sum() == TOTAL


def assert_outbox_agrees_with_ledger(life: Life) -> None:
    """A file in the outbox has its submissions and sheet; a written batch has its file."""
    with life.ledger.read() as connection:
        written = batches.listed(connection, "sac", "written")
        assert not batches.listed(connection, "sac", "writing")
    names = [file_name(batch) for batch in written]
    assert files(life) == sorted(names + [f"{name}.json" for name in names])
    for batch in written:
        path = life.folder / file_name(batch)
        assert sha256(path.read_bytes()).hexdigest() == batch.file_sha256
        assert len(segments(path, "CLM")) == batch.claim_count
    assert submitted(life).height == sum(batch.claim_count for batch in written)


@pytest.mark.parametrize("step", ["start", "make_files", "finish"])
def test_a_process_killed_while_it_writes_leaves_nothing_half_done(
    life: Life, tmp_path: Path, step: str
) -> None:
    batch_id = life.approved()
    command = [sys.executable, outbox_life.__file__, str(tmp_path), batch_id, step]
    paths = os.pathsep.join(path for path in sys.path if path)
    died = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=False)
    assert died.returncode == -9
    life.box("bob").recover()
    assert_outbox_agrees_with_ledger(life)
    _write_if_it_can_be(life, batch_id)
    assert_outbox_agrees_with_ledger(life)
    assert submitted(life)["charge_amount"].sum() == TOTAL


@pytest.mark.parametrize("left", ["nothing", "the temporary file", "a damaged temporary file"])
def test_a_lost_file_comes_back_with_the_bytes_recorded(life: Life, left: str) -> None:
    batch_id = life.approved()
    path = life.write(batch_id).path
    before = path.read_bytes()
    temporary = life.folder / ".tmp" / path.name
    if left == "the temporary file":
        path.replace(temporary)
    else:
        path.unlink()
        if left == "a damaged temporary file":
            temporary.write_bytes(before[:-1])
    assert life.box("bob").recover() == [batch_id]
    assert path.read_bytes() == before
    assert life.box("bob").recover() == []


def test_a_file_that_cannot_come_back_stops_everything_but_its_withdrawal(life: Life) -> None:
    batch_id = life.approved()
    life.write(batch_id).path.unlink()
    life.agency = replace(life.agency, contact_name="SOMEONE ELSE")
    with pytest.raises(BrokenInvariantError, match="withdraw the batch"):
        life.box("bob").batches()
    assert life.box("ann").withdraw(batch_id, "lost").state == "withdrawn"
    assert files(life) == []
    assert life.box("bob").recover() == []


def test_a_kill_between_setting_aside_and_withdrawing_restores_the_file(life: Life) -> None:
    batch_id = life.approved()
    path = life.write(batch_id).path
    life.box("ann")._folder.set_aside(path.name)
    assert not path.exists()
    life.box("bob").batches()
    assert path.is_file()
    assert_outbox_agrees_with_ledger(life)


# --- rules before the gate -----------------------------------------------------------------------

DAMAGES = {
    "charge_unlike_lines": {"claim_charge_amount": "1.00"},
    "billing_zip_not_nine_digits": {"billing_zip": "95814"},
    "address_missing": {"subscriber_city": None},
    "too_many_diagnoses": {"diagnosis_codes": [f"A{n:02d}" for n in range(13)]},
    "pointers_out_of_range": {"diagnosis_codes": ["A01"]},
    "patient_control_number_unlike_ledger": {"patient_control_number": "X"},
}


@pytest.mark.parametrize("rule", DAMAGES)
def test_frozen_content_that_breaks_a_rule_is_refused(life: Life, rule: str) -> None:
    life.approved("encounter | dx\nE1 | F11.20 I10")
    with life.ledger.read() as connection:
        (claim,) = batch_claims.frozen(connection, "sac-000001")
    content = thaw(pl.Series([claim.content]))
    refusals.refuse_broken_claims([claim], content)
    (damaged,) = freeze(pl.DataFrame([{**content.row(0, named=True), **DAMAGES[rule]}],
                                     schema=content.schema))  # fmt: skip
    with pytest.raises(BrokenInvariantError, match=rule):
        refusals.refuse_broken_claims([claim], thaw(pl.Series([damaged])))


def test_a_number_used_twice_is_refused(life: Life) -> None:
    life.approved("encounter | day\nE1 | 1")
    with life.ledger.read() as connection:
        (claim,) = batch_claims.frozen(connection, "sac-000001")
    content = thaw(pl.Series([claim.content] * 2))
    with pytest.raises(BrokenInvariantError, match="patient_control_number_repeated"):
        refusals.refuse_broken_claims([claim, claim], content)


def test_a_file_that_pyx12_refuses_is_not_published(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = life.approved()
    monkeypatch.setattr(writing, "render_to", spoiling(".x12"))
    with pytest.raises(BrokenInvariantError, match=r"pyx12 refuses .* CLM05-2") as told:
        life.write(batch_id)
    assert "F1120" not in str(told.value)
    assert [batch.state for batch in life.box("bob").batches()] == ["approved"]
    assert files(life) == []
    monkeypatch.undo()
    assert life.write(batch_id).batch.interchange_control_number == 2


def test_errors_name_no_person(life: Life) -> None:
    life.propose()
    for act in (
        lambda: life.write("sac-000001"),
        lambda: life.box("ann").approve("sac-000001"),
        lambda: life.box("bob").sent("sac-000001"),
    ):
        with pytest.raises(ReentryError) as told:
            act()
        assert PERSON["cin"] not in str(told.value)


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
