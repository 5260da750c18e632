"""Our own rules before the gate at their steps: claims just sound, and claims just not."""

from typing import Any

import polars as pl
import pytest
from claim_county import AS_OF, policy
from claim_specimens import (
    BILL_LINE,
    FULL_CLAIM,
    FULL_LINE,
    bill,
    claim,
    content,
    full_bill,
    full_claim,
    line,
)

from pipelines.stages.claims.limits import limits
from pipelines.stages.claims.validation import violations
from pipelines.x12.claim_forms import INSTITUTIONAL, PROFESSIONAL
from pipelines.x12.content import CODES, CONTENT, LINE, OTHER_PAYER, longest

Row = dict[str, Any]
DOCUMENT = {"report_type_code": "OZ", "transmission_code": "FX"}
PLACE = ("address_line", "city", "state", "zip")


def told(rows: list[Row], form: Any = PROFESSIONAL) -> list[set[str]]:
    """The rules that each of the claims breaks."""
    numbered = [row | {"claim_id": f"c{n}"} for n, row in enumerate(rows)]
    found = violations(content(*numbered), form)
    broken = dict(found.group_by("claim_id").agg("rule").iter_rows())
    return [set(broken.get(row["claim_id"], ())) for row in numbered]


def texts(schema: Any) -> list[str]:
    return [name for name, dtype in schema.items() if dtype == pl.String and name != "claim_id"]


def lines(*given: Row) -> Row:
    return {"lines": [line(**one) for one in given]}


def payer(**changes: Any) -> Row:
    first, second = FULL_CLAIM["other_payers"]
    return {"other_payers": [first, second | changes]}


def paid(*payments: Row) -> Row:
    """The full claim's line with its payers' answers changed, one after the other."""
    both = FULL_LINE["other_payments"]
    made = [one | changes for one, changes in zip(both, payments, strict=True)]
    return {"lines": [line(**FULL_LINE | {"other_payments": made})]}


def test_a_text_that_x12_does_not_carry_is_found_wherever_it_stands() -> None:
    places = [
        *((name, claim(**{name: "Ö"})) for name in texts(CONTENT)),
        *((name, claim(**lines({name: "Ö"}))) for name in texts(LINE)),
        *((name, full_claim(**payer(**{name: "Ö"}))) for name in texts(OTHER_PAYER)),
    ]
    rule = {True: "name_not_carried", False: "text_not_carried"}
    money = ("amount", "units", "quantity")
    readable = [(n, row) for n, row in places if not any(word in n for word in money)]
    for (name, _), found in zip(readable, told([row for _, row in readable]), strict=True):
        assert rule["name" in name] in found, name


def test_a_text_has_at_most_the_length_of_its_element() -> None:
    names = ["subscriber_last_name", "billing_address_line", "authorization_number"]
    of_line = ["procedure_description", "ordering_last_name_or_organization"]
    for more in (0, 1):
        rows = [
            *(claim(**{name: "9" * (longest(name) + more)}) for name in names),
            *(claim(**lines({name: "9" * (longest(name) + more)})) for name in of_line),
            full_claim(**payer(last_name="N" * (longest("last_name") + more))),
        ]
        assert ["value_too_long" in found for found in told(rows)] == [more == 1] * len(rows)


def test_codes_of_lists_are_carried_everywhere() -> None:
    lists = [name for name, dtype in LINE.items() if dtype == CODES]
    rows = [
        claim(diagnosis_codes=["F1120", "F*"]), claim(condition_codes=["C*"]),
        *(claim(**lines({name: ["1*"]})) for name in lists if name != "diagnosis_pointers"),
    ]  # fmt: skip
    assert all("code_not_carried" in found for found in told(rows))


ABSENT = [
    *(("subscriber_incomplete", f"subscriber_{n}") for n in ("cin", "last_name", "sex")),
    *(("address_missing", f"subscriber_{name}") for name in PLACE),
    *(("billing_provider_incomplete", f"billing_{n}") for n in ("npi", "name", "tax_id", *PLACE)),
]


@pytest.mark.parametrize(("rule", "name"), ABSENT)
def test_what_a_claim_needs_is_missed(rule: str, name: str) -> None:
    assert told([claim(**{name: None})]) == [{rule}]


