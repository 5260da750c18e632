"""Findings of claims whose answers contradict each other, the labels of codes, and silence."""

from datetime import date
from decimal import Decimal
from typing import Any

import payer_answers as payer
import polars as pl
import pytest
from answered_claims import made_of, submissions
from claim_county import bound, line

from codesets.loader import CodeSets
from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from pipelines.stages.acknowledgements.labels import labelled
from pipelines.stages.acknowledgements.silence import silent
from pipelines.stages.edits.catalogue import CLAIM_EDITS
from pipelines.stages.edits.run_answers import answers_context, run_claim_edits

AS_OF = date(2026, 5, 20)
SENT = submissions("""
number | isa | gs | st   | claim | ordinal | state
A1     | 17  | 31 | 0001 | a     | 1       | sent
A2     | 18  | 32 | 0001 | a     | 2       | sent
B1     | 17  | 31 | 0001 | b     | 1       | sent
W1     | 19  | 33 | 0001 | w     | 1       | withdrawn
""")
C, Q = payer.acknowledged, payer.status
LINES = (("E1", 1, "a", 1), ("E2", 1, "b", 1), ("E3", 1, "b", 1))


def judged(*files: str) -> Any:
    lines = DERIVED["service_lines"].conform(
        pl.DataFrame(
            [
                line(encounter_id="E1"),
                line(encounter_id="E2", is_part_2=True),
                line(
                    encounter_id="E3",
                    charge_amount=Decimal(20),
                    deadline_on=date(2026, 12, 31),
                    person_id="P2",
                ),
            ]
        )
    )
    states = made_of(SENT, *files).submission_states
    context = answers_context(states, bound(*LINES), lines)
    return run_claim_edits(context, "sac", AS_OF, CLAIM_EDITS)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], []),
        ([C({"A1": "A2:20", "B1": "A3:21"})], []),
        ([C({"A1": "A2:20"}), C({"A1": "A3:21"}, dated="20260509")],
         [("a", "claim_accepted_and_rejected")]),
        ([C({"A1": "A2:20"}), Q({"A1": "D0:35"})], [("a", "claim_lost_after_acceptance")]),
        ([C({"W1": "A2:20"})], [("w", "withdrawn_claim_answered")]),
    ],
)  # fmt: skip
def test_each_contradiction_is_a_finding_of_its_claim(
    files: list[str], expected: list[tuple[str, str]]
) -> None:
    made = judged(*files)
    assert made.findings.select("subject_id", "edit_id").rows() == expected
    counts = dict(made.edit_counts.select("edit_id", "finding_count").iter_rows())
    assert counts == dict.fromkeys(CLAIM_EDITS, 0) | {edit: 1 for _, edit in expected}
    judged_of = made.edit_counts.select("evaluated_count", "not_evaluated_count").rows()
    assert set(judged_of) == {(SENT.height, 0)}


def test_two_submissions_of_a_claim_make_one_finding() -> None:
    files = (C({"A1": "A2:20", "A2": "A2:20"}), C({"A1": "A3:21", "A2": "A3:21"}, "1"))
    made = judged(*files)
    assert made.findings["subject_id"].to_list() == ["a"]


def test_a_finding_tells_the_claims_money_deadline_and_where_its_statement_stands() -> None:
    made = judged(C({"B1": "A2:20"}), C({"B1": "A3:21"}, dated="20260509"))
    row = made.findings.row(0, named=True)
    told = (row["subject"], row["facility_id"], str(row["amount"]), row["days_left"])
    assert told == ("claim", "MAIN", "120.00", 164)
    assert row["person_id"] == "P1"  # of the first line
    assert (row["is_part_2"], row["file_id"], row["row_number"]) == (True, "f2", 1)
    assert broken_rules(DERIVED["findings"], made.findings) == {}
    assert broken_rules(DERIVED["edit_counts"], made.edit_counts) == {}


def test_of_a_claim_whose_lines_left_the_facts_nothing_is_shown_without_consent() -> None:
    assert judged(C({"W1": "A2:20"})).findings["is_part_2"].to_list() == [True]


def test_codes_are_told_in_our_own_words_and_unknown_ones_stay_codes() -> None:
    sets = {name: CodeSets().table(name) for name in
            ("acknowledgement_codes", "claim_status_category", "claim_status")}  # fmt: skip
    faults = ("IK3*HI*12**8", "IK4*1:2*1271*7*X", "IK4*1:2*1271*99")
    files = (payer.ta1(17, "R", "025"), payer.syntax(31, {"0001": "R*5"}, "R", faults),
             C({"A1": "A7:21:85", "B1": "A7:99999"}))  # fmt: skip
    told = labelled(made_of(SENT, *files).acknowledgements, sets)
    rows = told.select("level", "verdict_label", "code_labels").rows()
    assert rows[:6] == [
        ("interchange", "rejected", ["control number was used before"]),
        ("segment", None, ["elements are at fault"]),
        ("element", None, ["code not valid"]),
        ("element", None, [None]),
        ("set", "rejected", ["segments are at fault"]),
        ("group", "rejected", None),
    ]
    by_claim = {row["patient_control_number"]: row for row in told.to_dicts()}
    status = dict(sets["claim_status"].select("code", "label").iter_rows())
    assert by_claim["A1"]["code_labels"] == [status["21"]]
    assert by_claim["B1"]["code_labels"] == [None]
    assert told.height == made_of(SENT, *files).acknowledgements.height


def test_silence_is_of_the_newest_submission_and_ends_with_an_answer_on_the_claim() -> None:
    states = made_of(SENT, payer.ta1(17), C({"A1": "A3:21"})).submission_states
    rows = states.join(SENT.select("submission_id", "charge_amount", "created_at"),
                       on="submission_id").with_columns(
                           asked_on=pl.lit(None, pl.Date), route=pl.lit("medi_cal"))  # fmt: skip
    told = silent(rows, 15, AS_OF)
    columns = ("patient_control_number", "state", "days_since_sent", "is_due")
    assert told.select(columns).rows() == [("A2", "sent", 19, True), ("B1", "received", 19, True)]
    assert set(silent(rows, 19, AS_OF)["is_due"]) == {True}
    assert set(silent(rows, 20, AS_OF)["is_due"]) == {False}
    assert set(silent(rows, None, AS_OF)["is_due"]) == {None}
    of_a_plan = rows.with_columns(route=pl.lit("plan_a"))
    assert set(silent(of_a_plan, 15, AS_OF)["is_due"]) == {None}  # no 276 is written to a plan
    answered = made_of(SENT, C({"A2": "A2:20", "B1": "A2:20"})).submission_states
    rest = answered.join(SENT.select("submission_id", "charge_amount", "created_at"),
                         on="submission_id")  # fmt: skip
    rest = rest.with_columns(asked_on=pl.lit(None, pl.Date), route=pl.lit("medi_cal"))
    assert silent(rest, 15, AS_OF).is_empty()
