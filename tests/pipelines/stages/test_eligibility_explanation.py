"""One stay explained: stretches that are the billable days, and each boundary's source row."""

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from eligibility_facts import cells, frame_of, frames, policy_of
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
)

from contracts.errors import UsageError
from pipelines.stages.eligibility.days import billable_days
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.explanation import explained
from pipelines.stages.eligibility.window_policy import window_policy

AS_OF = date(2026, 6, 30)
LINES = """
    source_system | encounter_id | line_number | stay_id | service_date | procedure_code | charge_amount
    main          | e2           | 1           | s1      | 2026-01-12   | 99213          | 20.00
    main          | e1           | 1           | s1      | 2026-01-06   | 99213          | 10.00
    main          | e3           | 1           | s9      | 2026-01-08   | 99213          | 30.00"""  # noqa: E501
NO_LINES = frame_of("encounters", [])


def told(stay_id: str = "s1", **drawings: str) -> dict[str, list[tuple]]:
    window = window_policy(policy_of(), AS_OF)
    evidence = Evidence(**frames(**drawings))
    found = explained(stay_id, evidence, frame_of("encounters", cells(LINES)), window, AS_OF)
    stretches = found.stretches.with_columns(pl.col("reasons").list.join(" "))
    services = found.services.select("encounter_id", pl.col("reasons").list.join(" "))
    facts = found.facts.select("lane", "label", "starts_on", "ends_on", "feed", "row_number")
    return {
        name: [tuple(map(str, row)) for row in frame.rows()]
        for name, frame in (("stretches", stretches), ("services", services), ("facts", facts))
    }


def test_a_stay_with_all_that_decides_its_days() -> None:
    assert told() == {
        "stretches": [
            ("2026-01-05", "2026-01-06", "False", "ji_aid_code"),
            ("2026-01-07", "2026-01-20", "True", ""),
        ],
        "services": [("e1", "ji_aid_code"), ("e2", "")],
        "facts": [
            ("activation", "activation a1", "2026-01-07", "None", "ji_activations", "1"),
            ("coverage", "aid code M1, suspended", "2025-01-01", "None", "coverage", "1"),
            ("custody", "stay s1 at jail", "2026-01-05", "2026-01-20", "custody_stays", "1"),
            ("facility", "jail live", "2024-10-01", "None", "facilities", "1"),
            ("screening", "screening c1: meets", "2026-01-05", "2026-01-05", "screenings", "1"),
        ],
    }


def test_other_stays_numbers_and_shares_of_the_person_are_told() -> None:
    lanes = told(
        custody_stays="""
            stay_id | person_id | facility_id | booked_at        | released_at      | released_to
            s1      | p1        | jail        | 2026-01-05 22:30 | 2026-01-20 23:30 | transfer
            s2      | old       | annex       | 2026-01-21 08:00 |                  |
            s3      | p9        | annex       | 2026-01-21 08:00 |                  |""",
        people="person_id | cin | merged_into\np1 | 90000001A |\nold | 90000002A | p1\np9 | |",
        coverage="""
            cin       | aid_code | starts_on  | coverage_status | is_ji_aid_code
            90000002A | J1       | 2026-01-01 | active          | yes
            90000003A | J1       | 2026-01-01 | active          | yes""",
        eligibility_answers="""
            cin       | month   | share_of_cost_amount | share_of_cost_met_on
            90000002A | 2026-01 | 50.00                |
            90000001A | 2026-02 | 50.00                | 2026-02-03""",
    )["facts"]
    named = [(lane, label) for lane, label, *_ in lanes if lane not in ("facility", "screening")]
    assert named == [
        ("activation", "activation a1"),
        ("aid code", "aid code J1, active"),
        ("custody", "stay s1 at jail"),
        ("custody", "stay s2 at annex"),
        ("share of cost", "share of cost not met"),
        ("share of cost", "share of cost met"),
    ]


def test_a_stay_that_nobody_has_sent_is_refused() -> None:
    with pytest.raises(UsageError, match="no accepted file has this stay_id"):
        told("s9")


@examples
@given(HISTORY, WINDOWS, offsets)
def test_stretches_are_the_billable_days(
    history: History, window: tuple[str, str], offset: int
) -> None:
    facts, as_of = facts_of(history), date.fromordinal(START.toordinal() + offset)
    policy = policy_of(*window, days=CLOCK)
    days = billable_days(**facts, policy=policy, as_of=as_of)
    chosen = window_policy(policy, as_of)
    for stay_id in facts["custody_stays"]["stay_id"]:
        found = explained(stay_id, Evidence(**facts), NO_LINES, chosen, as_of).stretches
        told = found.select("billable", "reasons").rows()
        assert all(one != following for one, following in pairwise(told))
        drawn = found.with_columns(day=pl.date_ranges("starts_on", "ends_on")).explode("day")
        assert drawn.select("day", "billable", "reasons").rows() == (
            days.filter(stay_id=stay_id).select("day", "billable", "reasons").rows()
        )
