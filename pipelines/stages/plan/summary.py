"""Summary: the plan by action and facility: claims, dollars and the nearest deadline."""

import polars as pl

from contracts.fields import MONEY


def summary(plan: pl.DataFrame) -> pl.DataFrame:
    """action, facility_id, claims, charge_amount, expected_amount, deadline_on and send_by (the
    nearest of each), unpriced (claims of which no rate is known).

    Facility is null of claims that left the facts.
    """
    return (
        plan.group_by("action", "facility_id")
        .agg(
            claims=pl.len().cast(pl.Int64),
            charge_amount=pl.col("charge_amount").sum().cast(MONEY),
            expected_amount=_known_sum("expected_amount"),
            unpriced=pl.col("expected_amount").is_null().sum().cast(pl.Int64),
            deadline_on=pl.col("deadline_on").min(),
            send_by=pl.col("send_by").min(),
        )
        .sort("action", "facility_id", nulls_last=True)
    )


def _known_sum(name: str) -> pl.Expr:
    """Of what is known; null where nothing is."""
    column = pl.col(name)
    return pl.when(column.count() > 0).then(column.sum()).cast(MONEY)
