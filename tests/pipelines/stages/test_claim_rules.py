"""Our own rules before the gate: each with a claim that breaks it, told as a row."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from claim_specimens import (
    FULL_LINE,
    bill,
    claim,
    content,
    full_bill,
    full_claim,
    line,
    numbered_claims,
)

from pipelines.stages.claims.holds import catalogue, rules
from pipelines.stages.claims.validation import VIOLATION, violations
from pipelines.x12.claim_forms import FORMS, INSTITUTIONAL, PROFESSIONAL
from pipelines.x12.content import MAX_ADJUSTMENTS, OTHER_PAYER

LONG = "N" * 61


def lines_with(**changes: Any) -> dict[str, Any]:
    return {"lines": [line(**changes)]}


def paid_line(**changes: Any) -> dict[str, Any]:
    """The full claim's line with its other payments changed alike."""
    payments = [one | changes for one in FULL_LINE["other_payments"]]
    return {"lines": [line(**FULL_LINE) | {"other_payments": payments}]}


# Rule, level, place, what breaks it in a claim that is sound, and the form if it is of one only.
BROKEN: list[tuple[str, int, str, dict[str, Any]]] = [
    ("name_not_carried", 2, "NM103", {"subscriber_last_name": "ИВАНОВА"}),
    ("text_not_carried", 2, "", {"subscriber_address_line": "12 ÖST"}),
    ("code_not_carried", 2, "HI01", {"diagnosis_codes": ["F1*"]}),
    ("value_too_long", 2, "", {"subscriber_last_name": LONG}),
    ("value_too_long", 2, "", {"subscriber_address_line": "A" * 56}),
    ("value_too_long", 2, "", lines_with(procedure_description="A" * 81)),
    ("subscriber_incomplete", 2, "NM109", {"subscriber_birth_date": None}),
    ("address_missing", 2, "N301", {"subscriber_city": None}),
    ("billing_provider_incomplete", 2, "NM1*85", {"billing_tax_id": None}),
    ("provider_unknown", 2, "NM103", {"rendering_npi": "1679576722"}),
    ("provider_unknown", 2, "NM103", lines_with(ordering_npi="1679576722")),
    ("other_payer_incomplete", 2, "SBR", {
        "responsibility": "S", "other_payers": [dict.fromkeys(OTHER_PAYER)]}),
    ("attachment_malformed", 2, "PWK01", {"attachments": [
        {"report_type_code": "ZZ", "transmission_code": "FX", "attachment_control_number": "1"}]}),
    ("diagnosis_missing", 2, "HI01", {"diagnosis_codes": []}),
    ("charge_unlike_lines", 3, "CLM02", {"claim_charge_amount": "150.01"}),
    ("amount_out_of_range", 3, "CLM02", {"claim_charge_amount": "0.00"} | lines_with(
        charge_amount="0.00")),
    ("amount_out_of_range", 3, "CLM02", {"claim_charge_amount": "100000000.00"} | lines_with(
        charge_amount="100000000.00")),
    ("other_payer_unlike_lines", 3, "AMT*D", {"responsibility": "S", "other_payers": [
        {**full_claim()["other_payers"][0], "paid_amount": "1.00"}]}),
    ("replaced_number_missing", 4, "REF*F8", {"frequency_code": "7"}),
    ("drug_incomplete", 4, "CTP04", lines_with(ndc="01234123412")),
    ("drug_incomplete", 4, "CTP04", lines_with(ndc_quantity="1", ndc_unit="ML")),
    ("service_ends_before_start", 4, "DTP*472", lines_with(service_to="20250531")),
    ("responsibility_without_payer", 4, "SBR01", {"responsibility": "S"}),
    ("cin_malformed", 7, "NM109", {"subscriber_cin": "123456789"}),  # an SSN
    ("cin_malformed", 7, "NM109", {"subscriber_cin": "90000001O"}),  # no letter of a CIN
    ("billing_zip_not_nine_digits", 7, "N403", {"billing_zip": "95814"}),
    ("service_zip_not_nine_digits", 7, "N403", {"service_facility_zip": "95814"}),
    ("npi_check_digit", 7, "NM109", {"billing_npi": "1234567890"}),
    ("units_not_above_zero", 7, "SV104", lines_with(units="0")),
]  # fmt: skip
OF_PROFESSIONAL = [
    ("too_many_diagnoses", 2, "HI", {"diagnosis_codes": [f"F{n}" for n in range(100, 113)]}),
    ("too_many_lines", 2, "LX", {"claim_charge_amount": "7650.00", "lines": [line()] * 51}),
    ("pointers_out_of_range", 2, "SV107", lines_with(diagnosis_pointers=["2"])),
]
OF_INSTITUTIONAL = [
    ("bill_malformed", 2, "CLM05", {"patient_status": "1"}),
    ("bill_malformed", 2, "CLM05", {"facility_code": None}),
    ("attending_not_person", 2, "NM1*71", {"attending_entity_code": "2"}),
    ("revenue_code_missing", 2, "SV201", lines_with(revenue_code=None)),
    ("too_many_bill_codes", 2, "HI", {"condition_codes": ["C1"] * 25}),
    ("bill_not_original", 4, "CLM05-3", {"bill_frequency_code": "7"}),
    ("procedure_date_missing", 4, "HI*BBR", {"principal_procedure": "0DTJ4ZZ"}),
    ("line_outside_statement", 4, "DTP*434", {"statement_to": "20250601", "statement_from":
                                               "20250601"} | lines_with(service_to="20250602",
                                                                        revenue_code="0510")),
]  # fmt: skip
PARTED = [
    ("too_many_attachments", {"attachments": [
        {"report_type_code": "OZ", "transmission_code": "FX", "attachment_control_number": str(n)}
        for n in range(11)]}),
]  # fmt: skip


