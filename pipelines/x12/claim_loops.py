"""The loops of an 837P 005010X222A1 as expressions over `content.CONTENT`.

Here: which element carries which value, loop by loop in the guide's order.
Not here: hierarchical numbers, sets and envelope, or whether a value is right.
"""

from collections.abc import Callable

import polars as pl

from pipelines.x12.content import MAX_ADJUSTMENTS, MAX_MODIFIERS
from pipelines.x12.segments import Part, amount, composite, joined, segment

col = pl.col
_field = pl.element().struct.field


def billing_loop() -> pl.Expr:
    """2000A less its HL, 2010AA and, where there is one, 2010AB."""
    pay_to = col("pay_to_address_line").is_not_null()
    return joined(
        segment("PRV", "BI", "PXC", col("billing_taxonomy_code")),
        segment("NM1", "85", "2", col("billing_name"), "", "", "", "", "XX", col("billing_npi")),
        _address("billing"),
        segment("REF", "EI", col("billing_tax_id")),
        _billing_contact(),
        segment("NM1", "87", "2", when=pay_to),
        _address("pay_to"),
    )


def subscriber_loop() -> pl.Expr:
    """2000B less its HL, 2010BA and 2010BB: in Medi-Cal the patient is the subscriber."""
    return joined(
        segment("SBR", _responsibility(), "18", *[""] * 6, col("filing_indicator")),
        segment(
            *("NM1", "IL", "1", col("subscriber_last_name"), col("subscriber_first_name")),
            *(col("subscriber_middle_name"), "", col("subscriber_suffix")),
            *("MI", col("subscriber_cin")),
        ),
        _address("subscriber"),
        segment("DMG", "D8", col("subscriber_birth_date"), col("subscriber_sex")),
        segment("NM1", "PR", "2", col("payer_name"), *[""] * 4, "PI", col("payer_id")),
    )


def claim_loop() -> pl.Expr:
    """2300, 2310A to 2310D, every 2320 and every 2400."""
    return joined(
        _claim_header(),
        col("attachments").list.eval(_attachment()).list.join(""),
        segment("REF", "9F", col("referral_number")),
        segment("REF", "G1", col("authorization_number")),
        segment("REF", "F8", col("payer_claim_control_number")),
        segment("REF", "X4", col("clia_number")),
        segment("NTE", "ADD", col("claim_note")),
        segment("HI", pl.lit("ABK:") + col("diagnosis_codes").list.join("*ABF:")),
        _claim_providers(),
        col("other_payers").list.eval(_other_payer()).list.join(""),
        col("lines").list.eval(line_loop()).list.join(""),
    )


def line_loop() -> pl.Expr:
    """2400, 2410, 2420E and every 2430, over one element of `lines`."""
    return joined(
        segment("LX", _field("line_ordinal")),
        _service(),
        _service_date(),
        segment("REF", "6R", _field("line_control_number")),
        _drug(),
        _provider("DK", "ordering", _field),
        _field("other_payments").list.eval(_other_payment()).list.join(""),
    )


def _responsibility() -> pl.Expr:
    """SBR01: Medi-Cal pays first where nobody else does."""
    return col("responsibility").fill_null("P")


def _other_payer() -> pl.Expr:
    """2320, 2330A and 2330B. Benefits assigned, release signed, as of the claim."""
    return joined(
        segment(
            *("SBR", _field("responsibility"), _field("relationship"), _field("group_number")),
            *("", "", "", "", "", _field("filing_indicator")),
        ),
        segment("AMT", "D", amount(_field("paid_amount"))),
        segment("OI", "", "", "Y", "", "", "Y"),
        segment(
            *("NM1", "IL", "1", _field("last_name"), _field("first_name"), "", "", ""),
            *("MI", _field("policy_number")),
        ),
        segment("NM1", "PR", "2", _field("payer_name"), *[""] * 4, "PI", _field("payer_id")),
    )


def _other_payment() -> pl.Expr:
    """2430: what another payer said of the line, its adjustments by group, and when."""
    modifiers = [_field("modifiers").list.get(n, null_on_oob=True) for n in range(MAX_MODIFIERS)]
    procedure = composite("HC", _field("procedure_code"), *modifiers)
    paid = amount(_field("paid_amount"))
    return joined(
        segment("SVD", _field("payer_id"), paid, procedure, "", amount(_field("units"))),
        _field("adjustments").list.eval(_adjustment()).list.join(""),
        segment("DTP", "573", "D8", _field("adjudicated_on")),
    )


