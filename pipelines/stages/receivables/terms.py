"""Terms: what each line in effect, and each submission, adds to either side of each rate.

What a rate is made of is decided here, once; `rates` and the measures of billing sum it.
"""

from datetime import date, timedelta
from typing import Final

import polars as pl

from contracts.fields import MONEY

PAID: Final = ("paid", "partly_paid")
ADJUDICATED: Final = (*PAID, "denied", "reversed", "replaced", "voided")
DAYS_AVERAGED: Final = 90
_DAYS_AGED: Final = 90
_NOTHING: Final = pl.lit(0, MONEY)


def line_terms(lines: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Lines with days_to_pay, and for each rate of dollars two columns: its name and `<name>_of`.

    `lines` as `aging.in_effect`. Dollars are null where the rate does not ask the line. Of
    days_in_receivables the other side is what was charged within the last `DAYS_AVERAGED` days.
    """
    since = as_of - timedelta(days=DAYS_AVERAGED - 1)
    is_settled = pl.col("remitted_on").is_not_null()
    is_recent = pl.col("sent_on").is_between(since, as_of).fill_null(value=False)
    is_aged = (pl.col("days_out") > _DAYS_AGED).fill_null(value=False)
    open_amount, charge = pl.col("open_amount"), pl.col("charge_amount")
    dollars = {
        "net_collection": _where(is_settled, pl.col("paid_amount")),
        "net_collection_of": _where(is_settled, charge - pl.col("adjusted_amount")),
        "denial": _where(is_settled, pl.col("denied_amount")),
        "denial_of": _where(is_settled, charge),
        "aged_over_90": pl.when(is_aged).then(open_amount).otherwise(_NOTHING),
        "aged_over_90_of": open_amount,
        "days_in_receivables": open_amount,
        "days_in_receivables_of": pl.when(is_recent).then(charge).otherwise(_NOTHING),
    }
    return lines.with_columns(
        **{name: value.cast(MONEY) for name, value in dollars.items()},
        days_to_pay=(pl.col("remitted_on") - pl.col("sent_on")).dt.total_days(),
    )


def submission_terms(states: pl.DataFrame) -> pl.DataFrame:
    """Submissions with is_answered (rejected or adjudicated), first_pass and
    initial_denial_zero_pay: whether a first one was paid, and denied with nothing paid; null where
    the rate does not ask it.

    `states`: table `submission_states`.
    """
    state, is_first = pl.col("state"), pl.col("submission_number") == 1
    is_adjudicated = state.is_in(ADJUDICATED)
    is_answered = is_adjudicated | (state == "rejected")
    return states.with_columns(
        is_answered=is_answered,
        first_pass=_where(is_first & is_answered, state.is_in(PAID)),
        initial_denial_zero_pay=_where(is_first & is_adjudicated, state == "denied"),
    )


def _where(is_asked: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(is_asked).then(value)
