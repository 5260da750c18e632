"""What the other window policy would change, in days, lines and dollars."""

from datetime import date

import polars as pl
from eligibility_facts import cells, frame_of, frames, policy_of
from hypothesis import given
from test_eligibility_oracle import (
    CLOCK,
    HISTORY,
    START,
    STAYS,
    History,
    examples,
    facts_of,
    offsets,
    oracle_of,
)

from pipelines.stages.eligibility.comparison import windows_compared
from pipelines.stages.eligibility.evidence import Evidence

AS_OF = date(2026, 6, 30)
# Activated on 7 January and released 130 days after booking: the two policies share some weeks.
LONG_AGO = """
    stay_id | person_id | facility_id | booked_at        | released_at      | expected_release_on
    s1      | p1        | jail        | 2026-01-05 08:00 | {released}       | 2026-05-15"""
LINES = """
    source_system | encounter_id | line_number | stay_id | service_date | charge_amount
    main          | early        | 1           | s1      | 2026-01-20   | 100.10
    main          | shared       | 1           | s1      | 2026-03-20   | 200.20
    main          | late         | 1           | s1      | 2026-05-01   | 400.40"""


def compared(policy: str, released: str) -> tuple[list[tuple], list[tuple]]:
    evidence = Evidence(**frames(custody_stays=LONG_AGO.format(released=released)))
    lines = frame_of("encounters", cells(LINES))
    found = windows_compared(evidence, lines, policy_of(policy), AS_OF)
    stays = found.stays.drop("person_id", "facility_id").with_columns(
        pl.col("gained_amount", "lost_amount").cast(pl.String)
    )
    told = found.lines.select("encounter_id", "billable", "other_billable", "waits")
    return stays.rows(), sorted(told.rows())


def test_the_days_before_release_instead_of_those_after_activation() -> None:
    """14 February to 15 May instead of 7 January to 6 April: 39 days later."""
    stays, lines = compared("activation_clock", "2026-05-15 08:00")
    assert stays == [("s1", 39, 39, 1, 1, "400.40", "100.10")]
    assert lines == [("early", True, False, False), ("late", False, True, False)]


def test_the_other_way_round() -> None:
    stays, lines = compared("release_lookback", "2026-05-15 08:00")
    assert stays == [("s1", 39, 39, 1, 1, "100.10", "400.40")]
    assert lines == [("early", False, True, False), ("late", True, False, False)]


def test_lines_wait_where_the_release_is_only_expected() -> None:
    _, lines = compared("activation_clock", "")
    assert lines == [("early", True, False, True), ("late", False, True, True)]


@examples
@given(HISTORY, offsets)
def test_differences_are_those_of_two_oracles(history: History, offset: int) -> None:
    facts, as_of = facts_of(history), date.fromordinal(START.toordinal() + offset)
    lines = frame_of(
        "encounters",
        [
            {
                "source_system": "main",
                "encounter_id": f"{stay}{day}",
                "line_number": 1,
                "stay_id": stay,
                "service_date": str(date.fromordinal(START.toordinal() + day)),
                "charge_amount": "1.00",
            }
            for stay in STAYS
            for day in range(0, 70, 7)
        ],
    )
    policy = policy_of("activation_clock", "yes", CLOCK)
    ours = oracle_of(facts, ("activation_clock", "yes"), as_of)
    theirs = oracle_of(facts, ("release_lookback", "yes"), as_of)
    found = windows_compared(Evidence(**facts), lines, policy, as_of)
    asked = lines.select("encounter_id", "stay_id", "service_date").rows()
    expected = {
        name: (not ours.reasons(stay, day), not theirs.reasons(stay, day))
        for name, stay, day in asked
    }
    told = found.lines.select("encounter_id", "billable", "other_billable").rows()
    assert {name: (a, b) for name, a, b in told} == {
        name: pair for name, pair in expected.items() if pair[0] != pair[1]
    }
