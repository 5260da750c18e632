"""Billable days: what each gate says of each day, drawn beside the facts that make it say so.

A base story (eligibility_facts.BASE) is billable from its activation on 2026-01-07 to the release
on 2026-01-20; each test redraws the table that it is about.
"""

from datetime import date

import polars as pl
import pytest
from eligibility_facts import BASE, LONG_STAY, cells, frame_of, frames, policy_of
from eligibility_lines import AS_OF, days, drawn, runs

from contracts.derived import DERIVED
from contracts.errors import HeldByPolicyError
from contracts.feeds import facts
from contracts.policy import Policy
from contracts.schemas import broken_rules
from pipelines.stages.eligibility.days import billable_days, gate_reasons


def test_the_base_story_is_billable_from_activation_to_release_in_los_angeles_days() -> None:
    # Booked and released after 22:00: both fall on the next day in UTC.
    assert days() == drawn("""
        s1 | 2026-01-05 | 2026-01-06 | ji_aid_code
        s1 | 2026-01-07 | 2026-01-20 |
    """)


def test_days_end_with_the_as_of_day() -> None:
    assert days(as_of=date(2026, 1, 9)) == drawn("""
        s1 | 2026-01-05 | 2026-01-06 | ji_aid_code
        s1 | 2026-01-07 | 2026-01-09 |
    """)
    assert days(as_of=date(2026, 1, 4)) == []


@pytest.mark.parametrize(
    ("facility_id", "expected"),
    [
        ("annex", "s1 | 2026-01-07 | 2026-01-09 | facility\ns1 | 2026-01-10 | 2026-01-20 |"),
        ("unknown", "s1 | 2026-01-07 | 2026-01-20 | facility"),
    ],
)
def test_facility_is_live_on_the_day(facility_id: str, expected: str) -> None:
    assert days(custody_stays=BASE["custody_stays"].replace("jail", facility_id))[1:] == drawn(
        expected
    )


def test_enrolled_by_a_span_that_is_no_overlay_nor_ends_before_it_starts() -> None:
    coverage = """
        cin       | aid_code | starts_on  | ends_on    | coverage_status | is_ji_aid_code
        90000001A | J1       | 2026-01-01 |            | active          | yes
        90000001A | M1       | 2025-01-01 | 2026-01-08 | active          | no
        90000001A | M2       | 2026-01-10 | 2026-01-12 | suspended       | no
        90000001A | M1       | 2026-01-12 | 2026-01-13 | active          | no
        90000001A | M3       | 2026-01-19 | 2026-01-15 | active          | no
        90000009A | M1       | 2025-01-01 |            | active          | no"""
    assert days(coverage=coverage)[1:] == drawn("""
        s1 | 2026-01-07 | 2026-01-08 |
        s1 | 2026-01-09 | 2026-01-09 | enrolled
        s1 | 2026-01-10 | 2026-01-13 |
        s1 | 2026-01-14 | 2026-01-20 | enrolled
    """)


NOT_ENROLLED = "s1 | 2026-01-07 | 2026-01-20 | enrolled"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("changed", "s1 | 2026-01-05 | 2026-01-06 | ji_aid_code\ns1 | 2026-01-07 | 2026-01-20 |"),
        ("typo", "s1 | 2026-01-05 | 2026-01-06 | enrolled ji_aid_code\n" + NOT_ENROLLED),
    ],
)
def test_an_alias_inherits_coverage_and_a_typo_does_not(reason: str, expected: str) -> None:
    people = "person_id | cin\n p1 | 90000002A95001"
    aliases = f"alias_cin | cin | reason\n 90000001A | 90000002A | {reason}"
    assert days(people=people, cin_aliases=aliases) == drawn(expected)


def test_a_deactivation_ends_the_aid_code_and_an_activation_begins_it_again() -> None:
    activations = """
        activation_id | person_id | activated_on | deactivated_on
        a1            | p1        | 2026-01-05   | 2026-01-08
        a2            | p1        | 2026-01-12   |"""
    assert days(ji_activations=activations) == drawn("""
        s1 | 2026-01-05 | 2026-01-08 |
        s1 | 2026-01-09 | 2026-01-11 | ji_aid_code
        s1 | 2026-01-12 | 2026-01-20 |
    """)


def test_the_latest_screening_that_was_not_declined_decides() -> None:
    screenings = """
        screening_id | stay_id | screening_type     | screened_on | declined | outcome
        c1           | s1      | pre_release_access | 2026-01-08  | no       | meets
        c2           | s1      | pre_release_access | 2026-01-10  | yes      |
        c4           | s1      | pre_release_access | 2026-01-12  | no       | meets
        c3           | s1      | pre_release_access | 2026-01-12  | no       | does_not_meet
        c5           | s1      | pre_release_access | 2026-01-14  | no       | incomplete
        c6           | s1      | pre_release_access | 2026-01-16  | no       | meets
        c7           | s1      | medi_cal           | 2026-01-18  | no       |
        c8           | other   | pre_release_access | 2026-01-19  | no       | does_not_meet"""
    assert days(screenings=screenings)[1:] == drawn("""
        s1 | 2026-01-07 | 2026-01-07 | screening
        s1 | 2026-01-08 | 2026-01-11 |
        s1 | 2026-01-12 | 2026-01-15 | screening
        s1 | 2026-01-16 | 2026-01-20 |
    """)


