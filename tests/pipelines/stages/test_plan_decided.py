"""The plan's cells where a person has decided what becomes of a claim."""

from typing import Any

import polars as pl
import pytest
from claim_county import agency, drawn
from plan_drawn import (
    ANSWERED_CLAIMS,
    OPEN,
    answered_submissions,
    decision,
    desired,
    ledger_rows,
    planned,
)

from contracts.settings import REPORTING, Route

DECIDED = """
claim            | decided   | of            | action   | reason
fresh            | hold      |               | hold     | held_by_decision
fresh            | release   |               | new      |
fresh            | write_off |               | nothing  | written_off
batched_same     | hold      |               | hold     | held_by_decision
batched_same     | write_off |               | nothing  | written_off
written_same     | hold      |               | hold     | held_by_decision
written_same     | resubmit  | written_same-1| nothing  |
resent_same      | resubmit  | resent_same-2 | resubmit |
resent_same      | resubmit  | resent_same-1 | nothing  | awaiting_answer
sent_changed     | resubmit  | sent_changed-1| resubmit |
sent_changed     | write_off |               | nothing  | written_off
sent_gone        | resubmit  | sent_gone-1   | hold     | awaiting_answer
withdrawn_gone   | hold      |               | nothing  | claim_gone
"""


@pytest.mark.parametrize("row", drawn(DECIDED), ids=lambda row: f"{row['claim']} {row['decided']}")
def test_a_decision_about_a_claim_changes_its_cell_and_no_other(row: Any) -> None:
    decided = decision(row["claim"], row["decided"], row["of"])
    made = planned(decisions=decided)
    told = made.filter(claim_id=row["claim"]).row(0, named=True)
    assert (told["action"], next(iter(told["reasons"]), None)) == (row["action"], row["reason"])
    assert (told["patient_control_number"] is not None) == (row["action"] in ("new", "resubmit"))
    others = pl.col("claim_id") != row["claim"]
    assert made.filter(others).equals(planned().filter(others))


DECIDED_ON_ANSWERS = """
claim          | decided   | action   | reason
received_same  | resubmit  | resubmit |
rejected_same  | resubmit  | resubmit |
rejected_held  | resubmit  | hold     | address_missing
rejected_gone  | resubmit  | nothing  | claim_gone
accepted_same  | resubmit  | nothing  |
accepted_same  | hold      | hold     | held_by_decision
rejected_same  | write_off | nothing  | written_off
"""


@pytest.mark.parametrize(
    "row", drawn(DECIDED_ON_ANSWERS), ids=lambda row: f"{row['claim']} {row['decided']}"
)
def test_a_decision_about_a_claim_that_was_answered(row: Any) -> None:
    decided = decision(row["claim"], row["decided"], f"{row['claim']}-1")
    made = planned(ANSWERED_CLAIMS, answered_submissions(), OPEN.clear(), decisions=decided)
    told = made.filter(claim_id=row["claim"]).row(0, named=True)
    assert (told["action"], next(iter(told["reasons"]), None)) == (row["action"], row["reason"])


REPORTED = """
claim           | version of the release | action  | reason
accepted_same   |                        | nothing |
accepted_changed|                        | hold    | encounter_changed
accepted_changed| c2                     | nothing | done_by_hand
accepted_changed| c1                     | hold    | encounter_changed
accepted_held   | c2                     | nothing | done_by_hand
accepted_gone   |                        | hold    | encounter_changed
accepted_gone   | gone                   | nothing | done_by_hand
pended_changed  |                        | hold    | encounter_changed
rejected_changed|                        | resubmit| rejected
"""


@pytest.mark.parametrize("row", drawn(REPORTED), ids=lambda row: f"{row['claim']} {row['action']}")
def test_an_encounter_that_nobody_pays_awaits_no_remittance(row: Any) -> None:
    """What it is changed to is done at the plan; a release is of the claim as it was seen."""
    route = Route("medi_cal", "1", "P", "P", status="verified", claim_or_encounter=REPORTING)
    seen = row["version of the release"]
    released = decision(row["claim"], "release" if seen else None, seen_version=seen)
    told = planned(
        ANSWERED_CLAIMS, answered_submissions(), OPEN.clear(),
        agency=agency(routes={"medi_cal": route}),
        decisions=released,
    ).filter(claim_id=row["claim"]).row(0, named=True)  # fmt: skip
    assert (told["action"], next(iter(told["reasons"]), None)) == (row["action"], row["reason"])


def test_what_a_person_sends_again_stays_in_its_batch() -> None:
    claim = desired(("c", "c1", "r1", None))
    first = ledger_rows("claim_id|submission_number|state|content_hash\nc|1|sent|c1")
    batched = ledger_rows("claim_id|submission_number|content_hash|row_hash\nc|2|c1|r1")
    decided = decision("c", "resubmit", "c-1")
    row = planned(claim, first, batched, decisions=decided).row(0, named=True)
    assert (row["action"], row["reasons"], row["newest_state"]) == ("nothing", [], "batched")


def test_what_is_resubmitted_is_an_original_with_the_next_number() -> None:
    decided = decision("resent_same", "resubmit", "resent_same-2")
    told = planned(decisions=decided).filter(claim_id="resent_same").row(0, named=True)
    assert (told["submission_number"], told["frequency_code"]) == (3, "1")
