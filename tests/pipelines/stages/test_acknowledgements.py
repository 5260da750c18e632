"""Answers matched with what was sent, and what they make of it: files drawn beside the states."""

from typing import Any

import payer_answers as payer
import polars as pl
import pytest
from answered_claims import made_of, received, states, submissions

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from pipelines.stages.acknowledgements.matching import speaks_of_providers

SENT = submissions("""
number | isa | gs | st   | place
A1     | 17  | 31 | 0001 | 1
A2     | 17  | 31 | 0001 | 2
A3     | 17  | 31 | 0002 | 1
B1     | 18  | 32 | 0001 | 1
""")
ALL = ("A1", "A2", "A3", "B1")


def after(*files: str, sent: pl.DataFrame = SENT, **changes: Any) -> str:
    """States of the submissions, in order, by their first four letters."""
    told = states(made_of(sent, *files, **changes))
    return " ".join(told[number][:4] for number in sent["patient_control_number"])


T, S, C, Q = payer.ta1, payer.syntax, payer.acknowledged, payer.status
OURS = {"to": "REENTRY34"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], "sent sent sent sent"),
        ([T(17)], "rece rece rece sent"),
        ([T(17, "R", "025")], "reje reje reje sent"),
        ([S(31, {"0001": "A", "0002": "R"}, "P")], "rece rece reje sent"),
        ([S(31, {}, "A")], "rece rece rece sent"),
        ([S(31, {}, "R")], "reje reje reje sent"),
        ([S(31, {"0002": "R"}, "A")], "rece rece reje sent"),  # the set outweighs its group
        ([S(31, {"0001": "A"}, "R")], "reje reje reje sent"),  # a group refused is refused whole
        ([S(31, {"1": "A"}, "P")], "rece rece sent sent"),  # ST02 without its zeros
        ([S(31, {"0001": "Q"}, "Q")], "sent sent sent sent"),  # codes that no guide has
        ([C({"A1": "A2:20", "A2": "A7:562:85"})], "acce reje sent sent"),
        ([C({" A1 ": "A2:20"})], "acce sent sent sent"),
        ([C({}, "0000000170001", "A3")], "reje reje sent sent"),
        ([C({}, "0000000170001", "A1")], "sent sent sent sent"),
        ([C({"A1": "A2:20"}, "0000000170001", "A3")], "acce sent sent sent"),
        ([C({"A1": "A0:20", "A2": "A5:20"})], "sent sent sent sent"),
        ([Q({"A1": "P1:20", "A2": "F1:65", "A3": "D0:35", "B1": "E0:24"})], "pend acce sent sent"),
        # in the order of the day
        ([T(17), S(31, {"0001": "A"}), C({"A1": "A2:20"}), Q({"A1": "P1:20"})],
         "pend rece rece sent"),
        ([Q({"A1": "P1:20"}), Q({"A1": "F0:3"}, "20260511")], "acce sent sent sent"),
        # late and weaker: recorded, never lowers
        ([C({"A1": "A2:20"}), S(31, {"0001": "A"}), T(17)], "acce rece rece sent"),
        ([C({"A1": "A7:562"}), S(31, {"0001": "A"})], "reje rece rece sent"),
        ([C({"A1": "A2:20"}), S(31, {"0001": "R"}, "R")], "acce reje reje sent"),
        # stronger outranks, of equals the later counts
        ([S(31, {"0001": "R"}, "P"), C({"A1": "A2:20"})], "acce reje sent sent"),
        ([C({"A1": "A7:562"}), C({"A1": "A2:20"}, dated="20260509")], "acce sent sent sent"),
        ([C({"A1": "A2:20"}), C({"A1": "A3:21"}, dated="20260509")], "reje sent sent sent"),
        ([C({"A1": "A3:21"}), Q({"A1": "D0:35"})], "reje sent sent sent"),
    ],
)  # fmt: skip
def test_states_after_answers(files: list[str], expected: str) -> None:
    assert after(*files) == expected