def _adjustment() -> pl.Expr:
    """CAS of one group; quantities of adjusted units are not told to us."""
    trios: list[Part] = []
    for n in range(1, MAX_ADJUSTMENTS + 1):
        trios += [_field(f"reason_code_{n}"), amount(_field(f"amount_{n}")), ""]
    return segment("CAS", _field("group_code"), *trios)


def _claim_header() -> pl.Expr:
    """CLM. Signature on file, assignment accepted, benefits assigned, release signed: Y A Y Y."""
    charge = amount(col("claim_charge_amount"))
    place_and_frequency = composite(col("place_of_service"), "B", col("frequency_code"))
    agreed = ("Y", "A", "Y", "Y")
    return segment(
        *("CLM", col("patient_control_number"), charge, "", "", place_and_frequency),
        *agreed,
        *[""] * 10,
        col("delay_reason_code"),
    )


def _attachment() -> pl.Expr:
    codes = (_field("report_type_code"), _field("transmission_code"))
    return segment("PWK", *codes, "", "", "AC", _field("attachment_control_number"))


def _claim_providers() -> pl.Expr:
    return joined(
        _provider("DN", "referring", col),
        _provider("82", "rendering", col),
        segment("PRV", "PE", "PXC", col("rendering_taxonomy_code")),
        _service_facility(),
        _provider("DQ", "supervising", col),
    )


def _service_facility() -> pl.Expr:
    identity = _npi(col("service_facility_npi"))
    name = segment("NM1", "77", "2", col("service_facility_name"), *[""] * 4, *identity)
    return joined(name, _address("service_facility"))


def _service() -> pl.Expr:
    """SV1: HC procedure with modifiers, charge, units, place where it differs, pointers, flags."""
    return segment(
        *("SV1", _procedure(), amount(_field("charge_amount")), "UN", amount(_field("units"))),
        *(_field("place_of_service"), "", _field("diagnosis_pointers").list.join(":"), ""),
        *(_field("is_emergency"), "", _field("is_epsdt"), _field("is_family_planning")),
    )


def _procedure() -> pl.Expr:
    modifiers = [_field("modifiers").list.get(n, null_on_oob=True) for n in range(MAX_MODIFIERS)]
    return composite("HC", _field("procedure_code"), *modifiers, _field("procedure_description"))


def _service_date() -> pl.Expr:
    start, end = _field("service_from"), _field("service_to")
    is_span = end.is_not_null() & (end != start)
    return (
        pl.when(is_span)
        .then(segment("DTP", "472", "RD8", start + pl.lit("-") + end))
        .otherwise(segment("DTP", "472", "D8", start))
    )


def _drug() -> pl.Expr:
    """2410: the NDC under the procedure, its quantity and the prescription it fills."""
    return joined(
        segment("LIN", "", "N4", _field("ndc")),
        segment("CTP", "", "", "", amount(_field("ndc_quantity")), _field("ndc_unit")),
        segment("REF", "XZ", _field("prescription_number")),
    )


def _provider(code: str, role: str, column: Callable[[str], pl.Expr]) -> pl.Expr:
    """NM1 of a person or organization in its role, with the NPI it is known by."""
    fields = ("entity_code", "last_name_or_organization", "first_name", "middle_name")
    names = [column(f"{role}_{field}") for field in fields]
    identity = _npi(column(f"{role}_npi"))
    return segment("NM1", code, *names, "", column(f"{role}_suffix"), *identity)


def _npi(npi: pl.Expr) -> tuple[Part, Part]:
    return pl.when(npi.is_not_null()).then(pl.lit("XX")), npi


def _address(prefix: str) -> pl.Expr:
    city_state_zip = [col(f"{prefix}_{field}") for field in ("city", "state", "zip")]
    return joined(segment("N3", col(f"{prefix}_address_line")), segment("N4", *city_state_zip))


def _billing_contact() -> pl.Expr:
    name, phone = col("billing_contact_name"), col("billing_contact_phone")
    return segment("PER", "IC", name, "TE", phone, when=phone.is_not_null())
