"""What measures count on the days on which something begins, ends or is settled."""

from datetime import date

import measured_county as county
import polars as pl
import pytest
from measures_counted import POLICY, counted_again, later, row

from contracts.errors import HeldByPolicyError
from contracts.policy import Policy, shipped_text
from reports.measure import definition, measures, parameters
from reports.measuring import measure


@pytest.mark.parametrize(
    ("day", "held", "early"),
    [("09-01", 1, 1), ("09-02", 1, 0), ("09-15", 1, 0), ("09-16", 0, 0)],
)
def test_a_handoff_counts_until_release_and_as_early_until_14_days_before(
    day: str, held: int, early: int
) -> None:
    found = counted_again("r10_handoff", care_milestones=county.handed_off_on(day))
    assert row(found, "held")["numerator"] == held
    assert row(found, "held_early")["numerator"] == early


LATER = [
    # seen on December 31, when all but the year after release is over
    ("r02_applications_sent", "applied",             (2, 3), 0),  # P2 P9, of these and P8
    ("r14_behavioral_health_link", "linked",         (2, 5), 0),  # P1 P3
    ("r15_enhanced_care", "enrolled_30_days",        (1, 5), 0),  # P1, of P1 P2 P9 P10 P12
    ("r15_enhanced_care", "enrolled_90_days",        (1, 4), 1),  # P9's 90 days are not over
    ("r15_enhanced_care", "enrolled_365_days",       (0, 0), 5),
    ("l03_follow_up", "followed",                    (1, 6), 0),  # P12's came on the 34th day
    ("r18_case_management", "after_release",         (2, 6), 0),  # P1 P12
    ("e04_continuity", "month_1",                    (1, 4), 0),  # P1
    ("e04_continuity", "month_2",                    (1, 4), 0),  # P3
    ("e04_continuity", "month_3",                    (0, 4), 0),
    ("e04_continuity", "month_6",                    (0, 0), 4),
]  # fmt: skip


@pytest.mark.parametrize(("name", "part", "share", "still_open"), LATER)
def test_what_time_has_settled_counts(
    name: str, part: str, share: tuple[int, int], still_open: int
) -> None:
    found = row(later().filter(measure=name), part)
    assert (found["numerator"], found["denominator"], found["open"]) == (*share, still_open)


@pytest.mark.parametrize(("day", "held"), [("08-20", 1), ("08-27", 1), ("08-28", 0)])
def test_a_short_term_handoff_counts_until_a_week_after_release(day: str, held: int) -> None:
    found = counted_again("r10_handoff", care_milestones=county.handed_off_on(day, "S2"))
    assert row(found, "held_short_term")["numerator"] == held


@pytest.mark.parametrize(("day", "served"), [("09-22", 3), ("09-23", 2)])
def test_an_activation_is_in_force_for_ninety_days(day: str, served: int) -> None:
    lines = county.facts()["service_lines"]
    is_last = pl.col("encounter_id") == "L6"  # P10's instead, activated on June 25
    moved = lines.with_columns(
        person_id=pl.when(is_last).then(pl.lit("P10")).otherwise("person_id"),
        service_date=pl.when(is_last).then(pl.lit(county.on(day))).otherwise("service_date"),
    )
    assert row(counted_again("r08_served", service_lines=moved), "served")["numerator"] == served


@pytest.mark.parametrize(("day", "is_short"), [("08-06", False), ("08-07", True)])
def test_fewer_than_fourteen_days_to_release_are_short_term(day: str, *, is_short: bool) -> None:
    activations = county.facts()["activations"]
    is_second = pl.col("person_id") == "P2"  # released on August 20
    moved = activations.with_columns(
        from_on=pl.when(is_second).then(pl.lit(county.on(day))).otherwise("from_on")
    )
    found = counted_again("r10_handoff", activations=moved)
    assert row(found, "held_short_term")["denominator"] == is_short
    assert row(found, "held")["denominator"] == 2 - is_short


def test_time_that_runs_is_open_until_its_last_day() -> None:
    screened = row(counted_again("r01_screened_at_booking", as_of=date(2026, 10, 2)), "screened")
    # P5 was screened on the third day, October 2
    assert (screened["numerator"], screened["denominator"], screened["open"]) == (5, 8, 0)


def test_without_a_row_every_measure_counts_nothing() -> None:
    told = county.PARAMETERS | parameters(measures(), POLICY, county.AS_OF)
    found = measure(measures(), county.empty(), told)
    assert found.filter(pl.col("stratum") != "all").is_empty()
    assert found["numerator"].sum() == 0
    assert set(found["measure"]) == set(measures())


def test_an_unset_policy_value_stops_the_measure_that_needs_it() -> None:
    text = (
        shipped_text()
        + '[[enrollment.screen_days]]\nstatus = "unset"\nsource = "?"\nvalid_from = 2026-01-01\n'
    )
    with pytest.raises(HeldByPolicyError, match=r"enrollment\.screen_days"):
        parameters(["r01_screened_at_booking"], Policy(text), county.AS_OF)
    assert parameters(["r05_suspension"], Policy(text), county.AS_OF)["suspension_days"] == 28


def test_no_two_definitions_give_one_parameter_different_values() -> None:
    told: dict[str, set[tuple[str | None, int | None]]] = {}
    for name in measures():
        for key, one in definition(name).parameters.items():
            told.setdefault(key, set()).add((one.policy, one.value))
    assert {key for key, values in told.items() if len(values) > 1} == set()
