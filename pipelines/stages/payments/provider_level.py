"""Provider level: what is added to or taken from a payment beside its claims (PLB).

A recovery is joined to the claim that it takes back: by the payer's number of the claim, or ours.
What kinds there are is X12's code list 970 as 005010X221A1 uses it.
"""

from typing import Final

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.payments.balancing import SET, Received

# Reason codes that take a claim's money back, that carry a balance on, that are interest.
KINDS: Final = {
    "recovery": ("WO", "72", "B3", "J1", "E3"),
    "balance": ("FB", "BD"),
    "interest": ("L6",),
}


def provider_level(
    received: Received, sets: pl.DataFrame, postings: pl.DataFrame, numbers: pl.DataFrame
) -> pl.DataFrame:
    """Provider adjustments of posted sets with kind, and of recoveries the claim that they name.

    `numbers`: submission_id, claim_id, patient_control_number, payer_claim_number of what was sent,
    as far as acknowledgements told the last.
    """
    posted = sets.filter(state="posted").select(*SET, "trace_number", "paid_on")
    rows = received["provider_adjustments"].join(posted, on=SET, maintain_order="left")
    kind = pl.col("reason_code").replace_strict(
        {code: kind for kind, codes in KINDS.items() for code in codes},
        default="other",
        return_dtype=pl.String,
    )
    named = rows.with_columns(
        kind=kind, number=pl.col("reference").str.strip_chars().str.split(" ").list.first()
    )
    joined = named.join(_claims(postings, numbers), on="number", how="left", maintain_order="left")
    is_recovery = pl.col("kind") == "recovery"
    claim = ("submission_id", "claim_id", "patient_control_number")
    return joined.with_columns(
        pl.when(is_recovery).then(pl.col(name)).alias(name) for name in claim
    )


def _claims(postings: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Each number that names one submission alone: the payer's, as told in any answer, or ours."""
    key = ["submission_id", "claim_id", "patient_control_number"]
    told = postings.filter(state="posted").select(*key, "payer_claim_number")
    theirs = pl.concat([told, numbers.select(told.columns)]).rename(
        {"payer_claim_number": "number"}
    )
    ours = numbers.select(*key, number="patient_control_number")
    named = pl.concat([theirs, ours]).drop_nulls("number").unique()
    return named.filter(pl.len().over("number") == 1)


def recoveries(provider_level: pl.DataFrame) -> pl.DataFrame:
    """submission_id and recovered_amount: what was taken back of each without a reversal."""
    return (
        provider_level.filter(kind="recovery")
        .drop_nulls("submission_id")
        .group_by("submission_id", maintain_order=True)
        .agg(recovered_amount=pl.col("amount").sum().cast(MONEY))
    )
