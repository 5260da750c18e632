"""Every measure over ten people: numerator and denominator counted by hand."""

from decimal import Decimal

import pytest
from measures_counted import counted, row

from reports.measure import definition, measures

SHARES = [
    # measure                    part               of them          exempt open unknown
    # P1 P7 P8 P9 in time; P2 P4 late, P3 declined; P5's three days are not over
    ("r01_screened_at_booking", "screened",               (4, 7), (0, 1, 0)),
    ("r01_screened_at_booking", "declined",               (1, 8), (0, 0, 0)),
    # P2 applied, P8 did not; P9 did, but its five days are not over
    ("r02_applications_sent", "applied",                  (1, 2), (0, 1, 0)),
    # A2, of A1 A2 A4 A6 A9
    ("r03_applications_approved", "approved",             (1, 5), (0, 0, 0)),
    ("r03_applications_approved", "approved_of_decided",  (1, 3), (0, 2, 0)),
    # A6 denied; A4 A9 pending, A4 for 57 days
    ("r04_applications_denied", "denied",                 (1, 5), (0, 0, 0)),
    ("r04_applications_denied", "pending",                (2, 5), (0, 0, 0)),
    ("r04_applications_denied", "pending_long",           (1, 5), (0, 0, 0)),
    # P1 P2 on the 29th day, P3 on the 11th; P1 active on release, P2 three days later, P3 never
    ("r05_suspension", "suspended_after_28_days",         (2, 3), (0, 0, 0)),
    ("r05_suspension", "unsuspended_on_release",          (1, 3), (0, 0, 0)),
    # of P1 P2 P3 P4; P7 is in a youth facility
    ("r06_screened_for_criteria", "screened",             (3, 4), (1, 0, 0)),
    ("r06_screened_for_criteria", "met",                  (3, 4), (1, 0, 0)),
    # P1 P2 P3 P7, of these and P6 P9
    ("r07_activated", "activated",                        (4, 6), (0, 0, 0)),
    # P1 P3, of P1 P2 P3 P7 P10 P12
    ("r08_served", "served",                              (2, 6), (0, 0, 0)),
    # of P1 P2 P3 P10 P12; P12's plan came after release
    ("r09_assessed_and_planned", "assessed",              (1, 5), (0, 0, 0)),
    ("r09_assessed_and_planned", "planned",               (4, 5), (0, 0, 0)),
    ("r09_assessed_and_planned", "shared_with_plan",      (1, 5), (0, 0, 0)),
    # P1; P2 is short-term, P3 has one manager, of P10 nobody knows
    ("r10_handoff", "held",                               (1, 1), (2, 0, 1)),
    ("r10_handoff", "held_early",                         (1, 1), (2, 0, 1)),
    ("r10_handoff", "held_short_term",                    (1, 1), (2, 0, 1)),
    # P1 by a fill, P10 by a milestone, P2 had 14 days
    ("r11_medications_in_hand", "in_hand",                (2, 3), (0, 0, 0)),
    # of P1 P3 P12
    ("r12_addiction_treatment", "treated",                (1, 3), (0, 0, 0)),
    ("r12_addiction_treatment", "naloxone",               (2, 3), (0, 0, 0)),
    # P1, of P1 P10
    ("r13_equipment_in_hand", "in_hand",                  (1, 2), (0, 0, 0)),
    # of P1 P2 P3 P10 P12; P3 after release; the months of P1 and P10 are not over
    ("r14_behavioral_health_link", "linked_by_release",   (1, 5), (0, 0, 0)),
    ("r14_behavioral_health_link", "linked",              (1, 3), (0, 2, 0)),
    # of P1 P2 P12; P10 was released yesterday; of P3 neither plan nor county is known
    ("r15_enhanced_care", "enrolled_30_days",             (0, 2), (0, 2, 1)),
    ("r15_enhanced_care", "enrolled_90_days",             (0, 0), (0, 4, 1)),
    ("r15_enhanced_care", "enrolled_365_days",            (0, 0), (0, 4, 1)),
    ("r15_enhanced_care", "contact_2_business_days",      (1, 3), (0, 1, 1)),
    ("r15_enhanced_care", "contact_again_in_week",        (1, 3), (0, 1, 1)),
    # L2 L3, of L1 L2 L3 L6; L4 is a draft, L5 of June
    ("r17_unbilled", "unbilled",                          (2, 4), (0, 0, 0)),
    # of P1 P2 P3 P10 P12: P12 had none before, one after; the months of P1 P10 are not over
    ("r18_case_management", "before_release",             (4, 5), (0, 0, 0)),
    ("r18_case_management", "after_release",              (1, 3), (0, 2, 0)),
    # P1 and P12 are 19
    ("r18_youth", "screened",                             (1, 2), (0, 0, 0)),
    ("r18_youth", "managed",                              (0, 1), (0, 1, 0)),
    # P1; P2's activation ended without; those of P3 P7 go on
    ("l01_first_service", "served",                       (1, 2), (0, 2, 0)),
    # of P2 P3 P12; the months of P1 P10 are not over
    ("l03_follow_up", "followed",                         (0, 3), (0, 2, 0)),
    # of P1 P2 P3 P10
    ("e04_continuity", "month_1",                         (0, 2), (0, 2, 0)),
    ("e04_continuity", "month_2",                         (0, 0), (0, 4, 0)),
    # C1 C8, of C1 C2 C3 C8; C4 is not answered, the first of C6 was withdrawn
    ("r16_claims_sent", "first_pass",                     (2, 4), (1, 1, 0)),
    # C2, of C1 C2 C8; C3 was rejected before
    ("r16_claims_sent", "denied",                         (1, 3), (2, 1, 0)),
    # C3, of C1 C2 C3 C6 C8
    ("r16_claims_sent", "rejected",                       (1, 5), (0, 1, 0)),
    # C1 C6 C8, of these and C2; C3 C4 wait
    ("r16_lines_answered", "paid_lines",                  (3, 4), (0, 2, 0)),
    ("r16_lines_answered", "denied_lines",                (1, 4), (0, 2, 0)),
    # C1 C2 C3 C4; C8 five days late, C6 is gone
    ("r16_timeliness", "in_time",                         (4, 5), (0, 0, 1)),
    # of C2's three reasons one was told, one could have been
    ("r16_denials", "foreseen",                           (1, 2), (1, 0, 0)),
    # one overturned, one upheld, one withdrawn, one not decided
    ("r16_appeals", "overturned",                         (1, 2), (1, 1, 0)),
    # of S1 S1 S3; S2's is exempt, those of S3 and S9 can still be done
    ("l04_bundles", "complete",                           (2, 3), (1, 2, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "part", "share", "beside"), SHARES)
def test_who_counts_in_a_share(
    name: str, part: str, share: tuple[int, int], beside: tuple[int, int, int]
) -> None:
    found = row(counted(name), part)
    assert (found["numerator"], found["denominator"]) == share
    assert (found["exempt"], found["open"], found["unknown"]) == beside
    assert found["median_days"] is None


DAYS = [
    # measure                   part                 days of each          median
    ("r01_screened_at_booking", "screening_days",    6, 2.0),    # 1 1 1 3 11 15
    ("r02_applications_sent", "application_days",    2, 1.5),    # 1 2
    ("r03_applications_approved", "decision_days",   3, 17.0),   # 4 17 18
    ("r05_suspension", "unsuspension_days",          2, 1.5),    # 0 3
    ("r07_activated", "activation_days",             4, 5.0),    # 2 5 5 5
    ("r07_activated", "days_left",                   3, 43.0),   # 8 43 62
    ("r14_behavioral_health_link", "link_days",      2, 9.5),    # 0 19
    ("r15_enhanced_care", "enrollment_days",         1, 5.0),
    ("l01_first_service", "first_service_days",      2, 8.5),    # 5 12
    ("l03_follow_up", "follow_up_days",              1, 10.0),
    ("r16_lines_answered", "days_to_pay",            4, 10.0),   # 4 10 10 20
    ("r16_timeliness", "sending_days",               5, 10.0),   # 5 9 10 15 197
]  # fmt: skip


@pytest.mark.parametrize(("name", "part", "of", "median"), DAYS)
def test_median_days_of_those_who_have_a_figure(
    name: str, part: str, of: int, median: float
) -> None:
    found = row(counted(name), part)
    assert (found["denominator"], found["median_days"]) == (of, median)
    assert found["numerator"] is None


COUNTS = [
    ("r18_beneficiaries_served", "served",    2),  # P1 P3
    ("r18_services_by_type", "services",      4),  # L1 L2 L3 L6
    ("r18_screenings", "screenings",         12),
    ("r18_referrals", "referrals",            3),  # two links, one appointment
    ("l02_how_services_are_given", "services", 5),  # L1 L2 L3 L4 L6
    ("e01_members", "members",                1),  # P1, twice
    ("e02_outreach", "attempts",              1),
    ("e03_community_supports", "members",     1),
    ("r16_claims_sent", "claims",             6),  # C1 C2 C3 C4 C6 C8
    ("r16_lines_answered", "lines",           6),
    ("r16_denials", "denials",                3),  # those of C2
    ("r16_at_risk", "waiting",                4),  # C7 C10, and two denials of C2
    ("l04_bundles", "unfinished",             3),  # of S1 S3 S9
]  # fmt: skip


@pytest.mark.parametrize(("name", "part", "count"), COUNTS)
def test_counts_have_no_denominator(name: str, part: str, count: int) -> None:
    found = row(counted(name), part)
    assert (found["numerator"], found["denominator"], found["exempt"]) == (count, None, None)


DOLLARS = [
    # measure                  part               dollars    of dollars   lines
    ("r16_claims_sent", "charged",                "350.00",  None,        6),
    # what is charged is paid, adjusted, denied or open
    ("r16_dollars", "charged",                    "350.00",  None,        6),
    ("r16_dollars", "paid",                       "155.00",  None,        3),  # C1 C6 C8
    ("r16_dollars", "adjusted",                   "45.00",   None,        3),
    ("r16_dollars", "denied",                     "50.00",   None,        1),  # C2
    ("r16_dollars", "still_open",                 "100.00",  None,        2),  # C3 C4
    ("r16_denials", "denied",                     "50.00",   None,        3),
    # besides, C5 C9 of May, and C7 that was not sent
    ("r16_receivables", "charged",                "405.00",  None,        9),
    ("r16_receivables", "paid",                   "155.00",  None,        3),
    ("r16_receivables", "adjusted",               "45.00",   None,        3),
    ("r16_receivables", "denied",                 "75.00",   None,        2),  # C2 C9
    ("r16_receivables", "still_open",             "130.00",  None,        4),  # C3 C4 C5 C7
    ("r16_receivables", "recovered",              "5.00",    None,        1),  # C8
    # C1 C2 C6 C8 C9 are adjudicated: 275 charged, 45 of it adjusted
    ("r16_collection", "net_collection",          "155.00",  "230.00",    5),
    ("r16_collection", "denial",                  "75.00",   "275.00",    5),
    ("r16_collection", "aged_over_90",            "10.00",   "130.00",    4),  # C5
    # sent from July 4 on: all but C5 C9; C7 was not sent
    ("r16_collection", "days_in_receivables",     "130.00",  "350.00",    6),
    ("r16_at_risk", "at_risk",                    "93.00",   None,        4),  # 20 + 33 + 25 + 15
    ("l04_bundles", "complete_dollars",           "240.00",  None,        2),
    ("l04_bundles", "at_risk",                    "200.00",  None,        2),  # 80 + 120
    ("l04_bundles", "lost",                       "200.00",  None,        1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "part", "dollars", "of", "lines"), DOLLARS)
def test_dollars_to_the_cent(
    name: str, part: str, dollars: str, of: str | None, lines: int
) -> None:
    found = row(counted(name), part)
    assert (found["amount"], found["amount_of"]) == (Decimal(dollars), of and Decimal(of))
    assert (found["numerator"], found["denominator"]) == (lines, None)


def test_days_in_receivables_are_open_dollars_over_those_of_a_day() -> None:
    found = row(counted("r16_collection"), "days_in_receivables")
    assert found["median_days"] == pytest.approx(130 / (350 / 90))


BREAKDOWNS = [
    ("r04_applications_denied", "denial_reason", {"income": (1, 5)}),
    ("r06_screened_for_criteria", "criterion", {
        "chronic_condition": (1, 4), "mental_illness": (1, 4), "opioid_use_disorder": (1, 4),
        "serious_mental_illness": (1, 4), "substance_use_disorder": (1, 4)}),
    ("r08_served", "category", {"chw": (1, 6), "consultation": (1, 6), "mat": (1, 6)}),
    ("r17_unbilled", "verdict", {"clean": (1, 4), "held": (1, 4)}),
    ("r18_services_by_type", "service_type", {
        "chw": (1, None), "consultation": (2, None), "mat": (1, None)}),
    ("r18_screenings", "screening_type", {
        "medi_cal": (6, None), "pre_release_access": (6, None)}),
    ("r18_referrals", "kind_of_referral", {
        "appointment_scheduled": (1, None), "behavioral_health_link": (2, None)}),
    ("l02_how_services_are_given", "provider_kind", {
        "CHW": (1, None), "MD": (3, None), "unknown": (1, None)}),
    ("l02_how_services_are_given", "modality", {"in_person": (5, None)}),
    ("e01_members", "population_of_focus", {"transitioning": (1, None)}),
    ("e01_members", "population_by_month", {"2026-09 transitioning": (1, None)}),
    ("e02_outreach", "outcome", {"unknown": (1, None)}),
    ("e03_community_supports", "community_support", {"Housing Deposits": (1, None)}),
    ("r16_lines_answered", "category", {
        "duplicate": (1, 4), "not_authorized": (1, 4), "timely_filing": (1, 4)}),  # all of C2
    ("l04_bundles", "missing", {
        "activation": (1, None), "follow_up": (1, None), "medications": (1, None),
        "warm_handoff": (1, None)}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "breakdown", "expected"), BREAKDOWNS)
def test_a_breakdown_splits_the_numerator_alone(
    name: str, breakdown: str, expected: dict[str, tuple[int, int | None]]
) -> None:
    found = counted(name).filter(stratum=breakdown).select("value", "numerator", "denominator")
    assert {value: (of, total) for value, of, total in found.iter_rows()} == expected


def test_every_measure_and_every_part_of_it_has_its_case() -> None:
    drawn = {(name, part) for name, part, *_ in [*SHARES, *DAYS, *COUNTS, *DOLLARS]}
    every = {(name, part) for name in measures() for part in definition(name).parts}
    assert {one for one in every - drawn if one[0] != "e04_continuity"} == set()
    split = {(name, breakdown) for name, breakdown, _ in BREAKDOWNS}
    assert split == {(name, one) for name in measures() for one in definition(name).breakdowns}


def test_bookings_by_every_stratum() -> None:
    found = counted("r01_screened_at_booking").filter(part="screened")
    drawn = {
        (stratum, value): (numerator, denominator)
        for stratum, value, numerator, denominator in found.select(
            "stratum", "value", "numerator", "denominator"
        ).iter_rows()
    }
    assert drawn == {
        ("all", ""): (4, 7),
        ("trend", "2026-06"): (0, 3),  # P6 P10 P12, before the quarter
        ("trend", "2026-07"): (1, 3),
        ("trend", "2026-08"): (1, 2),
        ("trend", "2026-09"): (2, 2),
        ("month", "2026-07"): (1, 3),  # P1 P2 P3
        ("month", "2026-08"): (1, 2),  # P4 P7
        ("month", "2026-09"): (2, 2),  # P8 P9; P5 is open
        ("facility_id", "A"): (3, 6),  # P4 was booked at A
        ("facility_id", "Y"): (1, 1),
        ("sex", "female"): (1, 1),
        ("sex", "male"): (3, 6),
        ("sex", "unknown"): (0, 0),  # P5, open
        ("age_group", "00-17"): (1, 1),
        ("age_group", "18-20"): (1, 1),  # P1
        ("age_group", "26-44"): (1, 2),  # P2, P9
        ("age_group", "45-64"): (0, 1),  # P3; P5 is 64 until October 1, and open
        ("age_group", "65+"): (0, 1),
        ("age_group", "unknown"): (1, 1),  # P8, born after the booking
        ("race_ethnicity", "American Indian or Alaska Native"): (0, 0),
        ("race_ethnicity", "Asian"): (2, 2),
        ("race_ethnicity", "Hispanic or Latino"): (0, 1),  # P3, White and Hispanic
        ("race_ethnicity", "White"): (1, 1),
        ("race_ethnicity", "two or more races"): (0, 1),
        ("race_ethnicity", "unknown"): (1, 2),  # P4 not told, P8 no such code
        ("language", "English"): (4, 4),
        ("language", "Spanish"): (0, 1),
        ("language", "unknown"): (0, 2),  # P3 not told, P4 no such code
        ("qualifying_condition", "chronic_condition"): (1, 1),  # P1 counts twice
        ("qualifying_condition", "mental_illness"): (0, 1),
        ("qualifying_condition", "none"): (1, 1),  # P8 does not meet
        ("qualifying_condition", "not_screened"): (1, 2),  # P4 declined, P7; P5 is open
        ("qualifying_condition", "opioid_use_disorder"): (0, 1),
        ("qualifying_condition", "serious_mental_illness"): (0, 1),
        ("qualifying_condition", "substance_use_disorder"): (1, 1),
        ("qualifying_condition", "tbi"): (1, 1),
    }


def test_a_person_counts_once_in_the_quarter_and_once_in_each_month() -> None:
    found = counted("r08_served")
    months = {
        month: (row(found, "served", "month", month)["numerator"],
                row(found, "served", "month", month)["denominator"])
        for month in ("2026-07", "2026-08", "2026-09")
    }  # fmt: skip
    assert months == {"2026-07": (1, 4), "2026-08": (2, 6), "2026-09": (1, 4)}
    assert row(found, "served", "trend", "2026-06")["denominator"] == 2  # P10 P12


def test_service_lines_by_category() -> None:
    found = counted("r17_unbilled").filter(stratum="service_category")
    assert found.select("value", "numerator", "denominator").rows() == [
        ("chw", 1, 1), ("consultation", 0, 2), ("mat", 1, 1),
    ]  # fmt: skip
