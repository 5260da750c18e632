"""The loops that 837P 005010X222A1 and 837I 005010X223A2 share, as expressions over
`content.CONTENT`.

Here: which element carries which value, loop by loop. Not here: what one guide alone has
(`professional`, `institutional`), sets and envelope, or whether a value is right.
"""

from collections.abc import Callable

import polars as pl

from pipelines.x12.content import MAX_ADJUSTMENTS, MAX_MODIFIERS
from pipelines.x12.segments import Part, amount, composite, joined, segment

col = pl.col
field = pl.element().struct.field


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


def _responsibility() -> pl.Expr:
    """SBR01: Medi-Cal pays first where nobody else does."""
    return col("responsibility").fill_null("P")


def other_payers() -> pl.Expr:
    """Every 2320, in the order in which they pay."""
    return col("other_payers").list.eval(_other_payer()).list.join("")


def _other_payer() -> pl.Expr:
    """2320, 2330A and 2330B. Benefits assigned, release signed, as of the claim."""
    return joined(
        segment(
            *("SBR", field("responsibility"), field("relationship"), field("group_number")),
            *("", "", "", "", "", field("filing_indicator")),
        ),
        segment("AMT", "D", amount(field("paid_amount"))),
        segment("OI", "", "", "Y", "", "", "Y"),
        segment(
            *("NM1", "IL", "1", field("last_name"), field("first_name"), "", "", ""),
            *("MI", field("policy_number")),
        ),
        segment("NM1", "PR", "2", field("payer_name"), *[""] * 4, "PI", field("payer_id")),
    )


def other_payments() -> pl.Expr:
    """Every 2430 of an element of `lines`."""
    return field("other_payments").list.eval(_other_payment()).list.join("")


def _other_payment() -> pl.Expr:
    """2430: what another payer said of the line, its adjustments by group, and when."""
    modifiers = [field("modifiers").list.get(n, null_on_oob=True) for n in range(MAX_MODIFIERS)]
    billed = composite("HC", field("procedure_code"), *modifiers)
    paid, revenue = amount(field("paid_amount")), field("revenue_code")
    return joined(
        segment("SVD", field("payer_id"), paid, billed, revenue, amount(field("units"))),
        field("adjustments").list.eval(_adjustment()).list.join(""),
        segment("DTP", "573", "D8", field("adjudicated_on")),
    )


def _adjustment() -> pl.Expr:
    """CAS of one group; quantities of adjusted units are not told to us."""
    trios: list[Part] = []
    for n in range(1, MAX_ADJUSTMENTS + 1):
        trios += [field(f"reason_code_{n}"), amount(field(f"amount_{n}")), ""]
    return segment("CAS", field("group_code"), *trios)


def agreed() -> tuple[Part, ...]:
    """CLM07 to CLM20: assignment accepted, benefits assigned, release signed, delay reason."""
    return ("A", "Y", "Y", *[""] * 10, col("delay_reason_code"))


def reference(qualifier: str, number: pl.Expr) -> pl.Expr:
    """REF of one number."""
    return segment("REF", qualifier, number)


def note() -> pl.Expr:
    """NTE of the claim."""
    return segment("NTE", "ADD", col("claim_note"))


def attachments() -> pl.Expr:
    """PWK of each document that comes beside the claim."""
    codes = (field("report_type_code"), field("transmission_code"))
    one = segment("PWK", *codes, "", "", "AC", field("attachment_control_number"))
    return col("attachments").list.eval(one).list.join("")


def service_facility() -> pl.Expr:
    """2310C of an 837P, 2310E of an 837I."""
    identity = _npi(col("service_facility_npi"))
    name = segment("NM1", "77", "2", col("service_facility_name"), *[""] * 4, *identity)
    return joined(name, _address("service_facility"))


def procedure() -> pl.Expr:
    """The HC procedure with modifiers and, of an unlisted code, its description."""
    modifiers = [field("modifiers").list.get(n, null_on_oob=True) for n in range(MAX_MODIFIERS)]
    return composite("HC", field("procedure_code"), *modifiers, field("procedure_description"))


def service_date() -> pl.Expr:
    """DTP*472 of an element of `lines`."""
    start, end = field("service_from"), field("service_to")
    is_span = end.is_not_null() & (end != start)
    return (
        pl.when(is_span)
        .then(segment("DTP", "472", "RD8", start + pl.lit("-") + end))
        .otherwise(segment("DTP", "472", "D8", start))
    )


def drug() -> pl.Expr:
    """2410: the NDC under the procedure, its quantity and the prescription it fills."""
    return joined(
        segment("LIN", "", "N4", field("ndc")),
        segment("CTP", "", "", "", amount(field("ndc_quantity")), field("ndc_unit")),
        segment("REF", "XZ", field("prescription_number")),
    )


def provider(code: str, role: str, column: Callable[[str], pl.Expr]) -> pl.Expr:
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
