"""The payer's answers arrive whole, once, and the same again; intake takes them like any file."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stories import (
    AGENCY,
    APPROVER,
    digests,
    done,
    interchanges,
    killed,
    lake_of,
    opened,
    reentry,
    settings_replaced,
    spawned,
    submitted,
)

from contracts.feeds import RESPONSES
from pipelines.demo.correction import correct_birth_dates

BATCH, UNTIL, LATER = "demo-000001", "2026-11-20", "2026-11-20T18:00:00Z"
ANSWER = ("simulate-payer", "--until", UNTIL)
KINDS = ["TA1", "999", "277CA", "835", "277", "835"]  # as they come until the second payment run


@pytest.fixture
def sent(copy_of: Callable[[str], Path]) -> Path:
    """A home whose batch has gone to the payer."""
    home = copy_of("written")
    done(home, "batch", "sent", BATCH)
    return home


def answered(home: Path, *words: str) -> Any:
    return done(home, *ANSWER, *words, now=LATER)


def laid(home: Path) -> dict[str, str]:
    """Files in the inbox for answers, with their SHA-256."""
    return {name: sha for name, sha in digests(home).items() if name.startswith(inbox())}


def inbox() -> str:
    return f"inbox/{AGENCY}/x12/"


def test_every_claim_sent_is_answered_and_the_answers_are_taken(sent: Path) -> None:
    told = answered(sent)
    assert [Path(path).name.split("-")[1] for path in told["files"]] == KINDS
    taken = done(sent, "intake", now=LATER)
    assert {row["state"] for row in taken} == {"accepted"}
    with lake_of(sent) as lake:
        bodies = lake.read(RESPONSES).select(
            pl.col("body").str.extract_all(r"\n(?:CLP|TRN\*2)\*[^*~]+")
        )
    named = {one.split("*")[-1] for (found,) in bodies.iter_rows() for one in found}
    numbers = {row["patient_control_number"] for row in submitted(sent)}
    assert numbers <= named
    assert all(verdict["holds"] for verdict in done(sent, "verify", now=LATER))


def test_what_was_delivered_is_not_delivered_again(sent: Path) -> None:
    part = done(sent, "simulate-payer", "--until", "2026-11-01", now=LATER)
    assert len(part["files"]) == 3
    rest = answered(sent)
    assert (len(rest["files"]), rest["known"]) == (3, 3)
    files = laid(sent)
    assert answered(sent)["files"] == []
    done(sent, "intake", now=LATER)
    assert laid(sent) == {}
    assert answered(sent) == {"files": [], "kinds": [], "known": len(files)}
    assert laid(sent) == {}


def test_a_kill_loses_nothing_and_the_next_call_lays_the_same_bytes(
    sent: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(sent, other)
    answered(other)
    whole = laid(other)
    for seconds in (2.0, 3.0):
        killed(spawned(sent, *ANSWER, now=LATER), seconds)
        assert whole.items() >= {n: s for n, s in laid(sent).items() if "/." not in n}.items()
    for name in list(whole)[1::2]:
        (sent / name).unlink(missing_ok=True)
    answered(sent)
    assert {n: s for n, s in laid(sent).items() if "/." not in n} == whole


def test_answers_that_go_wrong_on_their_way_break_nothing(sent: Path) -> None:
    told = answered(sent, "--mischief", "1", "--seed", "5")
    assert [Path(path).name.split("-")[1] for path in told["files"]] != KINDS
    done(sent, "run", now=LATER)
    assert laid(sent) == {}
    assert all(verdict["holds"] for verdict in done(sent, "verify", now=LATER))


def test_the_payer_answers_in_a_sandbox_alone(sent: Path) -> None:
    settings_replaced(sent, "sandbox = true", "sandbox = false")
    told = reentry(sent, *ANSWER, now=LATER)
    assert (told.exit_code, "not_a_sandbox" in told.err) == (2, True)
    assert laid(sent) == {}


def test_days_to_come_are_not_answered(sent: Path) -> None:
    told = reentry(sent, *ANSWER, now="2026-11-19T18:00:00Z")
    assert (told.exit_code, "until_to_come" in told.err) == (2, True)


def test_a_payer_that_would_contradict_itself_is_refused(sent: Path) -> None:
    answered(sent)
    before = laid(sent)
    told = reentry(sent, *ANSWER, "--seed", "9", now=LATER)
    assert (told.exit_code, "other_answer" in told.err) == (2, True)
    assert laid(sent) == before


def test_the_file_that_was_sent_must_be_there_to_be_read(sent: Path) -> None:
    (path,) = interchanges(sent)
    path.rename(sent / path.name)
    told = reentry(sent, *ANSWER, now=LATER)
    assert (told.exit_code, "sent_file_gone" in told.err) == (2, True)


def test_what_was_not_sent_is_not_answered(copy_of: Callable[[str], Path]) -> None:
    home = copy_of("written")
    assert answered(home) == {"files": [], "kinds": [], "known": 0}


RESENT, PAID = "2026-11-20T19:00:00Z", "2026-12-04T18:00:00Z"
# A seed with which the payer has another date of birth for some members who were billed for.
OTHER_DATES = "2"


def test_a_claim_turned_back_is_mended_sent_again_and_paid(sent: Path) -> None:
    seed = ("--seed", OTHER_DATES)
    answered(sent, *seed)
    done(sent, "intake", now=LATER)
    with opened(sent, RESENT) as workspace:
        mended = correct_birth_dates(workspace, int(OTHER_DATES))
        done(sent, "intake", now=RESENT)
        assert correct_birth_dates(workspace, int(OTHER_DATES)) == []
    assert [path.parent.name for path in mended] == ["people", "eligibility_answers"]
    done(sent, "run", now=RESENT)
    (batch,) = done(sent, "batch", "propose", now=RESENT)
    done(sent, "batch", "approve", batch["batch_id"], user=APPROVER, now=RESENT)
    done(sent, "batch", "write", batch["batch_id"], now=RESENT)
    done(sent, "batch", "sent", batch["batch_id"], now=RESENT)
    later = done(sent, "simulate-payer", "--until", "2026-12-04", *seed, now=PAID)
    files = {Path(path).name.split("-")[1]: Path(path) for path in later["files"]}
    assert list(files)[:3] == ["TA1", "999", "277CA"]
    remitted = "".join(
        Path(path).read_text() for path in later["files"] if "-835-" in Path(path).name
    )
    turned_back = whole_277ca(sent)
    rows = [row for row in submitted(sent) if row["batch_id"] == batch["batch_id"]]
    assert turned_back.count("STC*A7:158:IL") == len(rows) == batch["claims"]
    assert all(f"CLP*{row['patient_control_number']}*1*" in remitted for row in rows)
    done(sent, "run", now=PAID)
    states = {row["patient_control_number"]: row["state"] for row in done(sent, "claims", now=PAID)}
    assert {states[row["patient_control_number"]] for row in rows} == {"paid"}


def whole_277ca(home: Path) -> str:
    with lake_of(home) as lake:
        sets = lake.read(RESPONSES).filter(pl.col("implementation") == "005010X214")
    return str(sets.sort("interchange_control_number")["body"][0])
