"""Edits where one step to either side decides, beyond the pair of cases that each of them has."""

from datetime import date

import polars as pl
import pytest
from edit_cases import (
    BY_THE_HOUR,
    CLIA,
    ENROLLED_TOO,
    INCORRECT_CODES,
    INSTITUTIONAL,
    INSURED,
    LABORATORY,
    NEIGHBOUR,
    NEIGHBOURS_SERVICE,
    REFERRER,
    authorized,
)
from edit_code_sets import code_sets
from edit_scenario import AS_OF, BILLED, CLEAN, POLICY, Changes, fired, results_of

from contracts.policy import Policy, shipped_text
from pipelines.stages.edits.catalogue import EDITS
from pipelines.stages.edits.in_force import severity_in_force

BOUNDARIES = [
    ("a certificate without dates is in force",
     LABORATORY | CLIA | {"facilities.clia_from": None, "facilities.clia_to": None}, set()),
    ("a certificate counts on its first and on its last day",
     LABORATORY | CLIA
     | {"facilities.clia_from": "2026-04-01", "facilities.clia_to": "2026-04-01"}, set()),
    ("a certificate of the day after does not",
     LABORATORY | CLIA | {"facilities.clia_from": "2026-04-02", "facilities.clia_to": None},
     {"lab_without_clia"}),
    ("of two referrers one is not enrolled",
     REFERRER | {"encounters.ordering_npi": "1234567893"}, {"referrer_not_enrolled"}),
    ("of two referrers both are",
     REFERRER | ENROLLED_TOO | {"encounters.ordering_npi": "1234567893"}, set()),
    ("other coverage that begins on the day of service is to be billed first",
     INSURED | {"other_coverage.starts_on": "2026-04-01"}, {"other_coverage_not_billed"}),
    ("other coverage that begins the day after is not",
     INSURED | {"other_coverage.starts_on": "2026-04-02"}, set()),
    ("the stay of a person who was never sent is somebody else's",
     {"custody_stays.person_id": "p-unsent"}, {"stay_of_other_person"}),
    ("a stay that was never sent is unknown",
     {"encounters.stay_id": "s-unsent"}, {"stay_unknown"}),
    ("without modifiers the charge is held against the rate, though with them it varies",
     LABORATORY | CLIA | {"encounters.charge_amount": "9.99"}, {"charge_below_rate"}),
    ("with a modifier it is not",
     LABORATORY | CLIA | {"encounters.charge_amount": "9.99", "encounters.modifiers": "59"},
     set()),
    ("an answer for the month of another year is none for this one's",
     {"eligibility_answers.month": "2025-04"}, {"month_not_verified"}),
    ("a service of a person who was never sent was billed before",
     {"encounters.person_id": "p-unsent",
      BILLED: {"encounter_id": "e0", "person_id": "p-unsent"}},
     {"person_unknown", "already_billed"}),
    ("the payer's first name may be the shorter one",
     {"people.first_name": "JOSEPHINE"}, set()),
    ("a payer that tells no first name tells no other one",
     {"eligibility_answers.payer_first_name": None}, set()),
    ("the payer's last answer decides what it calls the person",
     {"+eligibility_answers": {"month": "2026-03", "verified_on": "2026-03-02",
                               "payer_last_name": "ROE"}}, set()),
    ("an answer about one person is none about another",
     NEIGHBOUR | {"+eligibility_answers": {"cin": "91234567A", "month": "2026-03"},
                  "+encounters": NEIGHBOURS_SERVICE}, {"month_not_verified"}),
    ("of two answers about one person's numbers the one that says yes counts",
     {"cin_aliases.alias_cin": "96666666A", "cin_aliases.cin": "90000000A",
      "cin_aliases.reason": "changed",
      "+eligibility_answers": {"cin": "96666666A", "eligible": "no"}}, set()),
    ("a dollar may be below the rate",
     {"encounters.charge_amount": "1.00"}, {"charge_below_rate"}),
    ("units are not counted of an authorization that does not reach the day",
     authorized(ends_on="2026-03-31")
     | {"encounters.units": "2", "encounters.charge_amount": "160.50"},
     {"authorization_outside_dates"}),
    ("of three hours two are whole and of the last half an hour and more",
     BY_THE_HOUR | {"encounters.units": "3", "encounters.minutes": "151",
                    "encounters.charge_amount": "180.00"}, set()),
    ("of a facility that bills on professional claims a bill says nothing",
     {"institutional_claims.type_of_bill": "991"}, set()),
    ("on the last day to file the limit is near and has not passed",
     {"as_of": date(2026, 10, 31)}, {"filing_limit_near"}),
]  # fmt: skip


