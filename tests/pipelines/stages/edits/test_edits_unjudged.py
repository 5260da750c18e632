"""Edits that cannot judge: a code set is empty, or a policy value unset."""

import polars as pl
import pytest
from edit_code_sets import CODES, code_sets
from edit_scenario import (
    results_of,
)

from contracts.policy import Policy

ONLY_MONTHS = Policy("""
[[filing.months]]
value = 6
status = "verified"
source = "test"
valid_from = 2024-10-01
""")

# Eight faults of one line, each of another kind.
UNJUDGED_WITHOUT = {
    "icd10cm": {"diagnosis_unknown", "diagnosis_not_billable", "diagnosis_not_in_force"},
    "hcpcs_modifiers": {"modifier_unknown"},
    "prerelease_services": {
        "procedure_not_covered",
        "paid_in_bundle",
        "procedure_wrong_category",
        "ndc_missing",
        "authorization_missing",
        "minutes_missing",
        "units_above_minutes",
        "signer_not_licensed",
        "credential_not_allowed",
    },
    "ncci_mue": {"units_above_limit"},
    "cpt_category": {"lab_without_clia", "evaluation_repeated", "provider_with_two_persons"},
    "hcpcs": {"procedure_unknown", "procedure_expired"},
    "rates": {"charge_below_rate"},
    "ncci_ptp": {"procedure_pair_excluded"},
    "ndc": {"ndc_unknown"},
    "ndc_hcpcs": {"ndc_of_other_procedure", "ndc_quantity_unlike_units"},
    "ecm_cs_codes": {"community_support_before_release", "ecm_before_release"},
    "care_bundles": {"bundle_code_as_service", "paid_in_bundle"},
    "place_of_service": {"place_of_service_unknown"},
    "revenue_code": {"inpatient_service", "revenue_code_unknown"},
    "type_of_bill": {"type_of_bill_unknown"},
    "delay_reasons": {"delay_reason_document_missing", "delay_reason_document_perhaps"},
}
# Every set is asked about it.
OF_ALL_SETS = {
    "encounters.diagnosis_codes": "Q0000",
    "encounters.modifiers": "ZZ",
    "encounters.procedure_code": "G0019",
    "encounters.service_category": "chw",
    "encounters.minutes": "60",
    "encounters.ndc": "65757030001",
    "encounters.ndc_quantity": "1",
    "encounters.ndc_unit": "UN",
    "encounters.revenue_code": "0120",
    "facilities.claim_form": "institutional",
    "decided.delay_reason_code": "7",
}


@pytest.mark.parametrize("code_set", CODES)
def test_an_empty_code_set_leaves_its_edits_not_evaluated(code_set: str) -> None:
    # Every one of them would fire if it took an empty set for an answer.
    results = results_of(OF_ALL_SETS, codes=code_sets(without=(code_set,)))
    unjudged = results.edit_counts.filter(pl.col("not_evaluated_count") > 0)
    assert set(unjudged["edit_id"]) == UNJUDGED_WITHOUT[code_set]
    assert set(unjudged["not_evaluated_count"]) == {1}
    assert set(unjudged["evaluated_count"]) == {0}
    assert not set(results.findings["edit_id"]) & UNJUDGED_WITHOUT[code_set]


@pytest.mark.parametrize(
    ("changes", "evaluated"),
    [
        ({"encounters.revenue_code": "0510"}, 1),
        ({"facilities.claim_form": "institutional"}, 1),
        ({"facilities.claim_form": "institutional", "encounters.revenue_code": "0510"}, 0),
    ],
)
def test_the_list_of_revenue_codes_is_needed_for_codes_of_institutional_claims(
    changes: dict[str, str], evaluated: int
) -> None:
    counts = results_of(changes, codes=code_sets(without=("revenue_code",))).edit_counts
    (told,) = counts.filter(edit_id="revenue_code_unknown").to_dicts()
    assert (told["evaluated_count"], told["not_evaluated_count"]) == (evaluated, 1 - evaluated)


def test_without_the_list_of_covered_services_every_line_is_held() -> None:
    results = results_of(codes=code_sets(without=("prerelease_services",)))
    assert results.findings["edit_id"].to_list() == ["authorization_need_unset"]
    assert results.service_lines["verdict"].to_list() == ["held"]


def test_an_unset_need_of_a_national_drug_code_is_not_evaluated() -> None:
    codes = code_sets()
    unset = codes["prerelease_services"].with_columns(needs_ndc=pl.lit("unset"))
    counts = results_of(codes=codes | {"prerelease_services": unset}).edit_counts
    unjudged = counts.filter(pl.col("not_evaluated_count") > 0)
    assert unjudged["edit_id"].to_list() == ["ndc_missing"]


def test_an_unset_policy_value_leaves_its_edits_not_evaluated() -> None:
    counts = results_of(policy=ONLY_MONTHS).edit_counts
    assert set(counts.filter(pl.col("not_evaluated_count") == 1)["edit_id"]) == {
        "place_of_service_unexpected",
        "note_signed_late",
        "telehealth_consent_missing",
        "filing_limit_long_passed",
        "filed_too_late",
        "filing_limit_near",
        "rendering_not_enrolled",
        "referrer_not_enrolled",
    }


#       version changed                         the finding keeps its id