def test_of_two_screenings_the_later_decides() -> None:
    later = "c2 | s1 | pre_release_access | 2026-01-10 | no | does_not_meet"
    assert days(screenings=f"{BASE['screenings']}\n{later}")[1:] == drawn("""
        s1 | 2026-01-07 | 2026-01-09 |
        s1 | 2026-01-10 | 2026-01-20 | screening
    """)


def test_a_youth_facility_needs_no_screening() -> None:
    stays = BASE["custody_stays"].replace("jail", "youth")
    assert days(custody_stays=stays, screenings="screening_id | stay_id")[1:] == drawn("""
        s1 | 2026-01-07 | 2026-01-20 |
    """)


def test_a_share_of_cost_blocks_its_month_to_the_last_day_until_it_is_met() -> None:
    answers = """
        cin       | month   | share_of_cost_amount | share_of_cost_met_on
        90000001A | 2025-12 |               300.00 |
        90000001A | 2026-01 |                 0.01 |
        90000001A | 2026-02 |               300.00 | 2026-02-27
        90000001A | 2026-03 |                 0.00 |
        90000001A | 2026-04 |               300.00 |"""
    found = days(custody_stays=LONG_STAY, eligibility_answers=answers, as_of=date(2026, 4, 2))
    assert found[1:] == drawn("""
        s1 | 2026-01-07 | 2026-01-31 | share_of_cost
        s1 | 2026-02-01 | 2026-03-31 |
        s1 | 2026-04-01 | 2026-04-02 | share_of_cost
    """)


def test_every_gate_that_fails_is_told_in_the_fixed_order() -> None:
    stays = """
        stay_id | person_id | facility_id | booked_at        | released_at      | released_to
        s1      | p1        | jail        | 2026-01-01 08:00 | 2026-01-02 08:00 | deceased
        s2      | p1        | unknown     | 2026-06-01 08:00 | 2026-06-30 08:00 | community
        s3      | p1        | unknown     | 2026-06-10 08:00 | 2026-06-10 18:00 | community"""
    found = days(
        custody_stays=stays,
        coverage="cin | aid_code",
        ji_activations="""
            activation_id | person_id | activated_on | deactivated_on
            a1            | p1        | 2026-01-05   | 2026-01-08""",
        screenings="screening_id | stay_id",
        eligibility_answers="""
            cin       | month   | share_of_cost_amount
            90000001A | 2026-06 |                10.00""",
    )
    everything = (
        "deceased custody facility enrolled ji_aid_code ninety_days screening share_of_cost"
    )
    assert ("s2", "2026-06-10", "2026-06-10", everything) in found


def test_pairs_are_answered_in_their_order_in_and_out_of_custody() -> None:
    pairs = pl.DataFrame(
        {
            "stay_id": ["s1", "nobody", "s1", "s1", "s1"],
            "day": [date(2026, 1, d) for d in (21, 8, 8, 1, 8)],
        }
    )
    found = gate_reasons(pairs, **frames(), policy=policy_of(), as_of=AS_OF)
    assert found.drop("stay_id", "day").rows() == [
        (False, ["custody"]),
        (False, ["custody"]),
        (True, []),
        (False, ["custody", "ji_aid_code", "screening"]),
        (True, []),
    ]
    assert found.select("stay_id", "day").equals(pairs)


def test_without_stays_there_are_no_days() -> None:
    nothing = {feed: facts(feed).empty() for feed in BASE}
    found = billable_days(**nothing, policy=policy_of(), as_of=AS_OF)
    assert found.is_empty()
    assert broken_rules(DERIVED["billable_days"], found) == {}
    pairs = found.select("stay_id", "day")
    assert gate_reasons(pairs, **nothing, policy=policy_of(), as_of=AS_OF).is_empty()


def test_a_stay_alone_fails_every_gate_that_needs_a_fact() -> None:
    alone = {feed: facts(feed).empty() for feed in BASE}
    alone["custody_stays"] = frame_of("custody_stays", cells(BASE["custody_stays"]))
    found = billable_days(**alone, policy=policy_of(), as_of=AS_OF)
    assert runs(found) == drawn("""
        s1 | 2026-01-05 | 2026-01-20 | facility enrolled ji_aid_code screening
    """)


def test_an_unset_window_policy_stops_the_stage() -> None:
    unset = Policy(
        """
        [[window.policy]]
        status = "unset"
        source = "test"
        valid_from = 2024-10-01
        """
    )
    with pytest.raises(HeldByPolicyError, match=r"window\.policy"):
        billable_days(**frames(), policy=unset, as_of=AS_OF)