def test_a_claim_that_is_not_found_stays_and_says_so_until_it_is_found() -> None:
    lost = made_of(SENT, Q({"A1": "D0:35"})).submission_states
    assert lost.select("state", "is_not_found").row(0) == ("sent", True)
    found = made_of(SENT, Q({"A1": "D0:35"}), Q({"A1": "P1:20"})).submission_states
    assert found.select("state", "is_not_found").row(0) == ("pended", False)


def test_a_provider_rejected_whole_takes_its_own_claims_with_it() -> None:
    text = C({}, "0000000170001", "A1", provider="A3:21")
    npi = {"patient_control_number": list(ALL), "billing_npi": ["1093817465", "1", "1", "1"]}
    assert speaks_of_providers(received(text))
    assert after(text, providers=pl.DataFrame(npi)) == "reje sent sent sent"
    assert not speaks_of_providers(received(C({"A1": "A3:21"})))


FOREIGN = [
    (T(17, "R", to="REENTRY19"), "another county's interchange under our number"),
    (S(31, {"0001": "R"}, "R", to="REENTRY19"), "another county's group under our number"),
    (S(77, {"0001": "R"}, "R"), "a group that we never sent"),
    (C({"Z1": "A7:562", "Z2": "A2:20"}), "claims that we never sent"),
    (C({}, "0000000170001", "A3", to="REENTRY19"), "a set under another's name"),
]


@pytest.mark.parametrize(("text", "why"), FOREIGN, ids=[why for _, why in FOREIGN])
def test_what_names_anothers_claims_is_foreign_and_moves_nothing(text: str, why: str) -> None:
    made = made_of(SENT, text)
    assert set(made.acknowledgements["match"]) == {"foreign"}, why
    assert set(states(made).values()) == {"sent"}


def test_our_claim_numbers_count_whoever_is_addressed() -> None:
    made = made_of(SENT, C({"A1": "A2:20"}, to="CLEARINGHOUSE"))
    assert states(made)["A1"] == "accepted"
    assert set(made.acknowledgements["match"]) == {"matched"}


def test_one_unknown_claim_among_ours_is_unmatched() -> None:
    made = made_of(SENT, C({"A1": "A2:20", "Z9": "A7:562"}))
    told = made.acknowledgements.select("level", "match", "submission_count", "claim_id").rows()
    assert told == [
        ("receiver", "matched", 0, None),
        ("claim", "matched", 1, "c-A1"),
        ("claim", "unmatched", 0, None),
    ]


def test_answers_to_our_eligibility_inquiries_are_told_as_such() -> None:
    files = (T(40), S(60, {"0001": "A"}, function="HS"), S(61, {"0001": "A"}, function="HS"))
    made = made_of(SENT, *files, inquiries=[(40, 60)])
    told = made.acknowledgements.select("answer", "match").unique(maintain_order=True).rows()
    assert told == [("ta1", "inquiry"), ("999", "inquiry"), ("999", "foreign")]


def test_an_inquiry_of_ours_moves_no_claim_whose_group_has_the_number() -> None:
    assert after(S(31, {"0001": "R"}, "R", function="HS")) == "sent sent sent sent"


def test_what_was_said_before_is_counted_once_however_it_comes() -> None:
    early = C({"A1": "A7:562:85"})
    files = (early, C({"A1": "A2:20"}, dated="20260509"), early.replace("000000900", "000000901"))
    made = made_of(SENT, *files)
    assert states(made)["A1"] == "accepted"  # the first word said again is no new word
    said = made.acknowledgements.filter(level="claim")
    assert said.select("file_id", "is_duplicate").rows() == [
        ("f1", False), ("f2", False), ("f3", True),
    ]  # fmt: skip


def test_what_was_said_to_another_is_no_earlier_word_to_us() -> None:
    made = made_of(SENT, T(17, "R", to="REENTRY19"), T(17, "R"))
    assert states(made)["A1"] == "rejected"
    assert made.acknowledgements["is_duplicate"].to_list() == [False, False]