def found(form: Any, row: dict[str, Any]) -> list[tuple[str, int, str]]:
    rows = violations(content(row), form)
    return list(rows.select("rule", "level", "place").iter_rows())


@pytest.mark.parametrize(("rule", "level", "place", "changes"), BROKEN + OF_PROFESSIONAL)
def test_a_professional_claim_that_breaks_a_rule_is_told(
    rule: str, level: int, place: str, changes: dict[str, Any]
) -> None:
    assert (rule, level, place) in found(PROFESSIONAL, claim(**changes))


@pytest.mark.parametrize(("rule", "level", "place", "changes"), OF_INSTITUTIONAL)
def test_an_institutional_claim_that_breaks_a_rule_is_told(
    rule: str, level: int, place: str, changes: dict[str, Any]
) -> None:
    assert (rule, level, place) in found(INSTITUTIONAL, bill(**changes))


@pytest.mark.parametrize(("rule", "changes"), PARTED)
def test_a_claim_with_too_much_is_told(rule: str, changes: dict[str, Any]) -> None:
    assert rule in [told[0] for told in found(PROFESSIONAL, claim(**changes))]


def test_other_payers_that_do_not_add_up_are_told() -> None:
    told = [
        rule
        for rule, _, _ in found(
            PROFESSIONAL, full_claim(frequency_code="1", **paid_line(paid_amount="7.00"))
        )
    ]
    assert told == ["other_payment_unbalanced", "other_payer_unlike_lines"]
    one = FULL_LINE["other_payments"][0]["adjustments"][0]
    many = full_claim(**paid_line(adjustments=[one] * 6))
    assert "too_many_adjustments" in [rule for rule, _, _ in found(PROFESSIONAL, many)]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_sound_claims_break_nothing(form: Any) -> None:
    sound = {"professional": (claim(), full_claim()), "institutional": (bill(), full_bill())}
    told = violations(content(*sound[form.name]), form)
    assert told.to_dicts() == []
    assert told.schema == VIOLATION


def test_every_rule_is_broken_by_one_of_the_claims_above() -> None:
    named = {row[0] for row in (*BROKEN, *OF_PROFESSIONAL, *OF_INSTITUTIONAL, *PARTED)}
    beside = {"other_payment_unbalanced", "too_many_adjustments"}
    assert named | beside == {rule for form in FORMS.values() for rule in rules(form)}


def test_rules_have_words_and_one_id_each() -> None:
    for form in FORMS.values():
        told = catalogue(form)
        assert len({rule.id for rule in told}) == len(told)
        assert all(rule.message and rule.remedy.endswith(".") and rule.owner for rule in told)


def test_rows_stand_by_claim_and_name_its_number() -> None:
    rows = numbered_claims(3).with_columns(
        billing_zip=pl.Series(["958140001", "95814", "95814"]),
        claim_charge_amount=pl.Series(["150.00", "150.00", "1.00"]),
    )
    found = violations(rows, PROFESSIONAL)
    assert set(found["refuses"]) == {True}
    assert found.select("patient_control_number", "rule").rows() == [
        ("PCN00001", "billing_zip_not_nine_digits"),
        ("PCN00002", "charge_unlike_lines"),
        ("PCN00002", "billing_zip_not_nine_digits"),
    ]


