"""Claim content and an envelope for the X12 tests. No row is a real person."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from pipelines.x12.claim_sets import render
from pipelines.x12.content import ADJUSTMENT, CONTENT, LINE, OTHER_PAYER
from pipelines.x12.envelope import Envelope

PLAIN_CLAIM: dict[str, Any] = {
    "claim_id": "claim-1",
    "patient_control_number": "PCN0000000000001",
    "frequency_code": "1",
    "billing_npi": "1234567893",
    "billing_taxonomy_code": "261QP2400X",
    "billing_name": "RIVER COUNTY JAIL HEALTH",
    "billing_address_line": "1 MAIN ST",
    "billing_city": "SACRAMENTO",
    "billing_state": "CA",
    "billing_zip": "958140001",
    "billing_tax_id": "941234567",
    "subscriber_cin": "90000001A",
    "subscriber_last_name": "DOE",
    "subscriber_address_line": "2 OAK ST",
    "subscriber_city": "SACRAMENTO",
    "subscriber_state": "CA",
    "subscriber_zip": "95814",
    "subscriber_birth_date": "19900131",
    "subscriber_sex": "F",
    "payer_id": "610442",
    "payer_name": "MEDI-CAL",
    "filing_indicator": "MC",
    "claim_charge_amount": "150.00",
    "place_of_service": "09",
    "diagnosis_codes": ["F1120"],
}
PLAIN_LINE: dict[str, Any] = {
    "line_ordinal": "1",
    "line_control_number": "PCN000000000000101",
    "procedure_code": "99213",
    "charge_amount": "150.00",
    "units": "1",
    "service_from": "20250601",
    "modifiers": [],
    "diagnosis_pointers": ["1"],
}
FULL_LINE: dict[str, Any] = {
    **PLAIN_LINE,
    "procedure_code": "J0577",
    "procedure_description": "UNLISTED THING",
    "modifiers": ["UD", "93"],
    "charge_amount": "1200.50",
    "units": "2.5",
    "place_of_service": "11",
    "diagnosis_pointers": ["1", "2"],
    "service_to": "20250603",
    "is_emergency": "Y",
    "is_epsdt": "Y",
    "is_family_planning": "Y",
    "ndc": "01234123412",
    "ndc_quantity": "0.50",
    "ndc_unit": "ML",
    "prescription_number": "RX77",
    "ordering_npi": "1679576722",
    "ordering_entity_code": "1",
    "ordering_last_name_or_organization": "ORDER",
    "ordering_first_name": "OLGA",
    "other_payments": [
        {
            "payer_id": "MUT01",
            "paid_amount": "1000.00",
            "procedure_code": "J0577",
            "units": "2.5",
            "adjudicated_on": "20250620",
            "modifiers": ["UD"],
            "adjustments": [
                dict.fromkeys(ADJUSTMENT)
                | {
                    "group_code": "CO",
                    "reason_code_1": "45",
                    "amount_1": "100.50",
                    "reason_code_2": "253",
                    "amount_2": "50.00",
                },
                dict.fromkeys(ADJUSTMENT)
                | {"group_code": "PR", "reason_code_1": "2", "amount_1": "50.00"},
            ],
        },
        {
            "payer_id": "OLD02",
            "paid_amount": "0.00",
            "procedure_code": "J0577",
            "units": "2.5",
            "adjudicated_on": "20250710",
            "modifiers": [],
            "adjustments": [
                dict.fromkeys(ADJUSTMENT)
                | {"group_code": "OA", "reason_code_1": "23", "amount_1": "1200.50"}
            ],
        },
    ],
}
FULL_CLAIM: dict[str, Any] = {
    **PLAIN_CLAIM,
    "claim_id": "claim-2",
    "patient_control_number": "PCN0000000000002",
    "frequency_code": "7",
    "billing_contact_name": "BILLING OFFICE",
    "billing_contact_phone": "9165550100",
    "pay_to_address_line": "PO BOX 9",
    "pay_to_city": "LODI",
    "pay_to_state": "CA",
    "pay_to_zip": "952400001",
    "subscriber_first_name": "JANE",
    "subscriber_middle_name": "Q",
    "subscriber_suffix": "JR",
    "claim_charge_amount": "1200.50",
    "delay_reason_code": "3",
    "responsibility": "T",
    "other_payers": [
        {
            "payer_id": "MUT01",
            "payer_name": "MUTUAL HEALTH",
            "responsibility": "P",
            "relationship": "18",
            "group_number": "G77",
            "filing_indicator": "CI",
            "policy_number": "M123",
            "last_name": "DOE",
            "first_name": "JANE",
            "paid_amount": "1000.00",
        },
        dict.fromkeys(OTHER_PAYER)
        | {
            "payer_id": "OLD02",
            "payer_name": "OLD UNION",
            "responsibility": "S",
            "relationship": "01",
            "filing_indicator": "CI",
            "policy_number": "U9",
            "last_name": "DOE",
            "first_name": "JOHN",
            "paid_amount": "0.00",
        },
    ],
    "authorization_number": "12345678901",
    "referral_number": "REF5",
    "payer_claim_control_number": "ICN0001",
    "clia_number": "05D0000001",
    "claim_note": "SEE REMARKS",
    "diagnosis_codes": ["F1120", "Z651"],
    "attachments": [
        {
            "report_type_code": "OZ",
            "transmission_code": "FX",
            "attachment_control_number": "ACN1",
        }
    ],
    "referring_npi": "1245319599",
    "referring_entity_code": "1",
    "referring_last_name_or_organization": "REFER",
    "referring_first_name": "RITA",
    "rendering_npi": "1679576722",
    "rendering_entity_code": "1",
    "rendering_last_name_or_organization": "ROE",
    "rendering_first_name": "RICHARD",
    "rendering_middle_name": "M",
    "rendering_suffix": "III",
    "rendering_taxonomy_code": "207Q00000X",
    "service_facility_npi": "1234567893",
    "service_facility_name": "NORTH ANNEX",
    "service_facility_address_line": "5 NORTH RD",
    "service_facility_city": "GALT",
    "service_facility_state": "CA",
    "service_facility_zip": "956320001",
    "supervising_npi": "1245319599",
    "supervising_entity_code": "1",
    "supervising_last_name_or_organization": "SUPER",
    "supervising_first_name": "SAM",
}


BILL: dict[str, Any] = {
    "claim_id": "bill-1",
    "place_of_service": None,
    "facility_code": "13",
    "bill_frequency_code": "1",
    "statement_from": "20250601",
    "statement_to": "20250603",
    "admission_type": "3",
    "patient_status": "01",
    "attending_npi": "1679576722",
    "attending_entity_code": "1",
    "attending_last_name_or_organization": "ATTEND",
    "attending_first_name": "ADA",
}
BILL_LINE: dict[str, Any] = {"revenue_code": "0510", "diagnosis_pointers": []}
FULL_BILL: dict[str, Any] = {
    **{name: value for name, value in FULL_CLAIM.items() if name not in PLAIN_CLAIM},
    **BILL,
    **dict.fromkeys(("clia_number", "rendering_taxonomy_code")),
    **{name: None for name in FULL_CLAIM if name.startswith("supervising_")},
    "claim_charge_amount": "1200.50",
    "claim_id": "bill-2",
    "patient_control_number": "PCN0000000000002",
    "facility_code": "11",
    "bill_frequency_code": "2",
    "admitted_at": "202506010930",
    "discharged_at": "1400",
    "admission_source": "1",
    "patient_status": "30",
    "admitting_diagnosis": "F1120",
    "external_cause_code": "W19XXXA",
    "principal_procedure": "0DTJ4ZZ",
    "principal_procedure_on": "20250602",
    "attending_taxonomy_code": "207Q00000X",
    "operating_npi": "1245319599",
    "operating_entity_code": "1",
    "operating_last_name_or_organization": "OPERATE",
    "operating_first_name": "OTTO",
    "diagnosis_codes": ["F1120", *(f"F1{n}" for n in range(10, 26))],
    "occurrences": [{"code": "11", "on": "20250531"}, {"code": "A1", "on": "20250601"}],
    "values": [{"code": "A2", "amount": "15.30"}, {"code": "80", "amount": "2.00"}],
    "condition_codes": ["C1", "09"],
}


FULL_BILL_LINE: dict[str, Any] = {
    **{name: value for name, value in FULL_LINE.items() if not name.startswith("ordering_")},
    **BILL_LINE,
    **dict.fromkeys(("place_of_service", "is_emergency", "is_epsdt", "is_family_planning")),
    "revenue_code": "0636",
    "rendering_npi": "1234567893",
    "rendering_entity_code": "1",
    "rendering_last_name_or_organization": "LINER",
    "referring_npi": "1245319599",
    "referring_entity_code": "1",
    "referring_last_name_or_organization": "REFER",
    "other_payments": [one | {"revenue_code": "0636"} for one in FULL_LINE["other_payments"]],
}


def line(**changes: Any) -> dict[str, Any]:
    return dict.fromkeys(LINE) | PLAIN_LINE | changes


def claim(**changes: Any) -> dict[str, Any]:
    return dict.fromkeys(CONTENT) | PLAIN_CLAIM | {"lines": [line()]} | changes


def full_claim(**changes: Any) -> dict[str, Any]:
    return claim(**FULL_CLAIM) | {"lines": [line(**FULL_LINE)]} | changes


def bill(**changes: Any) -> dict[str, Any]:
    return claim(**BILL) | {"lines": [line(**BILL_LINE)]} | changes


def full_bill(**changes: Any) -> dict[str, Any]:
    """All that an institutional claim can say; its line names providers that the claim does not."""
    told = claim(**FULL_BILL) | {"lines": [line(**FULL_BILL_LINE)]}
    return told | changes


def numbered_claims(count: int, **changes: Any) -> pl.DataFrame:
    return content(
        *(
            claim(claim_id=f"claim-{n}", patient_control_number=f"PCN{n:05d}", **changes)
            for n in range(count)
        )
    )


def content(*claims: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(claims, schema=CONTENT)


def envelope(**changes: Any) -> Envelope:
    settings: dict[str, Any] = {
        "submitter_name": "RIVER COUNTY",
        "contact_name": "ANN CLERK",
        "contact_phone": "9165550199",
        "isa_sender_qualifier": "ZZ",
        "isa_sender_id": "RIVERCO",
        "gs_sender_code": "RIVERGS",
        "isa_receiver_qualifier": "ZZ",
        "isa_receiver_id": "610442",
        "gs_receiver_code": "610442",
        "receiver_name": "MEDI-CAL",
        "usage": "T",
        "interchange_control_number": 77,
        "group_control_number": 78,
        # 05:30 on 2 July in UTC is still the evening of the first in Los Angeles.
        "created_at": datetime(2025, 7, 2, 5, 30, tzinfo=UTC),
    }
    return Envelope(**(settings | changes))


def rendered_text(claims: pl.DataFrame, **options: int) -> str:
    """An 837P of claims as text."""
    return b"".join(one.content for one in render(claims, envelope(), **options)).decode("ascii")
