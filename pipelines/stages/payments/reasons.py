"""Reasons: why units were not paid whole, with their remarks, and what of it is for lateness.

Which pairs of reason and remark mean lateness is data: the denial map has them under
timely_filing.
"""

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.payments.balancing import Received
from pipelines.stages.payments.shares import CLAIM
from pipelines.stages.payments.units import UNIT

LATENESS = "timely_filing"


def line_adjustments(
    postings: pl.DataFrame, reasons: pl.DataFrame, received: Received
) -> pl.DataFrame:
    """The reasons (`matching.Matches`) of posted units with the line that they are about, `rarcs`
    and `position`.
    """
    posted = postings.filter(state="posted").select(
        *UNIT, "unit", "claim_segment", "submission_id", "claim_id", "patient_control_number",
        "line_ordinal", "paid_on",
    )  # fmt: skip
    remarked = _remarked(posted, received["remittance_remarks"])
    met = reasons.join(remarked, on=UNIT, maintain_order="left")
    return met.sort("unit", maintain_order=True).with_columns(
        position=pl.int_range(1, pl.len() + 1).over(UNIT)
    )


def _remarked(posted: pl.DataFrame, remarks: pl.DataFrame) -> pl.DataFrame:
    """With rarcs: the remarks of the line, then those of its claim."""
    of_lines = remarks.drop_nulls("line_segment").select(
        "file_id", "rarc", segment_ordinal="line_segment"
    )
    of_claims = remarks.filter(pl.col("line_segment").is_null()).select(*CLAIM, "rarc")
    key = ["file_id", "segment_ordinal"]
    told = [
        posted.select(*UNIT, "claim_segment").join(rows, on=on).select(*UNIT, "rarc")
        for rows, on in ((of_lines, key), (of_claims, CLAIM))
    ]
    gathered = pl.concat(told).group_by(UNIT, maintain_order=True).agg(rarcs="rarc")
    return posted.join(gathered, on=UNIT, how="left", maintain_order="left")


def with_late(
    postings: pl.DataFrame, adjustments: pl.DataFrame, denial_map: pl.DataFrame
) -> pl.DataFrame:
    """Postings with late_amount: of what was paid in part, the part cut for lateness."""
    pairs = (
        denial_map.filter(category=LATENESS).select("carc", rarc="rarcs").explode("rarc").unique()
    )
    told = adjustments.with_row_index("at").explode("rarcs", empty_as_null=True)
    late = told.join(pairs, left_on=["carc", "rarcs"], right_on=["carc", "rarc"], how="semi")
    sums = late.unique("at").group_by(UNIT).agg(late_amount=pl.col("amount").sum().cast(MONEY))
    joined = postings.join(sums, on=UNIT, how="left", maintain_order="left")
    is_cut = pl.col("paid_amount") != 0
    return joined.with_columns(
        late_amount=pl.when(is_cut).then("late_amount").fill_null(pl.lit(0, MONEY))
    )
