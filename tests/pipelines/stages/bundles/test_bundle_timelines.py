"""Timelines with what follows from them by the shipped, illustrative rules."""

from functools import cache

import polars as pl
import pytest
from bundle_timelines import drawn, on
from polars.testing import assert_frame_equal

from codesets.loader import CodeSets
from contracts.derived import DERIVED
from contracts.policy import Policy, shipped_text
from contracts.schemas import broken_rules
from pipelines.stages.bundles.evaluation import Bundles, bundles

RULES = CodeSets().table("care_bundles")
POLICY = Policy(shipped_text())
NAMES = {
    "1": "assignment_assessment", "2": "care_plan", "3": "consultation_coordination",
    "4": "plan_and_handoff", "5": "follow_up", "S": "short_term",
}  # fmt: skip

ASSESSED = "mgr@1 meet@3 assess@5 consent@5"
PLANNED = f"{ASSESSED} start@10"
READY = f"{PLANNED} post@30 final@40 share@41"
SIXTY = "act@1 out@60"

# what is drawn | timeline (booked on day 0) | as of | bundle | state | missing, or why
TABLE = f"""
nothing yet, just activated       | act@1 expect@60                                 | 2   | 1 | open     | manager_assigned first_meeting needs_assessment consent
all of the first bundle           | act@1 expect@60 {ASSESSED}                      | 6   | 1 | complete |
manager told by a milestone       | act@1 expect@60 assigned@2 meet@3 assess@5 consent@5 | 6 | 1 | complete |
one meeting missing               | act@1 expect@60 mgr@1 meet@3 consent@5          | 9   | 1 | open     | needs_assessment
assessment before first meeting   | act@1 expect@60 mgr@1 meet@6 assess@5 consent@5 | 9   | 1 | open     | needs_assessment:out_of_order
both meetings on one day          | act@1 expect@60 mgr@1 meet@5 assess@5 consent@5 | 9   | 1 | complete |
meeting without licensed signature| act@1 expect@60 mgr@1 meet@3 assess@5~ consent@5| 9   | 1 | open     | needs_assessment:not_signed_by_licensed
meeting not signed at all         | act@1 expect@60 mgr@1 meet@3! assess@5 consent@5| 9   | 1 | open     | first_meeting:not_signed needs_assessment:out_of_order
meeting of 14 minutes             | act@1 expect@60 mgr@1 meet@3/14 assess@5 consent@5 | 9 | 1 | open    | first_meeting:too_short needs_assessment:out_of_order
meeting of 15 minutes             | act@1 expect@60 mgr@1 meet@3/15 assess@5 consent@5 | 9 | 1 | complete |
meeting before activation         | act@4 expect@60 mgr@1 meet@3 assess@5 consent@5 | 9   | 1 | open     | first_meeting:too_early needs_assessment:out_of_order
manager assigned before activation| act@3 expect@60 mgr@0 meet@3 assess@5 consent@5 | 9   | 1 | complete |
consent from another time         | act@1 expect@60 mgr@1 meet@3 assess@5 sign@-90  | 9   | 1 | complete |
consent revoked before custody    | act@1 expect@60 mgr@1 meet@3 assess@5 sign@-90--1 | 9 | 1 | open    | consent
assessed on the day of release    | {SIXTY} mgr@1 meet@3 assess@60 consent@5        | 70  | 1 | complete |
assessed after release            | {SIXTY} mgr@1 meet@3 assess@61 consent@5        | 70  | 1 | missed   | needs_assessment:too_late
still possible on the last day    | {SIXTY} mgr@1 meet@3 consent@5                  | 60  | 1 | open     | needs_assessment
not activated, in custody         | expect@60 {ASSESSED}                            | 9   | 1 | not_due  | not_activated
not activated, released           | out@20 {ASSESSED}                               | 30  | 1 | exempt   | not_activated
plan after consent                | {SIXTY} {PLANNED}                               | 70  | 2 | complete |
plan before consent               | {SIXTY} mgr@1 meet@3 assess@5 consent@12 start@10 | 20 | 2 | open    | plan_started:out_of_order
plan, but not the bundle before   | {SIXTY} mgr@1 meet@3 consent@5 start@10         | 20  | 2 | open     | bundle:assignment_assessment
plan, the bundle before is lost   | {SIXTY} mgr@1 meet@3 consent@5 start@10         | 70  | 2 | missed   | bundle:assignment_assessment
declined                          | act@1 expect@60 mgr@1 refuse@4                  | 9   | 1 | exempt   | declined
declined, then consented          | act@1 expect@60 mgr@1 refuse@4 meet@6 assess@8 consent@8 | 9 | 1 | complete |
declined after it was complete    | act@1 expect@60 {ASSESSED} refuse@20            | 30  | 1 | complete |
declined, the next is excused     | act@1 expect@60 {ASSESSED} refuse@20            | 30  | 2 | exempt   | declined
died in custody                   | act@1 out@20 dead mgr@1                         | 30  | 1 | exempt   | deceased
consultation and linkage          | {SIXTY} consult@20 appoint@50                   | 70  | 3 | complete |
consultation as case management   | {SIXTY} casework@20 appoint@50                  | 70  | 3 | complete |
behavioral need, no link          | {SIXTY} smi consult@20 appoint@50               | 55  | 3 | open     | behavioral_health_link
behavioral need, linked           | {SIXTY} smi consult@20 appoint@50 link@46       | 70  | 3 | complete |
handoff 14 days before            | {SIXTY} {READY} handoff@46                      | 70  | 4 | complete |
handoff 13 days before            | {SIXTY} {READY} handoff@47                      | 70  | 4 | complete |
handoff on the day of release     | {SIXTY} {READY} handoff@60                      | 70  | 4 | complete |
handoff the day after             | {SIXTY} {READY} handoff@61                      | 70  | 4 | missed   | warm_handoff:too_late
released earlier than planned     | act@1 expect@60 out@45 {READY} handoff@46       | 70  | 4 | missed   | warm_handoff:too_late
still planned for day 60          | act@1 expect@60 {READY}                         | 45  | 4 | open     | warm_handoff
client absent, managers meet      | {SIXTY} {READY} handoff@46(po)                  | 70  | 4 | complete |
manager after release absent      | {SIXTY} {READY} handoff@46(cp)                  | 50  | 4 | open     | warm_handoff:participant_missing
same manager, no handoff          | {SIXTY} {PLANNED} same@30 final@40              | 70  | 4 | complete |
no manager after release          | {SIXTY} {PLANNED} final@40 share@41 handoff@46  | 70  | 4 | missed   | post_release_manager
plan shared, consent only after   | {SIXTY} {PLANNED} post@30 final@40 share@4 handoff@46 | 50 | 4 | open | plan_shared:out_of_order
plan shared before it was final   | {SIXTY} {PLANNED} post@30 final@40 share@39 handoff@46 | 50 | 4 | open | plan_shared:out_of_order
plan finalized without licence    | {SIXTY} {PLANNED} post@30 final@40~ share@41 handoff@46 | 50 | 4 | open | plan_finalized:not_signed_by_licensed plan_shared:out_of_order
medication for 30 days            | {SIXTY} rx {READY} handoff@46 meds@60/30        | 70  | 4 | complete |
medication for 29 days            | {SIXTY} rx {READY} handoff@46 meds@60/29        | 60  | 4 | open     | medications:supply_too_short
medication by the pharmacy        | {SIXTY} rx {READY} handoff@46 fill@59/30        | 70  | 4 | complete |
release day not known             | act@1 {READY} handoff@46                        | 50  | 4 | complete |
moved between two jails           | act@1 book@0 out@30 book@30 out@60 {READY} handoff@46 | 70 | 4 | complete |
moved, the release not yet known  | act@1 book@0 out@30 book@30 {PLANNED}           | 40  | 2 | complete |
activated twice, in the second    | act@1 act@100 out@130 mgr@1 meet@103 assess@105 consent@105 | 140 | 1 | complete |
activated twice, in the first     | act@1 act@100 out@130 {ASSESSED}                | 140 | 1 | complete |
youth, no condition asked         | act@1 youth expect@60 {ASSESSED}                | 9   | 1 | complete |
thirteen days: short term         | act@1 out@14 mgr@1 assess@5 consent@5 handoff@10 | 30 | S | complete |
thirteen days: no standard order  | act@1 out@14 {ASSESSED}                         | 30  | 1 | absent   |
fourteen days: standard           | act@1 out@15 {ASSESSED}                         | 30  | 1 | complete |
release unknown at activation     | act@1 out@60 unknown mgr@1 assess@5 consent@5 handoff@10 | 70 | S | complete |
short term, handoff a week after  | act@1 out@10 mgr@1 assess@5 consent@5 handoff@17 | 30 | S | complete |
short term, handoff eight days    | act@1 out@10 mgr@1 assess@5 consent@5 handoff@18 | 30 | S | missed   | warm_handoff:too_late
follow-up before release          | act@1 expect@60                                 | 9   | 5 | not_due  | follow_up
follow-up on the day of release   | {SIXTY} follow@60                               | 70  | 5 | open     | follow_up:too_early
follow-up the day after           | {SIXTY} follow@61                               | 70  | 5 | complete |
follow-up on day 30               | {SIXTY} follow@90                               | 95  | 5 | complete |
follow-up on day 31               | {SIXTY} follow@91                               | 95  | 5 | missed   | follow_up:too_late
follow-up not yet late            | {SIXTY}                                         | 90  | 5 | open     | follow_up
follow-up late                    | {SIXTY}                                         | 91  | 5 | missed   | follow_up
what is to come does not count    | act@1 expect@60 {ASSESSED}                      | 4   | 1 | open     | needs_assessment consent
"""  # noqa: E501 - a table is read in rows
CASES = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


