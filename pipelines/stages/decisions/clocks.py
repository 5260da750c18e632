"""Clocks: until when something can be done about what the payer decided, by policy.

Which of them a denial is under is for `routing`; whether a day has passed is for who asks.
"""

from datetime import date

import polars as pl

from contracts.policy import Policy


def last_days(policy: Policy, as_of: date) -> dict[str, pl.Expr]:
    """Of an `appeal`, an `inquiry` and a `replacement` the last day to send it, over `remitted_on`;
    empty where policy does not say.
    """
    days = policy.entry("appeal.days", as_of).value
    return {
        "appeal": pl.col("remitted_on") + pl.duration(days=pl.lit(days, pl.Int64)),
        "inquiry": _months_later(policy.entry("claim_inquiry.months", as_of).value),
        "replacement": _months_later(policy.entry("replacement.months", as_of).value),
    }


def _months_later(months: object) -> pl.Expr:
    if months is None:
        return pl.lit(None, pl.Date)
    return pl.col("remitted_on").dt.offset_by(f"{months}mo")
