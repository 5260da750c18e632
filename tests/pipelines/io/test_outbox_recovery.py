"""The outbox: a batch withdrawn, and what is put right after a kill at any step or a lost file."""

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import outbox_life
import pytest
from outbox_life import ADDED, STEPS, TOTAL, Life, files, segments, state, submitted

from contracts.errors import BrokenInvariantError, HeldByPolicyError, UsageError
from pipelines.io.ledger import batches
from pipelines.io.outbox import writing
from pipelines.io.outbox.rendering import file_name

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

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


def test_a_file_that_has_changed_is_not_sent_and_is_made_again_once_removed(life: Life) -> None:
    batch_id = life.approved()
    path = life.write(batch_id).path
    written = path.read_bytes()
    path.write_bytes(written.replace(b"HC:", b"HD:", 1))
    with pytest.raises(BrokenInvariantError, match="has changed since"):
        life.box("bob").sent(batch_id)
    assert state(life, batch_id) == "written"
    path.unlink()
    assert life.box("bob").sent(batch_id).state == "sent"
    assert path.read_bytes() == written


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
