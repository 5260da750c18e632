"""Outlook: dollars at risk by their deadline, and the cash that is expected, week by week."""

from datetime import date
from typing import Final

import polars as pl

from contracts.fields import MONEY

_AWAITED: Final = ("sent", "received", "accepted", "pended")
_CLASSES: Final = ((None, -1, "passed"), (0, 7, "7 days"), (8, 30, "30 days"), (31, 60, "60 days"),
                   (61, 90, "90 days"), (91, None, "later"))  # fmt: skip
_KINDS: Final = ("to send", "held", "denied")


def exposures(plan: pl.DataFrame, denials: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """What is not paid yet and ends with a deadline, a row each: kind (to send, held, denied), due,
    claim_id, facility_id, deadline_on, charge_amount, of a line also its key; of a denial
    person_id.

    Tables `plan` and `denials` of one run. What the payer has in hand is not at risk.
    """
    kept = ("claim_id", "facility_id", "deadline_on", "source_system", "encounter_id",
            "line_number")  # fmt: skip
    waiting = plan.filter(
        pl.col("action").is_in(["new", "resubmit", "hold"]), pl.col("deadline_on").is_not_null()
    ).select(
        *kept,
        "charge_amount",
        kind=pl.when(pl.col("action") == "hold").then(pl.lit("held")).otherwise(pl.lit("to send")),
    )
    refused = denials.drop_nulls("deadline_on").select(
        *kept, "person_id", charge_amount="amount", kind=pl.lit("denied")
    )
    days = (pl.col("deadline_on") - pl.lit(as_of)).dt.total_days()
    return pl.concat([waiting, refused], how="diagonal").with_columns(due=_due(days))


def at_risk(plan: pl.DataFrame, denials: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Sums of `exposures`: kind, due, count and charge_amount; every kind has its rows."""
    counted = exposures(plan, denials, as_of).group_by("kind", "due").agg(
        count=pl.len().cast(pl.Int64), charge_amount=pl.col("charge_amount").sum().cast(MONEY)
    )  # fmt: skip
    rows = [(kind, due) for kind in _KINDS for _, _, due in _CLASSES]
    grid = pl.DataFrame(rows, schema={"kind": pl.String, "due": pl.String}, orient="row")
    return grid.join(counted, on=["kind", "due"], how="left", maintain_order="left").with_columns(
        pl.col("count").fill_null(0), pl.col("charge_amount").fill_null(0).cast(MONEY)
    )


def _due(days: pl.Expr) -> pl.Expr:
    told: pl.Expr = pl.lit(None, pl.String)
    for first, last, name in _CLASSES:
        low = days >= first if first is not None else pl.lit(value=True)
        high = days <= last if last is not None else pl.lit(value=True)
        told = pl.when(low & high).then(pl.lit(name)).otherwise(told)
    return told


def cash(lines: pl.DataFrame, days_to_pay: float | None, as_of: date) -> pl.DataFrame:
    """Expected payment of lines that the payer has and has not paid, by the week (its Monday) in
    which it comes, `days_to_pay` after sending; what is late is expected this week.

    Columns: week_on (null where nothing says how long the payer takes), line_count,
    expected_amount and unknown_count, lines without an expected amount. `lines` as
    `aging.in_effect`.
    """
    open_lines = lines.filter(pl.col("state").is_in(_AWAITED), pl.col("open_amount") > 0)
    days = None if days_to_pay is None else round(days_to_pay)
    paid_on = pl.max_horizontal(
        pl.col("sent_on") + pl.duration(days=pl.lit(days, pl.Int64)), pl.lit(as_of)
    )
    week = pl.lit(None, pl.Date) if days is None else paid_on.dt.truncate("1w")
    return (
        open_lines.group_by(week_on=week)
        .agg(
            line_count=pl.len().cast(pl.Int64),
            expected_amount=pl.col("expected_amount").sum().cast(MONEY),
            unknown_count=pl.col("expected_amount").null_count().cast(pl.Int64),
        )
        .sort("week_on")
    )