SPAN = {"edition_from": date(2020, 1, 1), "edition_to": None, "valid_from": None, "valid_to": None}


def table(**columns: list[Any]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    spans = {name: pl.Series([value] * height, dtype=pl.Date) for name, value in SPAN.items()}
    return pl.DataFrame(columns | spans)


CODES = {
    "icd10cm": table(code=["F1120", "F11", "Z651"], billable=[True, False, True]),
    "hcpcs_modifiers": table(code=["UD", "93"]),
    "place_of_service": table(code=["09", "11"]),
    "us_states": table(code=["CA"]),
    "carc": table(code=["45", "253", "2", "23"]),
    "claim_adjustment_group": table(code=["CO", "PR", "OA"]),
    "delay_reasons": table(
        code=["3", "7", "2"],
        is_accepted=["yes", "yes", "no"],
        attachment_needed=["no", "yes", None],
    ),
}
AMISS: list[tuple[str, int, dict[str, Any]]] = [
    ("diagnosis_not_in_force", 5, {"diagnosis_codes": ["F9999"]}),
    ("diagnosis_not_in_force", 5, {"diagnosis_codes": ["F11"]}),  # a header
    ("modifier_not_in_force", 5, lines_with(modifiers=["ZZ"])),
    ("place_not_in_force", 5, {"place_of_service": "98"}),
    ("state_unknown", 5, {"subscriber_state": "XX"}),
    ("delay_reason_not_accepted", 7, {"delay_reason_code": "2"}),
    ("delay_document_missing", 7, {"delay_reason_code": "7"}),
]


@pytest.mark.parametrize(("rule", "level", "changes"), AMISS)
def test_what_code_sets_say_is_told_and_refuses_nothing(
    rule: str, level: int, changes: dict[str, Any]
) -> None:
    (row,) = violations(content(claim(**changes)), PROFESSIONAL, CODES).to_dicts()
    assert (row["rule"], row["level"], row["refuses"]) == (rule, level, False)


def test_codes_that_are_sound_or_cannot_be_judged_are_not_told() -> None:
    papers = full_claim()["attachments"]
    sound = content(claim(), full_claim(), claim(delay_reason_code="7", attachments=papers))
    assert violations(sound, PROFESSIONAL, CODES).is_empty()
    empty = {name: frame.clear() for name, frame in CODES.items()}
    odd = content(*(claim(**changes) for _, _, changes in AMISS))
    assert violations(odd, PROFESSIONAL, empty).is_empty()
    early = content(claim(diagnosis_codes=["F9999"], lines=[line(service_from="20190101")]))
    assert violations(early, PROFESSIONAL, CODES).is_empty()


def test_codes_are_judged_on_the_first_day_of_the_claims_lines() -> None:
    days = [line(service_from=day) for day in ("20250601", "20250602")]
    later = {"icd10cm": CODES["icd10cm"].with_columns(valid_from=pl.lit(date(2025, 6, 2)))}
    told = violations(content(claim(lines=days)), PROFESSIONAL, CODES | later)
    assert "diagnosis_not_in_force" in told["rule"].to_list()
    second_day = violations(content(claim(lines=days[1:])), PROFESSIONAL, CODES | later)
    assert "diagnosis_not_in_force" not in second_day["rule"].to_list()


def test_adjustments_of_other_payers_are_judged_by_their_codes() -> None:
    codes = CODES | {"carc": table(code=["45"]), "claim_adjustment_group": table(code=["CO"])}
    told = violations(content(full_claim()), PROFESSIONAL, codes)["rule"].to_list()
    assert told == ["adjustment_reason_not_in_force", "adjustment_group_unknown"]


@pytest.mark.parametrize("place", range(1, MAX_ADJUSTMENTS + 1))
def test_each_reason_of_an_adjustment_is_judged(place: int) -> None:
    reasons = {f"reason_code_{n}": "45" for n in range(1, MAX_ADJUSTMENTS + 1)}
    one = {"group_code": "CO"} | reasons | {f"reason_code_{place}": "9999"}
    row = full_claim(**paid_line(adjustments=[one]))
    told = violations(content(row), PROFESSIONAL, CODES)["rule"].to_list()
    assert "adjustment_reason_not_in_force" in told
