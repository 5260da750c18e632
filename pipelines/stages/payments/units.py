"""Units: what is posted one by one: each line of a posted remittance, or a claim without lines.

Here: a unit's money, the reasons of a claim as a whole shared out over its lines. Not here: whose
line it is.
"""

from dataclasses import dataclass

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.payments.balancing import SET, Received
from pipelines.stages.payments.shares import CLAIM, adjustments_shared

UNIT = ["file_id", "segment_ordinal", "part"]
_OF_CLAIM = (
    "told_number", "payer_claim_number", "claim_status_code", "member_id", "claim_received_on",
)  # fmt: skip


@dataclass(frozen=True)
class Units:
    """`rows`: the units in the order in which they were paid, `unit` their number, told_number
    CLP01 as the payer returns it; a claim that has no lines `is_whole`. `reasons`: file_id,
    segment_ordinal, part, group_code, carc, amount of the units with lines. `whole_reasons`: of the
    claims without (`remittance_adjustments`).
    """

    rows: pl.DataFrame
    reasons: pl.DataFrame
    whole_reasons: pl.DataFrame


def units(received: Received, sets: pl.DataFrame) -> Units:
    """Units of the sets (`repeats.judged`) that are posted.

    charge_amount is paid_amount and adjusted_amount together.
    """
    posted = sets.filter(state="posted").select(*SET, "trace_number", "paid_on", "payee_npi")
    claims = received["remittance_claims"].rename(
        {"segment_ordinal": "claim_segment", "patient_control_number": "told_number"}
    )
    of_sets = claims.join(posted, on=SET, maintain_order="left")
    reasons = received["remittance_adjustments"].join(posted, on=SET, how="semi")
    lines = _lines(received, of_sets)
    of_lines = _reasons(lines, reasons)
    whole = of_sets.join(lines, on=CLAIM, how="anti").with_columns(
        segment_ordinal="claim_segment", is_whole=pl.lit(True)
    )
    rows = pl.concat([with_adjusted(lines, of_lines), whole], how="diagonal_relaxed")
    ordered = rows.select(pl.exclude("patient_amount", "frequency_code", "rendering_npi")).sort(
        "paid_on", "received_at", "row_number", "segment_ordinal", nulls_last=True
    )
    return Units(
        ordered.with_row_index("unit"), of_lines, reasons.join(whole, on=CLAIM, how="semi")
    )


def _lines(received: Received, claims: pl.DataFrame) -> pl.DataFrame:
    of_claim = claims.select(*CLAIM, *_OF_CLAIM, "trace_number", "paid_on", "payee_npi")
    return (
        received["remittance_lines"]
        .drop("submitted_units")
        .join(of_claim, on=CLAIM, maintain_order="left")
        .with_columns(is_whole=pl.lit(False), part=pl.lit(1, pl.Int64))
    )


def _reasons(lines: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    own = reasons.drop_nulls("line_segment").select(
        "file_id",
        "group_code",
        "carc",
        "amount",
        segment_ordinal="line_segment",
        part=pl.lit(1, pl.Int64),
    )
    shared = adjustments_shared(lines, reasons)
    return pl.concat([own.select(shared.columns), shared])


def with_adjusted(units: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """With adjusted_amount, the sum of a unit's reasons, and what of the charge is then paid."""
    sums = reasons.group_by(UNIT).agg(adjusted_amount=pl.col("amount").sum().cast(MONEY))
    joined = units.join(sums, on=UNIT, how="left", maintain_order="left")
    adjusted = pl.col("adjusted_amount").fill_null(pl.lit(0, MONEY))
    return joined.with_columns(
        adjusted_amount=adjusted, paid_amount=(pl.col("charge_amount") - adjusted).cast(MONEY)
    )
