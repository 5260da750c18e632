"""The 837I 005010X223A2 below its subscriber: loops 2300 and 2400 over `content.CONTENT`.

Here: which element carries which value, in the guide's order. Not here: loops that both guides
have (`claim_loops`), hierarchical numbers, sets and envelope, or whether a value is right.
"""

import polars as pl

from pipelines.x12.claim_loops import (
    agreed,
    attachments,
    drug,
    field,
    note,
    other_payers,
    other_payments,
    procedure,
    provider,
    reference,
    service_date,
    service_facility,
)
from pipelines.x12.segments import EMPTY, amount, composite, joined, segment

_IN_A_SEGMENT = 12  # HI01 to HI12
ORIGINAL = "1"  # CLM05-3

col = pl.col


def claim_loop() -> pl.Expr:
    """2300, 2310A to 2310F, every 2320 and every 2400."""
    return joined(
        _header(),
        segment("DTP", "096", "TM", col("discharged_at")),
        segment("DTP", "434", "RD8", _statement()),
        segment("DTP", "435", "DT", col("admitted_at")),
        segment("CL1", *(col(n) for n in ("admission_type", "admission_source", "patient_status"))),
        attachments(),
        reference("9F", col("referral_number")),
        reference("G1", col("authorization_number")),
        reference("F8", col("payer_claim_control_number")),
        note(),
        _health_codes(),
        provider("71", "attending", col),
        segment("PRV", "AT", "PXC", col("attending_taxonomy_code")),
        provider("72", "operating", col),
        provider("82", "rendering", col),
        service_facility(),
        provider("DN", "referring", col),
        other_payers(),
        col("lines").list.eval(_line_loop()).list.join(""),
    )


def _line_loop() -> pl.Expr:
    """2400, 2410, 2420C, 2420D and every 2430, over one element of `lines`."""
    return joined(
        segment("LX", field("line_ordinal")),
        segment(
            *("SV2", field("revenue_code"), procedure(), amount(field("charge_amount"))),
            *("UN", amount(field("units"))),
        ),
        service_date(),
        reference("6R", field("line_control_number")),
        drug(),
        provider("82", "rendering", field),
        provider("DN", "referring", field),
        other_payments(),
    )


def _header() -> pl.Expr:
    """CLM. Assignment accepted, benefits assigned, release signed: A Y Y.

    CLM05-3 of an original is the bill's own (an interim bill has another than 1).
    """
    charge = amount(col("claim_charge_amount"))
    is_original = col("frequency_code") == ORIGINAL
    frequency = pl.when(is_original).then(pl.coalesce("bill_frequency_code", "frequency_code"))
    bill = composite(col("facility_code"), "A", frequency.otherwise("frequency_code"))
    return segment(
        *("CLM", col("patient_control_number"), charge, "", "", bill, ""),
        *agreed(),
    )


def _statement() -> pl.Expr:
    return col("statement_from") + pl.lit("-") + col("statement_to")


def _health_codes() -> pl.Expr:
    """Every HI: diagnoses, principal procedure, occurrences, values, conditions."""
    codes = col("diagnosis_codes")
    procedure_on = col("principal_procedure_on")
    return joined(
        segment("HI", pl.lit("ABK:") + codes.list.first()),
        segment("HI", pl.lit("ABJ:") + col("admitting_diagnosis")),
        segment("HI", pl.lit("ABN:") + col("external_cause_code")),
        _listed(codes.list.slice(1), "ABF:"),
        segment("HI", pl.lit("BBR:") + col("principal_procedure") + pl.lit(":D8:") + procedure_on),
        _listed(col("occurrences").list.eval(_pair(":D8:", "on")), "BH:"),
        _listed(col("values").list.eval(_pair(":::", "amount")), "BE:"),
        _listed(col("condition_codes"), "BG:"),
    )


def _pair(between: str, name: str) -> pl.Expr:
    told = amount(field(name)) if name == "amount" else field(name)
    return field("code") + pl.lit(between) + told


def _listed(codes: pl.Expr, qualifier: str) -> pl.Expr:
    """HI segments of at most twelve codes of one kind; none where there is no code."""
    texts = [_segment(codes.list.slice(at, _IN_A_SEGMENT), qualifier)
             for at in (0, _IN_A_SEGMENT)]  # fmt: skip
    return joined(*texts)


def _segment(codes: pl.Expr, qualifier: str) -> pl.Expr:
    text = segment("HI", pl.lit(qualifier) + codes.list.join(f"*{qualifier}"))
    return pl.when(codes.list.len() > 0).then(text).otherwise(EMPTY)
