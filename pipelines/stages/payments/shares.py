"""Shares: an amount told of a whole, given to its parts by weight, to the last cent."""

import polars as pl

from contracts.amounts import decimal_of
from contracts.fields import MONEY

CLAIM = ["file_id", "claim_segment"]
_REASON = ["file_id", "segment_ordinal_of_reason", "position"]


def shared(rows: pl.DataFrame, by: list[str], amount: str, weight: str) -> pl.Series:
    """Of each group of `by` its `amount` (the same in all its rows), shared out over the rows.

    Each has its exact share by `weight` rounded down, the cents left over go to the largest
    remainders. Where all weights are nothing the shares are alike.
    """
    whole = pl.col("weight").sum().over(by)
    cents = rows.select(
        *by, amount=_cents(amount), weight=_cents(weight).abs().fill_null(0)
    ).with_columns(weight=pl.when(whole == 0).then(1).otherwise("weight"))
    share = pl.col("amount") * pl.col("weight")
    parts = cents.with_columns(floor=share // whole, remainder=share % whole)
    left_over = pl.col("amount") - pl.col("floor").sum().over(by)
    place = pl.col("remainder").rank("ordinal", descending=True).over(by)
    given = decimal_of(pl.col("floor") + (place <= left_over), MONEY)
    return parts.select(given.alias(amount)).to_series()


def adjustments_shared(parts: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """Adjustments of whole claims (`remittance_adjustments`) over their parts, reason by reason.

    `parts`: file_id, claim_segment, segment_ordinal, part and charge_amount, the weight. Gives
    file_id, segment_ordinal, part, group_code, carc, amount.
    """
    whole = reasons.filter(pl.col("line_segment").is_null()).select(
        *CLAIM, "position", "group_code", "carc", "amount",
        segment_ordinal_of_reason="segment_ordinal",
    )  # fmt: skip
    of_parts = parts.select(*CLAIM, "segment_ordinal", "part", "charge_amount")
    met = whole.join(of_parts, on=CLAIM, maintain_order="left_right")
    given = met.with_columns(shared(met, _REASON, "amount", "charge_amount").alias("amount"))
    return given.select("file_id", "segment_ordinal", "part", "group_code", "carc", "amount")


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).cast(pl.Int128)
