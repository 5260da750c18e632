"""Balances: what each authorization grants, how far it is used, and what wants looking at."""

from datetime import date
from typing import Final

import polars as pl

from contracts.derived import DERIVED
from contracts.policy import Policy
from pipelines.stages.authorizations.uses import PART, parts
from pipelines.stages.edits.authorization import APPROVING

# Of the lines of one part the decision that counts.
_BEST_FIRST: Final = ("approved", "modified", "pending", "denied", "cancelled")
_CLOSED: Final = ("denied", "cancelled")


def balances(
    authorizations: pl.DataFrame, uses: pl.DataFrame, policy: Policy, as_of: date
) -> pl.DataFrame:
    """The table `authorization_balances`, a row a number and procedure.

    `uses`: the table `authorization_uses`. Where policy leaves the days unset, none is expiring or
    pending for long.
    """
    soon, patience = (
        pl.lit(policy.entry(f"authorization.{name}", as_of).value, pl.Int64)
        for name in ("expiring_days", "pending_days")
    )
    drawn = uses.group_by(PART).agg(
        units_used=pl.col("units").filter("is_counted").sum(),
        use_count=pl.col("is_counted").sum(),
        misuse_count=(pl.col("faults").list.len() > 0).sum(),
    )
    standing = (
        _merged(authorizations)
        .join(drawn, on=PART, how="left")
        .with_columns(pl.col("units_used", "use_count", "misuse_count").fill_null(0))
        .with_columns(
            line_number="part_line_number",
            units_left=pl.col("units_granted") - pl.col("units_used"),
            days_left=(pl.col("ends_on") - pl.lit(as_of)).dt.total_days(),
            days_pending=pl.when(decision="pending").then(
                (pl.lit(as_of) - pl.col("requested_on")).dt.total_days()
            ),
        )
        .with_columns(standing=_standing(as_of))
        .with_columns(attention=_attention(soon, patience))
        .sort("authorization_number", "line_number")
    )
    return DERIVED["authorization_balances"].conform(standing)


def _merged(authorizations: pl.DataFrame) -> pl.DataFrame:
    """One row a part; superseded where another that was approved names its number."""
    best = pl.col("decision").cast(pl.Enum(_BEST_FIRST))
    successors = authorizations.filter(pl.col("decision").is_in(APPROVING)).select(
        authorization_number="supersedes_number", is_superseded=True
    )
    return (
        parts(authorizations)
        .sort("authorization_number", "line_number")
        .group_by(PART, maintain_order=True)
        .agg(
            pl.col("authorization_type", "person_id", "procedure_code", "file_id", "row_number")
            .first(),
            pl.col("starts_on", "requested_on").min(),
            pl.col("ends_on").max(),
            pl.col("is_part_2").any(),
            units_granted=pl.col("units_granted").sum(),
            decision=best.min().cast(pl.String),
        )
        .with_columns(pl.when(pl.col("decision").is_in(APPROVING)).then("units_granted"))
        .join(successors.drop_nulls().unique(), on="authorization_number", how="left")
    )  # fmt: skip


def _standing(as_of: date) -> pl.Expr:
    """The first that holds."""
    decided = [(pl.col("decision") == one, one) for one in (*_CLOSED, "pending")]
    cases = [
        (pl.col("is_superseded").fill_null(value=False), "superseded"),
        *decided,
        (pl.col("ends_on") < as_of, "expired"),
        (pl.col("units_left") <= 0, "used_up"),
        (pl.col("starts_on") > as_of, "not_begun"),
    ]
    told: pl.Expr = pl.lit("open")
    for holds, name in reversed(cases):
        told = pl.when(holds).then(pl.lit(name)).otherwise(told)
    return told


def _attention(soon: pl.Expr, patience: pl.Expr) -> pl.Expr:
    """Why somebody should look at it: slugs, none where nobody need."""
    cases = {
        "expiring": (pl.col("standing") == "open") & (pl.col("days_left") <= soon),
        "pending_long": pl.col("days_pending") > patience,
        "used_up": pl.col("standing") == "used_up",
        "misused": pl.col("misuse_count") > 0,
    }
    slugs = [pl.when(holds).then(pl.lit(name)) for name, holds in cases.items()]
    return pl.concat_list(slugs).list.drop_nulls()
