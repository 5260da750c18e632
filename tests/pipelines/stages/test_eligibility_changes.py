"""What changed between two states of the facts, which facts did it, and what it is worth."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from eligibility_facts import BASE, LONG_STAY, cells, frame_of, frames, policy_of
from eligibility_lines import drawn
from eligibility_oracle import Oracle
from hypothesis import given
from test_eligibility_oracle import (
    CLOCK,
    HISTORY,
    START,
    WINDOWS,
    History,
    examples,
    facts_of,
    offsets,
    oracle_of,
)

from pipelines.stages.eligibility.changes import Changes, changes
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.window_policy import window_policy

AS_OF = date(2026, 3, 1)
LINES = """
    source_system | encounter_id | line_number | stay_id | service_date | charge_amount
    main          | e1           | 1           | s1      | 2026-01-08   | 10.10
    main          | e2           | 1           | s1      | 2026-01-12   | 20.20
    main          | e3           | 1           | s1      | 2026-01-20   | 40.40"""


def changed(before: dict[str, str], after: dict[str, str], policy: str = "") -> Changes:
    window = window_policy(policy_of(policy) if policy else policy_of(), AS_OF)
    states = (Evidence(**frames(**drawing)) for drawing in (before, after))
    return changes(*states, frame_of("encounters", cells(LINES)), window, AS_OF)


def spans(found: Changes) -> list[tuple]:
    told = found.spans.select(
        "stay_id",
        "starts_on",
        "ends_on",
        "billable",
        pl.col("reasons_before", "reasons_after").list.join(" "),
        "line_count",
        "charge_amount",
    )
    return [tuple(str(value) for value in row) for row in told.iter_rows()]


def because(found: Changes) -> list[tuple]:
    told = found.causes.select("feed", "feed_key", "change", pl.col("columns").list.join(" "))
    return told.rows()


def stay(released: str = "", expected: str = "") -> str:
    return f"""
        stay_id | person_id | facility_id | booked_at        | released_at | expected_release_on
        s1      | p1        | jail        | 2025-10-01 08:00 | {released}  | {expected}"""


ACTIVATED = "activation_id | person_id | activated_on\na1 | p1 | {}"
SCREENED = BASE["screenings"]
ONE_DAY_LESS = """
    s1 | 2026-01-07 | 2026-01-09 | False | | ji_aid_code | 1 | 10.10"""


@pytest.mark.parametrize(
    ("before", "after", "expected", "causes"),
    [
        pytest.param({}, {}, "", [], id="nothing"),
        pytest.param(
            {"people": "person_id | cin | phone\np1 | 90000001A | 5551000"},
            {"people": "person_id | cin | phone\np1 | 90000001A | 5552000"},
            "",
            [],
            id="a phone number decides nothing",
        ),
        pytest.param(
            {},
            {"ji_activations": ACTIVATED.format("2026-01-10")},
            ONE_DAY_LESS,
            [("ji_activations", "a1", "changed", "activated_on")],
            id="activated later",
        ),
        pytest.param(
            {"ji_activations": ACTIVATED.format("2026-01-10")},
            {},
            "s1 | 2026-01-07 | 2026-01-09 | True | ji_aid_code | | 1 | 10.10",
            [("ji_activations", "a1", "changed", "activated_on")],
            id="activated earlier",
        ),
        pytest.param(
            {"coverage": "cin | aid_code | starts_on | is_ji_aid_code"},
            {},
            "s1 | 2026-01-07 | 2026-01-20 | True | enrolled | | 3 | 70.70",
            [("coverage", "90000001A/M1/2025-01-01", "added", "")],
            id="coverage given back to last year",
        ),
        pytest.param(
            {},
            {
                "screenings": "screening_id | stay_id | screening_type | screened_on | declined "
                "| outcome\nc1 | s1 | pre_release_access | 2026-01-05 | no | does_not_meet"
            },
            "s1 | 2026-01-07 | 2026-01-20 | False | | screening | 3 | 70.70",
            [("screenings", "c1", "changed", "outcome")],
            id="screening corrected",
        ),
        pytest.param(
            {},
            {"facilities": "facility_id | facility_type | live_from\njail|county_jail|2026-01-12"},
            "s1 | 2026-01-07 | 2026-01-11 | False | | facility | 1 | 10.10",
            [("facilities", "jail", "changed", "live_from")],
            id="go-live moved",
        ),
        pytest.param(
            {},
            {"eligibility_answers": "cin | month | share_of_cost_amount\n90000001A|2026-01|50.00"},
            "s1 | 2026-01-07 | 2026-01-20 | False | | share_of_cost | 3 | 70.70",
            [("eligibility_answers", "90000001A/2026-01", "added", "")],
            id="share of cost",
        ),
        pytest.param(
            {"people": "person_id | cin | merged_into\np1 | |\np2 | 90000001A |"},
            {"people": "person_id | cin | merged_into\np1 | | p2\np2 | 90000001A |"},
            "s1 | 2026-01-07 | 2026-01-20 | True | enrolled | | 3 | 70.70",
            [("people", "p1", "changed", "merged_into")],
            id="merged into whom the number belongs to",
        ),
        pytest.param(
            {},
            {"people": "person_id | cin\np1 | 90000002A"},
            "s1 | 2026-01-07 | 2026-01-20 | False | | enrolled | 3 | 70.70",
            [("people", "p1", "changed", "cin")],
            id="number corrected",
        ),
        pytest.param(
            {"people": "person_id | cin\np1 | 90000002A"},
            {
                "people": "person_id | cin\np1 | 90000002A",
                "cin_aliases": "alias_cin | cin | reason\n90000001A | 90000002A | changed",
            },
            "s1 | 2026-01-07 | 2026-01-20 | True | enrolled | | 3 | 70.70",
            [("cin_aliases", "90000001A", "added", "")],
            id="alias arrives",
        ),
        pytest.param(
            {},
            {"custody_stays": "stay_id | person_id | facility_id | booked_at"},
            "s1 | 2026-01-07 | 2026-01-20 | False | | custody | 3 | 70.70",
            [("custody_stays", "s1", "withdrawn", "")],
            id="stay withdrawn",
        ),
    ],
)
def test_changes(before: dict, after: dict, expected: str, causes: list[tuple]) -> None:
    found = changed(before, after)
    assert spans(found) == (drawn(expected) if expected else [])
    assert because(found) == causes


def test_a_second_booking_takes_the_days_of_the_first() -> None:
    later = LONG_STAY + "\n s2 | p1 | annex | 2026-01-18 08:00 | "
    found = changed({"custody_stays": LONG_STAY}, {"custody_stays": later})
    assert spans(found) == drawn(
        """
        s1 | 2026-01-18 | 2026-03-01 | False |         | custody | 1 | 40.40
        s2 | 2026-01-18 | 2026-03-01 | True  | custody |         | 0 | 0.00"""
    )
    told = [("custody_stays", "s2", "added", "")]
    assert because(found) == told * 2


def test_a_release_that_moves_twice_gains_and_loses_to_the_cent() -> None:
    """Counted back from the release: what is expected, then later, then final and sooner."""
    opened = {"ji_activations": ACTIVATED.format("2025-10-02")}
    opened["screenings"] = SCREENED.replace("2026-01-05", "2025-10-01")
    first = opened | {"custody_stays": stay(expected="2026-03-30")}
    moved = opened | {"custody_stays": stay(expected="2026-04-10")}
    final = opened | {"custody_stays": stay(released="2026-02-01 08:00")}
    lookback = "release_lookback"

    later = changed(first, moved, lookback)
    assert spans(later) == drawn("s1 | 2025-12-31 | 2026-01-10 | False | | ninety_days | 1 | 10.10")
    assert because(later) == [("custody_stays", "s1", "changed", "expected_release_on")]

    sooner = changed(moved, final, lookback)
    assert spans(sooner) == drawn(
        """
        s1 | 2025-11-04 | 2026-01-10 | True  | ninety_days |         | 1 | 10.10
        s1 | 2026-02-02 | 2026-03-01 | False |             | custody | 0 | 0.00"""
    )
    gained, lost = (
        sum((row[-1] for row in found.spans.filter(billable=way).rows()), Decimal(0))
        for found, way in ((sooner, True), (later, False))
    )
    assert (gained, lost) == (Decimal("10.10"), Decimal("10.10"))


@examples
@given(HISTORY, HISTORY, WINDOWS, offsets)
def test_changed_days_are_those_on_which_two_oracles_differ(
    one: History, other: History, window: tuple[str, str], offset: int
) -> None:
    as_of = date.fromordinal(START.toordinal() + offset)
    states = [facts_of(history) for history in (one, other)]
    policy = window_policy(policy_of(*window, days=CLOCK), as_of)
    found = changes(
        *(Evidence(**state) for state in states), frame_of("encounters", []), policy, as_of
    )
    assert _days(found) == _differing([oracle_of(state, window, as_of) for state in states])
    assert not found.causes.join(found.spans, on=["stay_id", "starts_on"], how="anti").height


def _days(found: Changes) -> set[tuple[str, date, bool]]:
    days = found.spans.with_columns(day=pl.date_ranges("starts_on", "ends_on")).explode("day")
    return set(days.select("stay_id", "day", "billable").iter_rows())


def _differing(oracles: list[Oracle]) -> set[tuple[str, date, bool]]:
    before, after = (
        {(row["stay_id"], row["day"]) for row in oracle.billable_days() if row["billable"]}
        for oracle in oracles
    )
    return {(*day, day in after) for day in before ^ after}
