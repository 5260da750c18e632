"""Edits where one step to either side decides, beyond the pair of cases that each of them has."""

from datetime import date

import polars as pl
import pytest
from edit_cases import CLIA, ENROLLED_TOO, INCORRECT_CODES, INSURED, LABORATORY, REFERRER
from edit_code_sets import code_sets
from edit_scenario import AS_OF, BILLED, POLICY, Changes, fired

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


def test_without_a_setting_an_edits_own_severity_is_in_force() -> None:
    for edit in EDITS.values():
        assert severity_in_force(edit, POLICY, AS_OF) == edit.severity


@pytest.mark.parametrize(("first_day", "is_found"), [(1, True), (2, False)])
def test_pairs_are_judged_from_the_first_day_of_their_first_edition(
    first_day: int,
    is_found: bool,  # noqa: FBT001
) -> None:
    codes = code_sets()
    begins = pl.lit(date(2026, 4, first_day)).alias("edition_from")
    codes["ncci_ptp"] = codes["ncci_ptp"].with_columns(begins)
    found = fired(INCORRECT_CODES["procedure_pair_excluded"].fails, codes=codes)
    assert ("procedure_pair_excluded" in found) == is_found
