"""Answers of the payer to a batch that was sent, on a real home: files in the inbox, a run, and
what the commands tell of each claim.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import payer_answers as payer
import pytest
from stories import AGENCY, Homes, copied, done, opened, reentry, submitted

from pipelines.io.acknowledgements import submission_states
from pipelines.io.home import Home

SENT, ANSWERED, LATER = "2026-11-02T18:00:00Z", "2026-11-04T18:00:00Z", "2026-11-20T18:00:00Z"


def answered(home: Path, name: str, text: str, now: str = ANSWERED) -> None:
    """A file of the payer's, received."""
    path = Home.open(home).inbox(AGENCY, "x12") / name
    path.write_text(text)
    (told,) = done(home, "intake", now=now)
    assert told["state"] == "accepted", told


@pytest.fixture(scope="module")
def told(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any], str]:
    """A home whose batch was sent and answered: TA1, 999, 277CA, 277 and another county's 999."""
    home = homes.copy("written", tmp_path_factory.mktemp("answered") / "home")
    done(home, "batch", "sent", "demo-000001", now=SENT)
    rows = submitted(home)
    us = Home.open(home).agency(AGENCY).isa_sender_id
    isa, gs = (rows[0][f"{kind}_control_number"] for kind in ("interchange", "group"))
    number = [row["patient_control_number"] for row in rows]
    faults = ("IK3*NM1*20*2010BA*8", f"CTX*CLM01:{number[1]}", "IK4*9*67*7")
    answered(home, "doe-ta1.x12", payer.ta1(isa, to=us))
    answered(home, "doe-999.x12", payer.syntax(gs, {"0001": "E"}, "E", faults, to=us))
    codes = {number[0]: "A7:562:85", number[1]: "A2:20", number[2]: "A2:20", "SOMEBODYS": "A2:20"}
    answered(home, "doe-277ca.x12", payer.acknowledged(codes, dated="20261104", to=us))
    statuses = {number[2]: "P1:20", number[3]: "D0:35"}
    answered(home, "doe-277.x12", payer.status(statuses, dated="20261104", to=us))
    answered(home, "other-999.x12", payer.syntax(gs, {"0001": "R"}, "R", to="REENTRY99"))
    done(home, "run", now=ANSWERED)
    return home, rows, us


Told = tuple[Path, list[Any], str]


def test_claims_and_status_tell_the_states_that_answers_gave(told: Told) -> None:
    home, rows, _ = told
    by_number = {row["patient_control_number"]: row for row in done(home, "claims")}
    states = [by_number[row["patient_control_number"]]["state"] for row in rows[:5]]
    assert states == ["rejected", "accepted", "pended", "received", "received"]
    assert {row["dispute"] for row in by_number.values()} == {"none"}
    claims = done(home, "status")["claims"]
    assert (claims["rejected"], claims["accepted"], claims["pended"]) == (1, 1, 1)
    assert claims["received"] == len(rows) - 3


def test_what_was_rejected_counts_nothing(told: Told) -> None:
    home, rows, _ = told
    charged = sum(row["charge_amount"] for row in rows[1:])
    assert done(home, "status")["money"]["charged"] == str(charged)


def test_a_claims_life_is_told_with_file_and_segment_of_each_statement(told: Told) -> None:
    home, rows, _ = told
    number, claim = rows[1]["patient_control_number"], rows[1]["claim_id"]
    life = done(home, "claims", "show", number)
    assert life == done(home, "claims", "show", claim) == done(home, "claims", "show", number[:9])
    assert (life["claim_id"], life["state"], life["dispute"]) == (claim, "accepted", "none")
    (one,) = life["submissions"]
    assert one["batch"]["file_name"] == "837P-demo-T-000000001.x12"
    assert one["set_position"] == 2
    said = [(row["answer"], row["level"], row["outcome"], row["state"], row["file"])
            for row in one["evidence"]]  # fmt: skip
    assert said == [
        ("ta1", "interchange", "received", "received", "doe-ta1.x12"),
        ("999", "segment", "noted", None, "doe-999.x12"),
        ("999", "element", "noted", None, "doe-999.x12"),
        ("999", "set", "received", "received", "doe-999.x12"),
        ("277ca", "claim", "accepted", "accepted", "doe-277ca.x12"),
    ]
    element = one["evidence"][2]
    assert (element["error_segment"], element["codes"], element["code_labels"]) == (
        "NM1", ["7"], ["code not valid"],
    )  # fmt: skip


def test_the_place_of_a_claim_is_where_its_segments_stand_in_the_file(told: Told) -> None:
    home, rows, _ = told
    (one,) = done(home, "claims", "show", rows[4]["patient_control_number"])["submissions"]
    text = (home / "outbox" / AGENCY / one["batch"]["file_name"]).read_text()
    segments = text[text.index("ST*837") :].split("~\n")[one["first_segment"] - 1 :]
    assert segments[0].startswith("HL*")
    mine = segments[: one["last_segment"] - one["first_segment"] + 1]
    claims = [segment.split("*")[1] for segment in mine if segment.startswith("CLM*")]
    assert claims == [one["patient_control_number"]]


def test_the_page_tells_the_codes_in_our_words(told: Told) -> None:
    home, rows, _ = told
    page = reentry(home, "claims", "show", rows[0]["patient_control_number"])
    assert page.exit_code == 0
    assert "277ca: rejected -> rejected" in page.out
    assert "A7 " in page.out
    assert "doe-277ca.x12 set 1 segment" in page.out


