"""Silent claims are asked about (276), once, and what comes back (277) is theirs by its trace."""

from pathlib import Path
from typing import Any

import payer_answers as payer
import pytest
from stories import AGENCY, Homes, done, opened, reentry, submitted

from pipelines.demo.payer.claim_status import questions
from pipelines.demo.payer.received import interchanges
from pipelines.io.home import Home
from pipelines.io.ledger import claim_inquiries
from pipelines.io.workspace import EVER

SENT, SOON, DUE = "2026-11-02T18:00:00Z", "2026-11-16T18:00:00Z", "2026-11-17T18:00:00Z"
ANSWERED, AGAIN = "2026-11-18T18:00:00Z", "2026-12-03T18:00:00Z"


@pytest.fixture(scope="module")
def asked(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A home whose batch was sent and never answered, and what it asked after fifteen days."""
    home = homes.copy("written", tmp_path_factory.mktemp("asked") / "home")
    done(home, "batch", "sent", "demo-000001", now=SENT)
    assert "nothing_to_ask" in reentry(home, "claims", "inquire", now=SOON).err
    (told,) = done(home, "claims", "inquire", now=DUE)
    return home, told


def test_every_silent_claim_is_asked_about_as_its_837_told_it(asked: tuple[Path, Any]) -> None:
    home, told = asked
    (one,) = interchanges(Path(told["file"]).read_text())
    (group,) = one.groups
    found = [question for received in group.sets for question in questions(received)]
    rows = submitted(home)
    numbers = sorted(row["patient_control_number"] for row in rows)
    assert sorted(question.patient_control_number for question in found) == numbers
    assert len({question.trace for question in found}) == told["claims"] == len(rows)
    assert {question.provider.number for question in found} != {""}
    assert all(question.member.number and question.member.name for question in found)


def test_an_inquiry_takes_control_numbers_of_the_agency(asked: tuple[Path, Any]) -> None:
    home, told = asked
    taken = {row["interchange_control_number"] for row in submitted(home)}
    assert told["interchange_control_number"] not in taken
    assert Path(told["file"]).name == (
        f"276-{AGENCY}-T-{told['interchange_control_number']:09d}.x12"
    )


def test_what_was_asked_is_told_and_not_asked_again_at_once(asked: tuple[Path, Any]) -> None:
    home, told = asked
    assert reentry(home, "claims", "inquire", now=DUE).exit_code == 2
    rows = done(home, "claims", "overdue", now=DUE)
    assert {row["asked_on"] for row in rows} == {"2026-11-17"}
    assert {(row["inquiry_due_on"], row["is_due"]) for row in rows} == {("2026-12-02", False)}
    assert all("inquiry_due" not in row["reasons"] for row in done(home, "plan", now=DUE))
    assert len(rows) == told["claims"]


def test_an_answer_without_our_number_is_matched_by_its_trace(asked: tuple[Path, Any]) -> None:
    home, told = asked
    with opened(home, DUE) as workspace, workspace.ledger.read() as connection:
        known = claim_inquiries.known(connection, AGENCY, EVER).sort("trace_number")
    first, second = known.head(2).to_dicts()
    us = Home.open(home).agency(AGENCY).isa_sender_id
    text = payer.status({"NOBODYS1": "A4:35", "NOBODYS2": "P1:20"}, to=us)
    for level, row in ((4, first), (5, second)):
        text = text.replace(f"TRN*2*T{level}~", f"TRN*2*{row['trace_number']}~")
    for name in ("NOBODYS1", "NOBODYS2"):
        text = text.replace(f"REF*EJ*{name}~", "")
    text = text.replace("SE*19*", "SE*17*")
    path = Home.open(home).inbox(AGENCY, "x12") / "277.x12"
    path.write_text(text)
    done(home, "intake", now=ANSWERED)
    plan = {row["claim_id"]: row for row in done(home, "plan", now=ANSWERED)}
    assert (plan[first["claim_id"]]["action"], plan[first["claim_id"]]["reasons"]) == (
        "resubmit", ["not_found"],
    )  # fmt: skip
    assert plan[second["claim_id"]]["action"] == "nothing"
    life = done(home, "claims", "show", second["claim_id"], now=ANSWERED)
    assert life["state"] == "pended"
    rest = done(home, "claims", "inquire", now=AGAIN)
    assert rest[0]["claims"] == told["claims"] - 2