def test_faults_of_a_999_are_told_of_the_claim_at_that_place_or_of_that_number() -> None:
    faults = (
        "IK3*HI*12**8", "IK3*REF*19**3", "IK3*PER*3**8", "IK3*CLM*40**8", "CTX*CLM01:A3",
    )  # fmt: skip
    made = made_of(SENT, S(31, {"0001": "R*5"}, "R", faults))
    told = made.acknowledgements.filter(level="segment").select(
        "error_position", "match", "claim_id"
    )
    assert told.rows() == [
        (12, "matched", "c-A1"),
        (19, "matched", "c-A2"),
        (3, "matched", None),  # in the heading: of no claim
        (40, "matched", "c-A3"),
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([S(31, {"0001": "R"}, "P"), C({"A1": "A2:20"})], {"A1": "accepted_and_rejected"}),
        ([C({"A1": "A2:20"}), S(31, {"0001": "R"}, "P")], {"A1": "accepted_and_rejected"}),
        ([C({"A1": "A2:20"}), C({"A1": "A3:21"})], {"A1": "accepted_and_rejected"}),
        ([S(31, {"0001": "A"}), C({"A1": "A3:21"})], {}),  # the normal course of a rejection
        ([T(17), S(31, {"0001": "R"}, "P")], {}),
        ([C({"A1": "A2:20"}), Q({"A1": "D0:35"})], {"A1": "lost_after_acceptance"}),
        ([Q({"A1": "D0:35"}), C({"A1": "A2:20"})], {}),  # asked too early
        ([Q({"A1": "P1:20"}), Q({"A1": "F2:88"})], {}),
    ],
)  # fmt: skip
def test_contradictions(files: list[str], expected: dict[str, str]) -> None:
    told = made_of(SENT, *files).submission_states.drop_nulls("contradiction")
    assert dict(told.select("patient_control_number", "contradiction").iter_rows()) == expected


def test_an_answer_to_what_was_withdrawn_counts_and_is_a_contradiction() -> None:
    gone = SENT.with_columns(state=pl.lit("withdrawn"))
    made = made_of(gone, C({"A1": "A2:20"}))
    row = made.submission_states.row(0, named=True)
    assert (row["state"], row["contradiction"]) == ("accepted", "answered_though_withdrawn")
    assert states(made)["A2"] == "withdrawn"


def test_the_state_names_the_statement_on_which_it_rests() -> None:
    made = made_of(SENT, S(31, {"0001": "A"}), C({"A1": "A7:562:85"}), T(17))
    row = made.submission_states.row(0, named=True)
    said = {name: row[name] for name in ("answer", "verdict_code", "codes", "file_id")}
    assert said == {"answer": "277ca", "verdict_code": "A7", "codes": ["A7:562:85"],
                    "file_id": "f2"}  # fmt: skip
    assert (row["payer_claim_number"], str(row["answered_on"])) == ("ICNA1", "2026-05-03")
    assert str(row["sent_on"]) == "2026-05-01"


def test_pairs_tell_what_each_statement_made_of_each_submission() -> None:
    made = made_of(SENT, S(31, {"0001": "R"}, "P"), C({"A1": "A2:20"}), T(17))
    told = made.pairs.filter(submission_id="s-A1").select("file_id", "counts", "state")
    assert told.rows() == [
        ("f1", True, "rejected"),
        ("f1", False, None),  # the group, accepted in part
        ("f2", True, "accepted"),
        ("f3", True, "accepted"),
    ]


def test_nothing_sent_and_nothing_said_make_empty_tables() -> None:
    made = made_of(SENT.clear())
    assert made.acknowledgements.schema == DERIVED["acknowledgements"].schema
    assert made.submission_states.schema == DERIVED["submission_states"].schema
    assert states(made_of(SENT.clear(), C({"A1": "A2:20"}))) == {}


def test_the_tables_keep_their_contracts() -> None:
    faults = ("IK3*HI*12**8", "IK4*1:2*1271*7*X")
    files = (T(17, "R", "025"), S(31, {"0001": "R"}, "R", faults), *(one for one, _ in FOREIGN),
             C({"A1": "A2:20", "Z9": "A7:562"}), Q({"A1": "P1:20", "B1": "D0:35"}))  # fmt: skip
    made = made_of(SENT, *files)
    for name in ("acknowledgements", "submission_states"):
        assert broken_rules(DERIVED[name], getattr(made, name)) == {}