@pytest.mark.parametrize(("wanted", "code"), [("NOSUCHCLAIM", "claim_unknown"), ("", "ambiguous")])
def test_a_claim_that_is_not_the_only_one_is_2(wanted: str, code: str, told: Told) -> None:
    refused = reentry(told[0], "claims", "show", wanted)
    assert refused.exit_code == 2
    assert code in refused.err


def test_silent_claims_are_listed_with_their_days_and_when_to_ask(told: Told) -> None:
    home, rows, _ = told
    soon, later = (done(home, "claims", "overdue", now=now) for now in (ANSWERED, LATER))
    assert len(soon) == len(later) == len(rows) - 3
    assert {row["state"] for row in soon} == {"received"}
    days = [{(row["days_since_sent"], row["is_due"]) for row in told} for told in (soon, later)]
    assert days == [{(2, False)}, {(18, True)}]
    assert {row["inquiry_due_on"] for row in soon} == {"2026-11-17"}
    lost = [row for row in soon if row["is_not_found"]]
    assert [row["patient_control_number"] for row in lost] == [rows[3]["patient_control_number"]]


def test_odd_answers_are_listed(told: Told) -> None:
    home, _, _ = told
    foreign = done(home, "claims", "answers", "--foreign")
    assert {(row["file"], row["match"]) for row in foreign} == {("other-999.x12", "foreign")}
    (unmatched,) = done(home, "claims", "answers", "--unmatched")
    assert (unmatched["file"], unmatched["answer"]) == ("doe-277ca.x12", "277ca")
    assert done(home, "claims", "answers", "--contradictory") == []
    assert len(done(home, "claims", "answers")) == len(foreign) + 1


def test_a_rejection_after_an_acceptance_is_a_finding_of_the_claim(
    told: Told, copy_home: Callable[[Path], Path]
) -> None:
    home, rows, us = copy_home(told[0]), told[1], told[2]
    number, claim = rows[1]["patient_control_number"], rows[1]["claim_id"]
    text = payer.acknowledged({number: "A3:21"}, dated="20261106", to=us)
    answered(home, "again.x12", text, now="2026-11-06T18:00:00Z")
    done(home, "run", now="2026-11-06T19:00:00Z")
    found = [row for row in done(home, "findings", now="2026-11-06T19:00:00Z")
             if row["subject"] == "claim"]  # fmt: skip
    assert [(row["subject_id"], row["edit_id"]) for row in found] == [
        (claim, "claim_accepted_and_rejected")
    ]
    assert done(home, "claims", "show", claim)["state"] == "rejected"


def test_the_past_is_told_as_it_was_known(told: Told, copy_home: Callable[[Path], Path]) -> None:
    home, rows, us = copy_home(told[0]), told[1], told[2]
    before = datetime.fromisoformat("2026-11-04T19:00:00Z")

    def states(known_at: datetime) -> list[str]:
        with opened(home, LATER) as workspace:
            view = type(workspace.view_now())(workspace, before.date(), known_at)
            return submission_states(view).sort("patient_control_number")["state"].to_list()

    was = states(before)
    everything = {row["patient_control_number"]: "A3:21" for row in rows}
    answered(home, "late.x12", payer.acknowledged(everything, dated="20261106", to=us), now=LATER)
    assert states(before) == was
    assert set(states(datetime.fromisoformat(LATER))) == {"rejected", "pended"}


@pytest.fixture
def copy_home(tmp_path: Path) -> Callable[[Path], Path]:
    return lambda home: copied(home, tmp_path / "copy")


def test_a_simulated_payers_answers_are_followed_claim_by_claim(
    copy_of: Callable[[str], Path],
) -> None:
    home = copy_of("written")
    done(home, "batch", "sent", "demo-000001", now=SENT)
    done(home, "simulate-payer", "--until", "2026-11-20", now=LATER)
    files = sorted(Home.open(home).inbox(AGENCY, "x12").iterdir())
    for path in [one for one in files if "ST*835*" in one.read_text()]:
        files.remove(path)  # what was paid is told in another story
        path.unlink()
    expected = dict.fromkeys((row["patient_control_number"] for row in submitted(home)), "received")
    # The 277 is the stronger evidence: it is read last, whatever its name.
    for path in sorted(files, key=lambda one: "005010X212" in one.read_text()):
        expected |= by_hand(path.read_text())
    done(home, "intake", now=LATER)
    told = {row["patient_control_number"]: row["state"] for row in done(home, "claims", now=LATER)}
    assert told == expected
    assert {"accepted", "pended"} <= set(told.values())
    assert done(home, "claims", "answers", "--foreign", now=LATER) == []


def by_hand(text: str) -> dict[str, str]:
    """States by claim number of a 277CA or 277, segment by segment; nothing of other sets."""
    outcomes = {"A1": "accepted", "A2": "accepted", "F": "accepted", "P": "pended", "A": "rejected"}
    found, number, code = {}, "", ""
    for segment in text.replace("\n", "").split("~"):
        elements = segment.split("*")
        if elements[0] == "TRN":
            number, code = elements[2], ""
        elif elements[0] == "STC":
            code = elements[1].split(":")[0]
        elif segment.startswith("REF*EJ"):
            number = elements[2]
        if code in outcomes or code[:1] in outcomes:
            found[number] = outcomes.get(code) or outcomes[code[:1]]
    return {number: state for number, state in found.items() if len(number) == 16}