NPI = "1679576722"
DRUG = {"ndc": "01234123412", "ndc_quantity": "1", "ndc_unit": "ML"}
FIRST_OF_JUNE = {"service_from": "20250601"}
# Rule, a claim that is just sound, one that just is not.
STEPS: list[tuple[str, Row, Row]] = [
    *(("provider_unknown", claim(), claim(**{f"{role}_npi": NPI}))
      for role in ("referring", "rendering", "supervising", "service_facility")),
    *(("provider_unknown", claim(**lines({f"{role}_npi": NPI,
                                          f"{role}_last_name_or_organization": "ROE"})),
       claim(**lines({f"{role}_npi": NPI})))
      for role in ("ordering", "rendering", "referring")),
    ("attachment_malformed",
     claim(attachments=[DOCUMENT | {"attachment_control_number": "1" * 50}]),
     claim(attachments=[DOCUMENT | {"attachment_control_number": "1" * 51}])),
    ("attachment_malformed", claim(), claim(attachments=[
        DOCUMENT | {"attachment_control_number": None}])),
    ("attachment_malformed", claim(), claim(attachments=[
        DOCUMENT | {"attachment_control_number": "1", "transmission_code": "ZZ"}])),
    ("diagnosis_missing", claim(), claim(diagnosis_codes=None)),
    ("too_many_diagnoses", claim(diagnosis_codes=[f"F1{n}" for n in range(10, 22)]),
     claim(diagnosis_codes=[f"F1{n}" for n in range(10, 23)])),
    ("too_many_attachments",
     claim(attachments=[DOCUMENT | {"attachment_control_number": str(n)} for n in range(10)]),
     claim(attachments=[DOCUMENT | {"attachment_control_number": str(n)} for n in range(11)])),
    ("too_many_lines", claim(claim_charge_amount="7500.00", lines=[line()] * 50),
     claim(claim_charge_amount="7650.00", lines=[line()] * 51)),
    ("pointers_out_of_range", claim(**lines({"diagnosis_pointers": ["1"]})),
     claim(**lines({"diagnosis_pointers": []}))),
    ("pointers_out_of_range",
     claim(diagnosis_codes=["F1120", "Z651"], **lines({"diagnosis_pointers": ["2", "1"]})),
     claim(diagnosis_codes=["F1120", "Z651"], **lines({"diagnosis_pointers": ["3", "1"]}))),
    ("pointers_out_of_range",
     claim(**lines({"diagnosis_pointers": ["1"]}, {"diagnosis_pointers": ["1"]})),
     claim(**lines({"diagnosis_pointers": ["1"]}, {"diagnosis_pointers": []}))),
    ("pointers_out_of_range", claim(),
     claim(**lines({"diagnosis_pointers": ["1"]}, {"diagnosis_pointers": ["2"]}))),
    ("amount_out_of_range", claim(claim_charge_amount="0.01", **lines({"charge_amount": "0.01"})),
     claim(claim_charge_amount="0.00", **lines({"charge_amount": "0.00"}))),
    ("amount_out_of_range",
     claim(claim_charge_amount="99999999.99", **lines({"charge_amount": "99999999.99"})),
     claim(claim_charge_amount="100000000.00", **lines({"charge_amount": "100000000.00"}))),
    ("amount_out_of_range",
     claim(claim_charge_amount="1.00",
           **lines({"charge_amount": "1.00"}, {"charge_amount": "0.00"})),
     claim(claim_charge_amount="0.99",
           **lines({"charge_amount": "1.00"}, {"charge_amount": "-0.01"}))),
    ("charge_unlike_lines", claim(claim_charge_amount="300.00", **lines({}, {})),
     claim(claim_charge_amount="299.99", **lines({}, {}))),
    ("other_payment_unbalanced", full_claim(), full_claim(**paid({"paid_amount": "999.99"}, {}))),
    ("other_payment_unbalanced", full_claim(), full_claim(**paid({}, {"paid_amount": "0.01"}))),
    ("other_payment_unbalanced",
     full_claim(**paid({"paid_amount": "1200.50", "adjustments": None}, {})),
     full_claim(**paid({"paid_amount": "1200.49", "adjustments": None}, {}))),
    ("other_payer_unlike_lines", full_claim(frequency_code="1"),
     full_claim(frequency_code="1", **payer(paid_amount="0.01"))),
    ("other_payer_unlike_lines", full_claim(frequency_code=None),
     full_claim(frequency_code=None, **payer(paid_amount="0.01"))),
    ("replaced_number_missing", full_claim(frequency_code="8"),
     full_claim(frequency_code="8", payer_claim_control_number=None)),
    ("replaced_number_missing", full_claim(frequency_code="1", payer_claim_control_number=None),
     full_claim(frequency_code="7", payer_claim_control_number=None)),
    *(("drug_incomplete", claim(**lines(DRUG)), claim(**lines(DRUG | {name: None})))
      for name in DRUG),
    ("service_ends_before_start", claim(**lines(FIRST_OF_JUNE | {"service_to": "20250601"})),
     claim(**lines(FIRST_OF_JUNE | {"service_to": "20250531"}))),
    ("responsibility_without_payer", full_claim(), full_claim(responsibility=None)),
    ("service_zip_not_nine_digits", claim(service_facility_zip="958140001"),
     claim(service_facility_zip="9581400012")),
    ("npi_check_digit", claim(**lines({"ordering_npi": "1679576722"})),
     claim(**lines({"ordering_npi": "1679576723"}))),
    ("units_not_above_zero", claim(**lines({"units": "0.001"}, {})),
     claim(**lines({"units": "0"}, {}))),
]  # fmt: skip


