"""Aging: dollars in effect by facility, by days since they were sent, by month of service."""

from datetime import date
from typing import Final

import polars as pl

from contracts.fields import MONEY

SUMS: Final = ("charge", "paid", "adjusted", "denied", "open")
_MONEY: Final = [f"{name}_amount" for name in SUMS]
# Days since the claim was sent: first and last of each class.
CLASSES: Final = ((0, 30), (31, 60), (61, 90), (91, 120), (121, None))
AGES: Final = tuple(
    f"over {first - 1}" if last is None else f"{first} to {last}" for first, last in CLASSES
)
NOT_SENT: Final = "not sent"


def placed(
    accounts: pl.DataFrame, service_lines: pl.DataFrame, claims: pl.DataFrame
) -> pl.DataFrame:
    """Table `line_accounts` with service_date, from the other tables of the same run.

    What is no service line, a bundle, has its claim's facility and day.
    """
    key = ["source_system", "encounter_id", "line_number"]
    of_claims = claims.select("claim_id", claim_place="facility_id", claim_day="service_date")
    return (
        accounts.join(service_lines.select(*key, "service_date"), on=key, how="left")
        .join(of_claims, on="claim_id", how="left")
        .with_columns(
            pl.coalesce("facility_id", "claim_place"), pl.coalesce("service_date", "claim_day")
        )
    )


def in_effect(accounts: pl.DataFrame, states: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Lines in effect with sent_on, days_out (since then) and service_month.

    `accounts`: of lines, with facility_id and service_date. `states`: `submission_states`.
    """
    return (
        accounts.filter("is_in_effect")
        .join(states.select("submission_id", "sent_on"), on="submission_id", how="left")
        .with_columns(
            service_month=pl.col("service_date").dt.strftime("%Y-%m"),
            days_out=(pl.lit(as_of) - pl.col("sent_on")).dt.total_days(),
        )
    )


def totals(lines: pl.DataFrame) -> pl.DataFrame:
    """Charged, paid, adjusted, denied, open and recovered by facility; facility_id null is all."""
    recovered = "recovered_amount"
    by_facility = lines.group_by("facility_id").agg(_sums(), pl.col(recovered).sum())
    everything = lines.select(_sums(), pl.col(recovered).sum()).with_columns(
        facility_id=pl.lit(None, pl.String)
    )
    names = ["facility_id", *_MONEY, recovered]
    known = by_facility.drop_nulls("facility_id")
    both = pl.concat([everything.select(names), known.select(names)])
    return both.with_columns(pl.col(*_MONEY, recovered).cast(MONEY)).sort(
        "facility_id", nulls_last=False
    )


def aging(lines: pl.DataFrame) -> pl.DataFrame:
    """Open and denied dollars by days since the claim was sent, every class with its row: days_out,
    line_count, charge_amount, open_amount, denied_amount.
    """
    money = ["charge_amount", "open_amount", "denied_amount"]
    found = lines.group_by(age_class().alias("days_out")).agg(
        line_count=pl.len().cast(pl.Int64), **{name: pl.col(name).sum() for name in money}
    )
    classes = pl.DataFrame({"days_out": [*AGES, NOT_SENT]})
    return classes.join(found, on="days_out", how="left", maintain_order="left").with_columns(
        pl.col("line_count").fill_null(0), pl.col(money).fill_null(0).cast(MONEY)
    )


def age_class() -> pl.Expr:
    """The class of `days_out`: one of `AGES`, or not sent."""
    days = pl.col("days_out")
    told: pl.Expr = pl.lit(NOT_SENT)
    for (first, last), name in zip(CLASSES, AGES, strict=True):
        within = days >= first if last is None else days.is_between(first, last)
        told = pl.when(within).then(pl.lit(name)).otherwise(told)
    return told


def by_month(lines: pl.DataFrame) -> pl.DataFrame:
    """The account of each month of service: service_month and the sums."""
    return lines.group_by("service_month").agg(_sums()).sort("service_month", nulls_last=True)


def _sums() -> pl.Expr:
    return pl.col(_MONEY).sum().cast(MONEY)
