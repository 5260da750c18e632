"""The 837P 005010X222A1 below its subscriber: loops 2300 and 2400 over `content.CONTENT`.

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
from pipelines.x12.segments import amount, composite, joined, segment

col = pl.col


def claim_loop() -> pl.Expr:
    """2300, 2310A to 2310D, every 2320 and every 2400."""
    return joined(
        _header(),
        attachments(),
        reference("9F", col("referral_number")),
        reference("G1", col("authorization_number")),
        reference("F8", col("payer_claim_control_number")),
        reference("X4", col("clia_number")),
        note(),
        segment("HI", pl.lit("ABK:") + col("diagnosis_codes").list.join("*ABF:")),
        provider("DN", "referring", col),
        provider("82", "rendering", col),
        segment("PRV", "PE", "PXC", col("rendering_taxonomy_code")),
        service_facility(),
        provider("DQ", "supervising", col),
        other_payers(),
        col("lines").list.eval(_line_loop()).list.join(""),
    )


def _line_loop() -> pl.Expr:
    """2400, 2410, 2420E and every 2430, over one element of `lines`."""
    return joined(
        segment("LX", field("line_ordinal")),
        _service(),
        service_date(),
        reference("6R", field("line_control_number")),
        drug(),
        provider("DK", "ordering", field),
        other_payments(),
    )


def _header() -> pl.Expr:
    """CLM. Signature on file, assignment accepted, benefits assigned, release signed: Y A Y Y."""
    charge = amount(col("claim_charge_amount"))
    place_and_frequency = composite(col("place_of_service"), "B", col("frequency_code"))
    return segment(
        *("CLM", col("patient_control_number"), charge, "", "", place_and_frequency),
        *("Y", *agreed()),
    )


def _service() -> pl.Expr:
    """SV1: HC procedure with modifiers, charge, units, place where it differs, pointers, flags."""
    return segment(
        *("SV1", procedure(), amount(field("charge_amount")), "UN", amount(field("units"))),
        *(field("place_of_service"), "", field("diagnosis_pointers").list.join(":"), ""),
        *(field("is_emergency"), "", field("is_epsdt"), field("is_family_planning")),
    )
