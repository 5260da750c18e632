"""For each edit the changes to the clean county under which it fires, and a near miss."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from edit_scenario import BILLED, BUNDLED, OUT, Changes


@dataclass(frozen=True)
class Case:
    """`fails` makes the edit fire, with `also` and no other; `passes` comes close and does not."""

    fails: Changes
    passes: Changes
    also: frozenset[str] = field(default=frozenset())


def encounter(**cells: Any) -> Changes:
    return {f"encounters.{column}": text for column, text in cells.items()}


def day(reasons: str) -> Changes:
    return {"billable_days.billable": "no", "billable_days.reasons": reasons}


def authorized(**cells: Any) -> Changes:
    """The line names the authorization, whose cells are changed."""
    held = {f"authorizations.{column}": text for column, text in cells.items()}
    return encounter(authorization_number="12345678901") | held


DRUG = encounter(procedure_code="J2315")
PACKAGE = {"ndc": "65757030001", "ndc_quantity": "1", "ndc_unit": "UN"}
PACKAGED = DRUG | encounter(**PACKAGE)
OLD_RECORD = {"person_id": "p0", "merged_into": "p1", "cin": None}
BY_THE_HOUR = encounter(procedure_code="G0019", service_category="chw")
AT_TEN = {"start_time": "10:00", "minutes": "30"}
BESIDE = {"encounter_id": "e2", "procedure_code": "80053", "service_category": "consultation"}
BESIDE |= {"charge_amount": "10.00"}
INSURED = {"other_coverage.cin": "90000000A"}
REFERRER = {
    "+providers": {"staff_id": "st2", "npi": "1245319599", "is_external": "yes"},
    "encounters.referring_npi": "1245319599",
}
GROUP = REFERRER["+providers"] | {"entity_type": "organization"}
ENROLLED_TOO = {"+provider_enrollments": {"staff_id": "st2"}}
CASE_MANAGEMENT = encounter(service_category="case_management", procedure_code="T1016")
LABORATORY = encounter(procedure_code="80053", service_category="lab_radiology")
OTHER_PERSON = {"+people": {"person_id": "p2", "cin": "91234567A"}}
CLIA = {
    "facilities.clia_number": "05D0000001",
    "facilities.clia_from": "2025-01-01",
    "facilities.clia_to": "2026-04-01",
}
SECOND_PROVIDER = {
    "+providers": {"staff_id": "st2", "npi": "1245319599"},
    "+provider_enrollments": {"staff_id": "st2"},
}
OTHER_PROVIDER = {"rendering_npi": "1245319599"}
NEIGHBOUR = {
    "+people": {"person_id": "p2", "cin": "91234567A"},
    "+custody_stays": {"stay_id": "s2", "person_id": "p2"},
    "+billable_days": {"stay_id": "s2"},
    "+eligibility_answers": {"cin": "91234567A"},
}
NEIGHBOURS_SERVICE = {
    "encounter_id": "e2",
    "person_id": "p2",
    "stay_id": "s2",
    "start_time": "10:15",
}
SAME_SERVICE = {"encounter_id": "e2", "modifiers": None}

INCORRECT_CODES = {
    "diagnosis_missing": Case(
        fails=encounter(diagnosis_codes=None), passes=encounter(diagnosis_codes="F1120")
    ),
    "diagnosis_unknown": Case(
        fails=encounter(diagnosis_codes="F11.20|Q00.00"), passes=encounter(diagnosis_codes="f11.20")
    ),
    "diagnosis_not_billable": Case(
        fails=encounter(diagnosis_codes="F11.20|F11.2"),
        passes=encounter(diagnosis_codes="F11.20|F11.20"),
    ),
    "diagnosis_not_in_force": Case(
        fails=encounter(diagnosis_codes="F11.99"),
        passes=encounter(diagnosis_codes="U09.90", service_date="2026-04-02")
        | {"billable_days.day": "2026-04-02"},
    ),
    "procedure_not_covered": Case(
        fails=encounter(procedure_code="98960"), passes=encounter(procedure_code="99213")
    ),
    "procedure_wrong_category": Case(
        fails=encounter(service_category="mat"), passes=encounter(service_category="consultation")
    ),
    "modifier_unknown": Case(
        fails=encounter(modifiers="25|ZZ"), passes=encounter(modifiers="25|U1")
    ),
    "modifier_repeated": Case(
        fails=encounter(modifiers="25|25"), passes=encounter(modifiers="25|59")
    ),
    "modifier_too_many": Case(
        fails=encounter(modifiers="25|59|U1|95|25", modality="video", telehealth_consent="yes"),
        passes=encounter(modifiers="25|59|U1|95", modality="video"),
        also=frozenset({"modifier_repeated"}),
    ),
    "modifier_telehealth_missing": Case(
        fails=encounter(modality="video", telehealth_consent="yes"),
        passes=encounter(modality="audio", modifiers="93", telehealth_consent="yes"),
    ),
    "modifier_contradicts_modality": Case(
        fails=encounter(modifiers="95"),
        passes=encounter(modality="video", modifiers="95"),
    ),
    "place_of_service_unexpected": Case(
        fails=encounter(place_of_service="11"),
        passes=encounter(place_of_service="11", place_of_service_reason="hospital guard"),
    ),
    "units_not_positive": Case(fails=encounter(units="0"), passes=encounter(units="0.001")),
    "units_above_limit": Case(
        fails=encounter(units="3", charge_amount="300.00"), passes=encounter(units="2")
    ),
    "charge_not_positive": Case(
        fails=encounter(charge_amount="0.00"), passes=encounter(charge_amount="0.01")
    ),
    "ndc_missing": Case(fails=DRUG, passes=PACKAGED),
    "ndc_malformed": Case(
        fails=encounter(**PACKAGE | {"ndc": "00000000000"}),
        passes=encounter(**PACKAGE | {"ndc": "00000000001"}),
    ),
    "ndc_quantity_missing": Case(
        fails=encounter(**PACKAGE | {"ndc": "00000000001", "ndc_unit": None}),
        passes=encounter(**PACKAGE),
    ),
    "diagnosis_repeated": Case(
        fails=encounter(diagnosis_codes="F11.20|f1120"),
        passes=encounter(diagnosis_codes="F11.20|W01.0XXA"),
    ),
    "diagnosis_external_cause_first": Case(
        fails=encounter(diagnosis_codes="W01.0XXA|F11.20"),
        passes=encounter(diagnosis_codes="F11.20|W01.0XXA"),
    ),
    "procedure_unknown": Case(
        fails=encounter(procedure_code="G9999"), passes=encounter(procedure_code="98960")
    ),
    "procedure_expired": Case(
        fails=encounter(procedure_code="G0154"),
        passes=encounter(procedure_code="G0154", service_date="2025-12-31"),
    ),
    "procedure_pair_excluded": Case(
        fails={"+encounters": BESIDE | {"procedure_code": "96372", "modifiers": None}}
        | encounter(modifiers=None),
        passes={"+encounters": BESIDE | {"procedure_code": "96372", "modifiers": "59"}},
        also=frozenset({"procedure_wrong_category"}),
    ),
    "community_support_before_release": Case(
        fails=encounter(procedure_code="H0044", modifiers="25|U6"),
        passes=encounter(procedure_code="H0044", modifiers="U2"),
    ),
    "ecm_before_release": Case(
        fails=encounter(procedure_code="G9012", modifiers="U2"),
        passes=encounter(procedure_code="G9012", modifiers="U6"),
    ),
    "bundle_code_as_service": Case(
        fails=encounter(procedure_code="T9999", modifiers="25|U8"),
        passes=encounter(procedure_code="T9999", modifiers="25"),
        also=frozenset({"procedure_unknown"}),
    ),
    "paid_in_bundle": Case(
        fails=CASE_MANAGEMENT,
        passes=CASE_MANAGEMENT | {BUNDLED: {}},  # a bundle that is billed has it
    ),
    "service_to_come": Case(fails={"as_of": date(2026, 3, 31)}, passes={"as_of": date(2026, 4, 1)}),
    "modifier_340b_missing": Case(
        fails=PACKAGED | encounter(is_340b="yes"),
        passes=PACKAGED | encounter(is_340b="yes", modifiers="UD"),
    ),
    "modifier_components_together": Case(
        fails=encounter(modifiers="26|TC"), passes=encounter(modifiers="26")
    ),
    "place_of_service_unknown": Case(
        fails=encounter(place_of_service="10"),
        passes=encounter(place_of_service="11"),
    ),
    "charge_below_rate": Case(
        fails=encounter(charge_amount="160.49", units="2"),
        passes=encounter(charge_amount="160.50", units="2"),
    ),
    # The first hour whole, of the second half an hour and more.
    "units_above_minutes": Case(
        fails=BY_THE_HOUR | encounter(units="2", minutes="90"),
        passes=BY_THE_HOUR | encounter(units="2", minutes="91"),
    ),
    "ndc_unknown": Case(
        fails=encounter(**PACKAGE | {"ndc": "55555555555"}),
        passes=encounter(**PACKAGE | {"ndc": "00000000001"}),
    ),
    "ndc_of_other_procedure": Case(
        fails=DRUG | encounter(**PACKAGE | {"ndc": "12496010001"}), passes=PACKAGED
    ),
    "ndc_quantity_unlike_units": Case(
        fails=PACKAGED | encounter(ndc_quantity="2.001"),
        passes=PACKAGED | encounter(ndc_quantity="2"),
    ),
}

DOCUMENTATION_INCOMPLETE = {
    "minutes_missing": Case(fails=BY_THE_HOUR, passes=BY_THE_HOUR | encounter(minutes="60")),
    "signer_unknown": Case(
        fails=encounter(signed_by_staff_id="st9"),
        passes=encounter(signed_by_staff_id="st9", note_status="complete"),
    ),
    "signer_not_licensed": Case(
        fails=encounter(procedure_code="90791") | {"licences.valid_to": "2026-03-31"},
        passes=encounter(procedure_code="90791") | {"licences.valid_to": "2026-04-01"},
    ),
    "address_missing": Case(
        fails={"people.address_line": None}, passes={"people.county_of_residence": None}
    ),
    "note_not_signed": Case(
        fails=encounter(note_status="complete"), passes=encounter(note_status="signed")
    ),
    "note_signature_missing": Case(
        fails=encounter(signed_by_staff_id=None),
        passes=encounter(signed_by_staff_id="st9"),
    ),
    # 1 April 00:30 in Los Angeles is 07:30 in London: the day is the local one.
    "note_signed_before_service": Case(
        fails=encounter(signed_at="2026-03-31T23:59:00-07:00"),
        passes=encounter(signed_at="2026-04-01T07:30:00Z"),
    ),
    "note_signed_late": Case(
        fails=encounter(signed_at="2026-04-16T00:00:00-07:00"),
        passes=encounter(signed_at="2026-04-15T23:59:00-07:00"),
    ),
    "telehealth_consent_missing": Case(
        fails=encounter(modality="audio", modifiers="93"),
        passes=encounter(modality="audio", modifiers="93", telehealth_consent="yes"),
    ),
}

INELIGIBLE_PERSON = {
    "person_merged": Case(
        fails=encounter(person_id="p0") | {"+people": OLD_RECORD}, passes={"+people": OLD_RECORD}
    ),
    "ssn_as_cin": Case(fails={"people.cin": "123-45-6789"}, passes={"people.cin": "9123-45-678"}),
    "name_unlike_payer": Case(
        fails={"eligibility_answers.payer_last_name": "ROE"},
        passes={
            "people.last_name": "Peña-d'Or",
            "eligibility_answers.payer_last_name": "PENA DOR",
            "eligibility_answers.payer_first_name": "JO ANN",
        },
    ),
    "birth_date_unlike_payer": Case(
        fails={"eligibility_answers.payer_birth_date": "1990-01-13"},
        passes={"eligibility_answers.payer_birth_date": None},
    ),
    "sex_unlike_payer": Case(
        fails={"eligibility_answers.payer_sex": "M"}, passes={"eligibility_answers.payer_sex": "U"}
    ),
    "month_not_verified": Case(
        fails={"eligibility_answers.month": "2026-03"},
        passes={"people.cin": None, "eligibility_answers.month": "2026-03"},
    ),
    "payer_says_ineligible": Case(
        fails={"eligibility_answers.eligible": "no"},
        passes={"eligibility_answers.eligible": "no"} | day("enrolled"),
    ),
    "other_coverage_not_billed": Case(
        fails=INSURED | {"other_coverage.ends_on": "2026-04-01"},
        passes=INSURED | {"other_payer_payments.encounter_id": "e1"},
    ),
    "inpatient_service": Case(
        fails=encounter(place_of_service="21"),
        passes=encounter(place_of_service="09", revenue_code="0510"),
    ),
    "person_unknown": Case(
        fails=encounter(person_id="p9"),
        passes=encounter(person_id="p0")
        | {"+people": {"person_id": "p0", "merged_into": "p1", "cin": None}},
    ),
    "stay_unknown": Case(fails=encounter(stay_id="s9"), passes=encounter(stay_id="s1")),
    "stay_of_other_person": Case(
        fails=encounter(person_id="p2") | OTHER_PERSON,
        passes=encounter(person_id="p2") | {"+people": {"person_id": "p2", "merged_into": "p1"}},
    ),
    "birth_after_service": Case(
        fails={
            "people.birth_date": "2026-04-02",
            "eligibility_answers.payer_birth_date": None,
        },
        passes={"people.birth_date": "2026-04-01"},
    ),
    "cin_missing": Case(fails={"people.cin": None}, passes={"people.cin": "90000000A95001"}),
    "cin_malformed": Case(fails={"people.cin": "90000000A8"}, passes={"people.cin": "90000000A9"}),
    "cin_doubtful_letter": Case(
        fails={"people.cin": "90000000S", "eligibility_answers.cin": "90000000S"},
        passes={"people.cin": "90000000T"},
    ),
    "person_deceased": Case(fails=day("deceased"), passes=day("enrolled")),
    "not_in_custody": Case(
        fails={"billable_days.day": "2026-03-31"}, passes=day("facility|enrolled")
    ),
    "facility_not_live": Case(
        fails=day("facility"), passes=day("facility") | encounter(facility_id="f9")
    ),
    "not_enrolled": Case(
        fails=day("enrolled|ji_aid_code"),
        passes=day("ji_aid_code"),
        also=frozenset({"ji_aid_code_missing"}),
    ),
    "ji_aid_code_missing": Case(fails=day("ji_aid_code"), passes=day("ninety_days")),
    "outside_ninety_days": Case(fails=day("ninety_days"), passes=day("screening")),
    "not_screened": Case(fails=day("screening"), passes=day("share_of_cost")),
    "share_of_cost_unmet": Case(fails=day("share_of_cost"), passes=day("screening")),
}

NOT_AUTHORIZED = {
    "authorization_missing": Case(
        fails=encounter(procedure_code="99214"),
        passes=authorized() | encounter(procedure_code="99214"),
    ),
    "authorization_need_unset": Case(
        fails=encounter(procedure_code="99215"), passes=encounter(procedure_code="99214")
    ),
    "authorization_unknown": Case(
        fails=encounter(authorization_number="99999999999"), passes=authorized()
    ),
    "authorization_of_other_person": Case(
        fails=authorized(person_id="p2") | OTHER_PERSON,
        passes=authorized(person_id="p2") | {"+people": {"person_id": "p2", "merged_into": "p1"}},
    ),
    "authorization_outside_dates": Case(
        fails=authorized(ends_on="2026-03-31"), passes=authorized(ends_on="2026-04-01")
    ),
    "authorization_malformed": Case(
        fails=authorized(authorization_number="123456789")
        | encounter(authorization_number="123456789"),
        passes=authorized(authorization_number="123456789", authorization_type="PA")
        | encounter(authorization_number="123456789"),
    ),
    "authorization_of_other_code": Case(
        fails=authorized(procedure_code="99214"), passes=authorized(procedure_code="99213")
    ),
    "authorization_pending": Case(
        fails=authorized(decision="pending"), passes=authorized(decision="modified")
    ),
    "authorization_denied": Case(
        fails=authorized(decision="cancelled"), passes=authorized(decision="pending")
    ),
    "authorization_exhausted": Case(
        fails=authorized(decision="modified", units_approved="1") | encounter(units="1.5"),
        passes=authorized(units_requested="1.5") | encounter(units="1.5"),
    ),
}

INSTITUTIONAL_SITE = {"facilities.claim_form": "institutional", "encounters.revenue_code": "0510"}

INSTITUTIONAL = {
    "not_on_institutional_claim": Case(
        fails=INSTITUTIONAL_SITE | {"institutional_claims.encounter_ids": "e8|e9"},
        passes=INSTITUTIONAL_SITE,
    ),
    "revenue_code_missing": Case(
        fails=INSTITUTIONAL_SITE | encounter(revenue_code=None),
        passes=encounter(revenue_code=None),
    ),
    # 0519 is not listed; its category is.
    "revenue_code_unknown": Case(
        fails=INSTITUTIONAL_SITE | encounter(revenue_code="0999"),
        passes=INSTITUTIONAL_SITE | encounter(revenue_code="0519"),
    ),
    "type_of_bill_unknown": Case(
        fails=INSTITUTIONAL_SITE | {"institutional_claims.type_of_bill": "991"},
        passes=INSTITUTIONAL_SITE | {"institutional_claims.type_of_bill": "0131"},
    ),
}

TIMELY_FILING = {
    "filing_limit_passed": Case(
        fails={"as_of": date(2026, 11, 1), OUT: {"encounter_id": "e2"}},
        passes={"as_of": date(2026, 11, 1), OUT: {}},  # the payer has it in hand
    ),
    # The limit is 31 October: cut to 75 % in November, to 50 % from February, to nothing in May.
    "filing_limit_long_passed": Case(
        fails={"as_of": date(2027, 2, 1)}, passes={"as_of": date(2027, 1, 31)}
    ),
    "filed_too_late": Case(fails={"as_of": date(2027, 5, 1)}, passes={"as_of": date(2027, 4, 30)}),
    "delay_reason_document_missing": Case(
        fails={"decided.delay_reason_code": "7"},
        passes={"decided.delay_reason_code": "7", "decided.attachment": "OZ:FX:ACN1"},
    ),
    "delay_reason_document_perhaps": Case(
        fails={"decided.delay_reason_code": "11"},
        passes={"decided.delay_reason_code": "11", "attachments.encounter_id": "e1"},
    ),
    "filing_limit_near": Case(
        fails={"as_of": date(2026, 10, 1)}, passes={"as_of": date(2026, 9, 30)}
    ),
}

DUPLICATE = {
    "service_repeated": Case(
        fails={"+encounters": SAME_SERVICE},
        passes={"+encounters": SAME_SERVICE | {"modifiers": "59"}},
    ),
    "already_billed": Case(
        fails={BILLED: {"encounter_id": "e0"}},
        passes={BILLED: {"encounter_id": "e0", "modifiers": "59"}},
    ),
    "service_of_second_source": Case(
        fails={"+encounters": SAME_SERVICE | {"source_system": "lab"} | OTHER_PROVIDER}
        | SECOND_PROVIDER,
        passes={"+encounters": SAME_SERVICE | OTHER_PROVIDER} | SECOND_PROVIDER,
    ),
    "evaluation_repeated": Case(
        fails={"+encounters": SAME_SERVICE | {"modifiers": "25"}},
        passes={"+encounters": SAME_SERVICE | {"procedure_code": "90853"}},
    ),
    "person_in_two_services": Case(
        fails=encounter(**AT_TEN)
        | SECOND_PROVIDER
        | {"+encounters": SAME_SERVICE | OTHER_PROVIDER | {"start_time": "10:29"}},
        passes=encounter(**AT_TEN)
        | SECOND_PROVIDER
        | {"+encounters": SAME_SERVICE | OTHER_PROVIDER | {"start_time": "10:30"}},
    ),
    "provider_with_two_persons": Case(
        fails=encounter(**AT_TEN) | NEIGHBOUR | {"+encounters": NEIGHBOURS_SERVICE},
        passes=encounter(**AT_TEN, procedure_code="90853")
        | NEIGHBOUR
        | {"+encounters": NEIGHBOURS_SERVICE | {"procedure_code": "90853"}},
    ),
}

PAYER_SETUP = {
    "facility_unknown": Case(fails=encounter(facility_id="f9"), passes=encounter(facility_id="f1")),
    "billing_provider_unknown": Case(
        fails={"facilities.billing_npi": "1999999984"},
        passes={
            "facilities.billing_npi": "1999999984",
            "billing_providers.billing_npi": "1999999984",
        },
    ),
    "facility_not_enrolled": Case(
        fails={"facilities.enrolled_to": "2026-03-31"},
        passes={"facilities.enrolled_to": "2026-04-01"},
    ),
    "credential_not_allowed": Case(
        fails=encounter(procedure_code="90791") | {"providers.credential": "RN"},
        passes=encounter(procedure_code="90791") | {"providers.credential": "PSYD"},
    ),
    "referrer_npi_check_digit": Case(
        fails=encounter(ordering_npi="1234567890"), passes=encounter(ordering_npi="1234567893")
    ),
    "referrer_unknown": Case(
        fails=encounter(referring_npi="1245319599"), passes=encounter(referring_npi="1234567893")
    ),
    "referrer_not_person": Case(
        fails=REFERRER | ENROLLED_TOO | {"+providers": GROUP}, passes=REFERRER | ENROLLED_TOO
    ),
    "referrer_not_enrolled": Case(fails=REFERRER, passes=REFERRER | ENROLLED_TOO),
    "npi_check_digit": Case(
        fails=encounter(rendering_npi="1234567890"), passes=encounter(rendering_npi="1234567893")
    ),
    "rendering_provider_unknown": Case(
        fails=encounter(rendering_npi="1245319599"),
        passes=encounter(rendering_npi="1234567890"),
    ),
    "rendering_not_person": Case(
        fails={"providers.entity_type": "organization"}, passes={"providers.entity_type": "person"}
    ),
    "rendering_not_enrolled": Case(
        fails={"provider_enrollments.enrolled_to": "2026-03-31"},
        passes={"provider_enrollments.enrolled_to": "2026-04-01"},
    ),
    "lab_without_clia": Case(
        fails=LABORATORY | CLIA | {"facilities.clia_to": "2026-03-31"}, passes=LABORATORY | CLIA
    ),
}

DECISION = {
    "held_by_decision": Case(
        fails={"decided.hold_note": "ana: the chart is being reviewed"},
        passes={"decided.delay_reason_code": "3"},
    ),
    # Of what is written off nothing else is told.
    "written_off": Case(
        fails={"decided.write_off_note": "ana: too old"} | encounter(diagnosis_codes=None),
        passes={"decided.lifted_edits": ["written_off"]},
    ),
    "correction_lapsed": Case(
        fails={"decided.lapse_note": "units"},
        passes={"decided.lapse_note": "units", "decided.lifted_edits": ["correction_lapsed"]},
    ),
}

CASES: dict[str, Case] = {
    **INCORRECT_CODES,
    **DOCUMENTATION_INCOMPLETE,
    **INELIGIBLE_PERSON,
    **NOT_AUTHORIZED,
    **INSTITUTIONAL,
    **TIMELY_FILING,
    **DUPLICATE,
    **PAYER_SETUP,
    **DECISION,
}
