"""Billable days under either window policy: what starts the clock and what lies outside it."""

from datetime import date

import polars as pl
import pytest
from eligibility_facts import BASE, LONG_STAY, policy_of
from eligibility_lines import days, drawn

from pipelines.stages.eligibility.coverage import listed_as_ji


def test_the_clock_runs_for_ninety_days_both_ends_included() -> None:
    assert days(custody_stays=LONG_STAY, as_of=date(2026, 4, 10)) == drawn("""
        s1 | 2026-01-05 | 2026-01-06 | ji_aid_code
        s1 | 2026-01-07 | 2026-04-06 |
        s1 | 2026-04-07 | 2026-04-10 | ninety_days
    """)


def test_after_deactivation_a_clock_that_ran_out_is_told_too() -> None:
    activations = """
        activation_id | person_id | activated_on | deactivated_on
        a1            | p1        | 2026-01-05   | 2026-04-01"""
    found = days(custody_stays=LONG_STAY, as_of=date(2026, 4, 5), ji_activations=activations)
    assert found[1:] == drawn("""
        s1 | 2026-04-02 | 2026-04-04 | ji_aid_code
        s1 | 2026-04-05 | 2026-04-05 | ji_aid_code ninety_days
    """)


def test_without_activations_coverage_spans_start_the_clock_and_months_in_a_row_start_one() -> None:
    coverage = """
        cin       | aid_code | starts_on  | ends_on    | coverage_status | is_ji_aid_code
        90000001A | M1       | 2025-01-01 |            | active          | no
        90000001A | J1       | 2026-01-10 | 2026-01-31 | active          | yes
        90000001A | J2       | 2026-02-01 | 2026-02-28 | active          | yes
        90000001A | J3       | 2026-02-03 | 2026-02-05 | active          | yes
        90000001A | J1       | 2026-03-01 |            | active          | yes"""
    found = days(
        custody_stays=LONG_STAY,
        coverage=coverage,
        ji_activations="activation_id | person_id",
        as_of=date(2026, 4, 12),
    )
    assert found == drawn("""
        s1 | 2026-01-05 | 2026-01-09 | ji_aid_code
        s1 | 2026-01-10 | 2026-04-09 |
        s1 | 2026-04-10 | 2026-04-12 | ninety_days
    """)


def test_coverage_that_pauses_for_a_day_starts_a_clock_of_its_own() -> None:
    coverage = """
        cin       | aid_code | starts_on  | ends_on    | coverage_status | is_ji_aid_code
        90000001A | M1       | 2025-01-01 |            | active          | no
        90000001A | J1       | 2025-12-01 | 2026-01-07 | active          | yes
        90000001A | J1       | 2026-01-09 |            | active          | yes"""
    none = "activation_id | person_id"
    as_of = date(2026, 4, 9)
    found = days(custody_stays=LONG_STAY, coverage=coverage, ji_activations=none, as_of=as_of)
    assert found == drawn("""
        s1 | 2026-01-05 | 2026-01-07 |
        s1 | 2026-01-08 | 2026-01-08 | ji_aid_code
        s1 | 2026-01-09 | 2026-04-08 |
        s1 | 2026-04-09 | 2026-04-09 | ninety_days
    """)


@pytest.mark.parametrize(
    ("aid_code", "day", "is_listed"),
    [
        ("J1", date(2020, 1, 1), True),  # the first edition judges the days before it
        ("J1", date(2026, 1, 1), False),
        ("J2", date(2020, 1, 1), False),
        ("J2", date(2026, 1, 1), True),
        (None, date(2026, 1, 1), False),
        ("J1", None, True),
    ],
)
def test_an_aid_code_is_listed_by_the_edition_of_its_day(
    aid_code: str | None, day: date | None, *, is_listed: bool
) -> None:
    editions = pl.DataFrame(
        [("J1", date(2024, 10, 1), date(2025, 12, 31)), ("J2", date(2026, 1, 1), None)],
        schema={"code": pl.String, "edition_from": pl.Date, "edition_to": pl.Date},
        orient="row",
    )
    asked = pl.Series([aid_code], dtype=pl.String), pl.Series([day], dtype=pl.Date)
    assert listed_as_ji(*asked, editions).to_list() == [is_listed]


def test_an_aid_code_that_no_activation_of_the_person_times_is_out_of_time() -> None:
    coverage = BASE["coverage"] + "\n 90000001A | J1 | 2026-01-01 | active | yes"
    activations = """
        activation_id | person_id | activated_on | deactivated_on
        a1            | p1        | 2026-01-07   | 2026-01-18"""
    assert days(coverage=coverage, ji_activations=activations) == drawn("""
        s1 | 2026-01-05 | 2026-01-06 | ninety_days
        s1 | 2026-01-07 | 2026-01-18 |
        s1 | 2026-01-19 | 2026-01-20 | ninety_days
    """)


RELEASES = """
    stay_id | person_id | facility_id | booked_at        | released_at      | expected_release_on
    s1      | p1        | jail        | 2026-01-05 08:00 | 2026-04-20 10:00 | 2026-03-01
    s2      | p2        | jail        | 2026-01-05 08:00 |                  | 2026-04-20
    s3      | p3        | jail        | 2026-01-05 08:00 |                  | """


@pytest.mark.parametrize(
    ("needs_activation", "before_activation"), [("yes", "ji_aid_code"), ("no", "")]
)
def test_release_lookback_admits_the_ninety_days_before_release(
    needs_activation: str, before_activation: str
) -> None:
    found = days(
        policy_of("release_lookback", needs_activation),
        as_of=date(2026, 4, 22),
        custody_stays=RELEASES,
        people="""
            person_id | cin
            p1        | 90000001A
            p2        | 90000001A
            p3        | 90000001A""",
        ji_activations="""
            activation_id | person_id | activated_on
            a1            | p1        | 2026-01-25
            a2            | p2        | 2026-01-01
            a3            | p3        | 2026-01-01""",
        screenings="""
            screening_id | stay_id | screening_type     | screened_on | declined | outcome
            c1           | s1      | pre_release_access | 2026-01-05  | no       | meets
            c2           | s2      | pre_release_access | 2026-01-05  | no       | meets
            c3           | s3      | pre_release_access | 2026-01-05  | no       | meets""",
    )
    early = f"{before_activation} ninety_days".strip()
    assert found[0] == ("s1", "2026-01-05", "2026-01-20", early)
    # An activation 89 days before its last day is no limit here: s2's is 109 days old at its end.
    assert found[-4:] == drawn("""
        s2 | 2026-01-05 | 2026-01-20 | ninety_days
        s2 | 2026-01-21 | 2026-04-20 |
        s2 | 2026-04-21 | 2026-04-22 | ninety_days
        s3 | 2026-01-05 | 2026-04-22 | ninety_days
    """)
    billable = [line for line in found if line[0] == "s1" and not line[3]]
    first = "2026-01-25" if needs_activation == "yes" else "2026-01-21"
    assert billable == [("s1", first, "2026-04-20", "")]
