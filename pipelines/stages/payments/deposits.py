"""Deposits: money that reached the bank against payments that remittances tell of, by trace number.

A quarantined remittance is money, too: what it says of claims is in doubt, not what it pays.
"""

import polars as pl

from contracts.fields import MONEY

_NOTHING = pl.lit(0, MONEY)


def deposit_matches(sets: pl.DataFrame, deposits: pl.DataFrame) -> pl.DataFrame:
    """One row a trace number: state matched, different, missing (nothing deposited) or unexplained
    (no remittance); difference is deposited less remitted.

    `sets`: `repeats.judged`; `deposits`: the feed's current facts. Payments of nothing need none.
    """
    is_other = pl.col("level").is_in(["trace", "payee"]).fill_null(value=False)
    once = sets.filter(pl.col("state") != "duplicate", ~is_other)
    told = once.drop_nulls("trace_number").group_by("trace_number", maintain_order=True).agg(
        pl.col("payer_id", "paid_on").first(), amount=pl.col("amount").sum().cast(MONEY)
    )  # fmt: skip
    banked = deposits.group_by("trace_number", maintain_order=True).agg(
        deposited_amount=pl.col("amount").sum().cast(MONEY),
        deposited_on=pl.col("deposited_on").max(),
    )
    both = told.join(banked, on="trace_number", how="full", coalesce=True, maintain_order="left")
    remitted, deposited = pl.col("amount"), pl.col("deposited_amount")
    state = (
        pl.when(remitted.is_null())
        .then(pl.lit("unexplained"))
        .when(deposited.is_null() & (remitted != 0))
        .then(pl.lit("missing"))
        .when(deposited.fill_null(_NOTHING) == remitted)
        .then(pl.lit("matched"))
        .otherwise(pl.lit("different"))
    )
    difference = deposited.fill_null(_NOTHING) - remitted.fill_null(_NOTHING)
    return both.with_columns(state=state, difference=difference.cast(MONEY)).sort("trace_number")