def without(row: Row, *names: str) -> Row:
    return row | dict.fromkeys(names)


BILL_CODES = {
    "occurrences": {"code": "11", "on": "20250531"},
    "values": {"code": "A2", "amount": "15.30"},
    "condition_codes": "C1",
}
OF_BILLS: list[tuple[str, Row, Row]] = [
    *(("too_many_bill_codes", bill(**{name: [code] * 24}), bill(**{name: [code] * 25}))
      for name, code in BILL_CODES.items()),
    *(("provider_unknown", bill(), bill(**{f"{role}_npi": NPI} | {
        f"{role}_last_name_or_organization": None})) for role in ("attending", "operating")),
    ("bill_malformed", bill(), without(bill(), "facility_code")),
    ("bill_malformed", bill(), without(bill(), "admission_type")),
    ("bill_malformed", bill(), without(bill(), "patient_status")),
    ("bill_malformed", bill(), bill(admission_type="31")),
    ("bill_malformed", bill(), bill(patient_status="1")),
    ("bill_malformed", bill(statement_to="20250601"),
     bill(statement_from="20250602", statement_to="20250601")),
    ("bill_malformed", bill(discharged_at="1400"), bill(discharged_at="140")),
    ("bill_malformed", full_bill(), full_bill(occurrences=[{"code": "11", "on": None}])),
    ("bill_malformed", full_bill(), full_bill(values=[{"code": "A2", "amount": None}])),
    ("attending_not_person", bill(), bill(attending_entity_code=None)),
    ("revenue_code_missing", bill(), bill(**lines(BILL_LINE, BILL_LINE | {"revenue_code": None}))),
    ("bill_not_original", bill(bill_frequency_code="2"), bill(bill_frequency_code="8")),
    ("bill_not_original", bill(bill_frequency_code=None), bill(bill_frequency_code="7")),
    ("procedure_date_missing", full_bill(), without(full_bill(), "principal_procedure_on")),
    ("line_outside_statement", bill(), bill(statement_from="20250602")),
    ("line_outside_statement", bill(**lines(BILL_LINE | {"service_to": "20250603"})),
     bill(**lines(BILL_LINE | {"service_to": "20250604"}))),
    ("line_outside_statement",
     bill(**lines(BILL_LINE, BILL_LINE | {"service_from": "20250602"})),
     bill(statement_from="20250602", **lines(BILL_LINE, BILL_LINE | {"service_from": "20250602"}))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "steps"),
    [(PROFESSIONAL, STEPS), (INSTITUTIONAL, OF_BILLS)],
    ids=["professional", "institutional"],
)
def test_the_step_decides(form: Any, steps: list[tuple[str, Row, Row]]) -> None:
    sound, broken = (told([row[n] for row in steps], form) for n in (1, 2))
    for (rule, _, _), before, after in zip(steps, sound, broken, strict=True):
        assert rule not in before, rule
        assert rule in after, rule


def test_adjustments_fill_five_segments_and_no_more() -> None:
    one = FULL_LINE["other_payments"][0]["adjustments"][0]
    rows = [full_claim(**paid({"adjustments": [one] * n}, {})) for n in (5, 6)]
    assert ["too_many_adjustments" in found for found in told(rows)] == [False, True]


def test_a_replaced_claim_tells_what_was_paid_for_all_its_lines() -> None:
    for code, is_told in (("7", False), ("8", False), ("1", True)):
        (found,) = told([full_claim(frequency_code=code, **payer(paid_amount="0.01"))])
        assert ("other_payer_unlike_lines" in found) is is_told


def test_of_a_bill_policy_limits_the_units_alone() -> None:
    nothing = policy(claim__max_lines=None, claim__max_diagnoses=None)
    of_bills = limits(nothing, AS_OF, INSTITUTIONAL)
    assert (of_bills.max_lines, of_bills.max_diagnoses, of_bills.is_unset) == (999, 25, False)
    of_claims = limits(nothing, AS_OF)
    assert (of_claims.max_lines, of_claims.max_diagnoses, of_claims.is_unset) == (50, 12, True)
