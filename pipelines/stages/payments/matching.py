"""Matching: which of the service lines that we sent a unit of a remittance pays.

By our line's number, else by the claim's number or the payer's own, and within that claim by its
service (`services`). Anything weaker only proposes (`proposals`): it is never posted.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.payments.proposals import with_candidates
from pipelines.stages.payments.services import by_service
from pipelines.stages.payments.shares import adjustments_shared
from pipelines.stages.payments.units import Units, with_adjusted

_LINE: Final = (
    "submission_id", "claim_id", "patient_control_number", "line_ordinal", "sent_amount",
)  # fmt: skip

LookUp = Callable[[Collection[str], Collection[Decimal]], pl.DataFrame]


@dataclass(frozen=True)
class Matches:
    """`rows`: the units, each with its line; `reasons`: all of theirs, as `Units` has them."""

    rows: pl.DataFrame
    reasons: pl.DataFrame


def matched(units: Units, lines: pl.DataFrame, numbers: pl.DataFrame, look_up: LookUp) -> Matches:
    """Units with submission_id, claim_id, patient_control_number, line_ordinal, sent_amount (what
    we charged for the line), matched_by, reason and candidates.

    `reason`, of what found no line: line_unknown, claim_unknown. `candidates`: numbers of lines
    with what agrees. A unit of a whole claim becomes one row a line, its `part` from 1.
    `lines`: submission_id, claim_id, patient_control_number, line_ordinal, charge_amount of all
    that was ever sent. `numbers`: submission_id and payer_claim_number, as the payer told them.
    `look_up` gives patient_control_number, line_ordinal, charge_amount, cin, procedure_code,
    modifiers, service_date of the lines of claims, by their numbers, and of charges.
    """
    sent = lines.rename({"charge_amount": "sent_amount"}).with_columns(
        line_number=pl.col("patient_control_number") + pl.col("line_ordinal").cast(pl.String)
    )
    told = units.rows.with_columns(
        pl.col("told_number", "line_control_number", "payer_claim_number").str.strip_chars(),
        part=pl.lit(1, pl.Int64),
    )
    by_line = told.join(
        sent, left_on="line_control_number", right_on="line_number", maintain_order="left"
    ).with_columns(matched_by=pl.lit("line_control_number"))
    rest = _of_claims(told.join(by_line, on="unit", how="anti"), by_line, sent, numbers)
    claimed = rest.drop_nulls("submission_id")
    whole, of_wholes = _wholes(claimed.filter("is_whole"), sent, units.whole_reasons)
    single = by_service(claimed.filter(~pl.col("is_whole")), by_line, sent, look_up)
    found = pl.concat([by_line, whole, single], how="diagonal_relaxed")
    lost = rest.join(found, on="unit", how="anti").with_columns(
        reason=pl.when(pl.col("submission_id").is_null())
        .then(pl.lit("claim_unknown"))
        .otherwise(pl.lit("line_unknown"))
    )
    proposed = with_candidates(lost.drop("submission_id", "matched_by"), sent, look_up)
    rows = pl.concat([found, proposed], how="diagonal_relaxed").sort("unit", "part")
    return Matches(rows, pl.concat([units.reasons, of_wholes]))


def _of_claims(
    rest: pl.DataFrame, by_line: pl.DataFrame, sent: pl.DataFrame, numbers: pl.DataFrame
) -> pl.DataFrame:
    """With the submission that the claim's number names, else the one that has the payer's."""
    ours = sent.select("submission_id", told_number="patient_control_number").unique()
    key = ["payer_claim_number", "submission_id"]
    theirs = pl.concat([numbers.select(key), by_line.select(key)]).drop_nulls().unique()
    alone = theirs.filter(pl.len().over("payer_claim_number") == 1)
    joined = rest.join(ours, on="told_number", how="left", maintain_order="left").join(
        alone.rename({"submission_id": "of_payer"}),
        on="payer_claim_number",
        how="left",
        maintain_order="left",
    )
    by_number = pl.col("submission_id").is_not_null()
    return joined.with_columns(
        submission_id=pl.coalesce("submission_id", "of_payer"),
        matched_by=pl.when(by_number)
        .then(pl.lit("patient_control_number"))
        .when(pl.col("of_payer").is_not_null())
        .then(pl.lit("payer_claim_number")),
    ).drop("of_payer")


def _wholes(
    whole: pl.DataFrame, sent: pl.DataFrame, reasons: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A row for each line of the claim, which shares by its charge in each reason of the claim.

    A claim that charges otherwise than its lines keeps its own charge, and is refused by posting.
    """
    met = whole.join(sent.select(_LINE), on="submission_id", maintain_order="left_right")
    sign = pl.col("charge_amount").sign().cast(pl.Int64)
    is_alike = pl.col("charge_amount").abs() == pl.col("sent_amount").sum().over("unit")
    parts = met.with_columns(
        charge_amount=pl.when(is_alike)
        .then(pl.col("sent_amount") * sign)
        .otherwise("charge_amount")
        .cast(MONEY),
        part=pl.int_range(1, pl.len() + 1).over("unit"),
    )
    shared = adjustments_shared(parts, reasons)
    return with_adjusted(parts.drop("adjusted_amount", strict=False), shared), shared