PLACES = {case[0]: number for number, case in enumerate(CASES, start=1)}


@cache
def told_on(as_of: int) -> Bundles:
    """All timelines at once, as persons of one county."""
    return bundles(drawn(*(case[1] for case in CASES)), RULES, POLICY, on(as_of))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_timeline(case: list[str]) -> None:
    name, _, as_of, bundle, state, told = case
    assert found(told_on(int(as_of)), PLACES[name], NAMES[bundle]) == (state, sorted(told.split()))


def found(made: Bundles, number: int, bundle: str) -> tuple[str, list[str]]:
    """How the bundle stands, and what is missing of it, or why it stands so."""
    mine = pl.col("stay_id").str.contains(f"^S{number}[a-z]?$") & (pl.col("bundle_id") == bundle)
    rows = made.bundles.filter(mine).to_dicts()
    if not rows:
        return "absent", []
    missing = made.bundle_elements.filter(mine, state="missing").select("element", "reason")
    named = [f"{one}:{why}" if why else one for one, why in missing.iter_rows()]
    return rows[0]["state"], sorted(named or (rows[0]["reasons"] or []))


@pytest.mark.parametrize("stays_at_once", [1, 10])
def test_a_large_county_is_judged_in_parts_to_the_same_end(stays_at_once: int) -> None:
    care = drawn(*(case[1] for case in CASES))
    made = bundles(care, RULES, POLICY, on(70), stays_at_once)
    whole, key = told_on(70), ["stay_id", "bundle_id", "ordinal"]
    assert_frame_equal(made.bundles.sort(key), whole.bundles.sort(key))
    more = [*key, "element", "number"]
    assert_frame_equal(made.bundle_elements.sort(more), whole.bundle_elements.sort(more))


def test_what_is_drawn_keeps_its_contracts() -> None:
    made = told_on(70)
    assert broken_rules(DERIVED["bundles"], made.bundles) == {}
    assert broken_rules(DERIVED["bundle_elements"], made.bundle_elements) == {}
    assert {*made.bundles["state"]} == {"exempt", "complete", "missed", "open", "not_due"}