@pytest.mark.parametrize(("said", "changes", "expected"), BOUNDARIES)
def test_the_step_decides(said: str, changes: Changes, expected: set[str]) -> None:
    assert fired(changes) == expected, said


@pytest.mark.parametrize("code_set", ["ecm_cs_codes", "care_bundles"])
def test_a_list_that_is_empty_covers_no_procedure(code_set: str) -> None:
    not_covered = INCORRECT_CODES["procedure_not_covered"].fails
    assert "procedure_not_covered" in fired(not_covered, codes=code_sets(without=(code_set,)))


def test_any_share_below_the_first_is_more_than_the_first_cut() -> None:
    shares = Policy(shipped_text().replace("[75, 75, 75, 50, 50, 50]", "[2, 1]"))
    assert fired({"as_of": date(2026, 12, 1)}, policy=shares) == {"filing_limit_long_passed"}


LAST_DAY = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(LAST_DAY, "filing_limit_near"), (date(2026, 11, 1), "filing_limit_passed")],
)
def test_where_no_share_is_set_the_limit_itself_has_passed_or_not(
    as_of: date, expected: str
) -> None:
    unset = Policy(shipped_text().replace("value = [75, 75, 75, 50, 50, 50]\n", "value = []\n"))
    assert fired({"as_of": as_of}, policy=unset) == {expected}


def test_without_the_list_of_places_a_place_is_held_against_the_expected_one() -> None:
    at_the_office = INCORRECT_CODES["place_of_service_unexpected"].fails
    found = fired(at_the_office, codes=code_sets(without=("place_of_service",)))
    assert found == {"place_of_service_unexpected"}


@pytest.mark.parametrize(
    ("edit_id", "changes", "evaluated"),
    [
        ("authorization_missing", CLEAN, 1),
        ("authorization_missing", {"encounters.procedure_code": "99215"}, 0),
        ("authorization_missing", {"encounters.procedure_code": "98960"}, 1),
        ("type_of_bill_unknown", INSTITUTIONAL["not_on_institutional_claim"].fails, 1),
    ],
)
def test_an_edit_judges_what_its_list_tells_or_is_not_asked(
    edit_id: str, changes: Changes, evaluated: int
) -> None:
    (told,) = results_of(changes).edit_counts.filter(edit_id=edit_id).to_dicts()
    assert (told["evaluated_count"], told["not_evaluated_count"]) == (evaluated, 1 - evaluated)


@pytest.mark.parametrize(("said", "is_told"), [("yes", True), ("no", False), (None, False)])
def test_a_line_is_of_part_2_where_its_encounter_says_so(
    said: str | None,
    is_told: bool,  # noqa: FBT001
) -> None:
    lines = results_of({"encounters.is_part_2": said}).service_lines
    assert lines["is_part_2"].to_list() == [is_told]


def test_without_a_setting_an_edits_own_severity_is_in_force() -> None:
    for edit in EDITS.values():
        assert severity_in_force(edit, POLICY, AS_OF) == edit.severity


# Of three pairs the second is the one that is found.
@pytest.mark.parametrize(
    ("first_days", "is_found"), [([1, 1, 1], True), ([2, 2, 2], False), ([2, 1, 2], True)]
)
def test_pairs_are_judged_from_the_first_day_of_their_first_edition(
    first_days: list[int],
    is_found: bool,  # noqa: FBT001
) -> None:
    codes = code_sets()
    begins = pl.Series("edition_from", [date(2026, 4, day) for day in first_days])
    codes["ncci_ptp"] = codes["ncci_ptp"].with_columns(begins)
    found = fired(INCORRECT_CODES["procedure_pair_excluded"].fails, codes=codes)
    assert ("procedure_pair_excluded" in found) == is_found
