"""Expectation: what a line, and so a claim, should bring, by rate and timeliness.

No rate, no expectation.
"""

from datetime import date

import polars as pl

from contracts.amounts import decimal_of
from contracts.fields import MONEY
from contracts.policy import Policy

_PER_MILLI_PERCENT = 100_000  # cents x thousandths of a unit x percent, back to cents


def with_expected(
    lines: pl.DataFrame, rates: pl.DataFrame, policy: Policy, as_of: date
) -> pl.DataFrame:
    """Lines as a claim lists them with `expected_amount`, null without a rate or lateness unset.

    `lines` with `deadline_on`; a delay reason keeps the whole for a late one. `rates` is the code
    set of that name. Rounded half up for each line, as a remittance would be.
    """
    share = rate_cents(lines, rates) * (pl.col("units") * 1000).cast(pl.Int64)
    is_excused = pl.col("delay_reason_code").is_not_null()
    percent = pl.when(is_excused).then(100).otherwise(_percent(policy, as_of))
    cents = (pl.col("share") * percent + _PER_MILLI_PERCENT // 2) // _PER_MILLI_PERCENT
    priced = lines.with_columns(share=share)
    return priced.with_columns(expected_amount=decimal_of(cents, MONEY)).drop("share")


def expected_of_claims(lines: pl.DataFrame) -> pl.DataFrame:
    """`claim_id` and `expected_amount`, the sum of its lines; null where any line has none."""
    amount = pl.col("expected_amount")
    whole = pl.when(amount.is_not_null().all()).then(amount.sum()).cast(MONEY)
    return lines.group_by("claim_id", maintain_order=True).agg(expected_amount=whole)


_ASKED = ("procedure_code", "modifiers", "service_date")


def rate_cents(lines: pl.DataFrame, rates: pl.DataFrame) -> pl.Series:
    """The rate of each line's procedure and modifiers, else of the procedure without modifiers."""
    asked = lines.select(_ASKED).with_columns(pl.col("modifiers").list.sort().list.join("|"))
    day, modifiers = pl.col("service_date"), pl.col("modifiers_of_rate").fill_null("")
    best = (
        asked.unique()
        .join(rates, on="procedure_code", suffix="_of_rate")
        .filter(
            (modifiers == "") | (modifiers == pl.col("modifiers")),
            *(pl.col(c).is_null() | (pl.col(c) <= day) for c in ("valid_from", "edition_from")),
            *(pl.col(c).is_null() | (pl.col(c) >= day) for c in ("valid_to", "edition_to")),
        )
        .sort(modifiers, "valid_from", nulls_last=False)
        .unique(_ASKED, keep="last", maintain_order=True)
        .select(*_ASKED, cents=(pl.col("rate_amount") * 100).cast(pl.Int64))
    )
    return asked.join(best, on=_ASKED, how="left", maintain_order="left")["cents"]


def _percent(policy: Policy, as_of: date) -> pl.Expr:
    """What is paid of a claim received on `as_of`: the whole until the deadline, then less."""
    entry = policy.entry("filing.late_percent", as_of).value
    if entry is None:
        return pl.lit(None, pl.Int64)
    by_month = pl.Series([100, *entry, 0], dtype=pl.Int64)
    deadline = pl.col("deadline_on")
    months = (as_of.year - deadline.dt.year()) * 12 + as_of.month - deadline.dt.month()
    months_late = months.cast(pl.Int64).clip(0, len(entry) + 1)
    return months_late.replace_strict(list(range(len(by_month))), by_month, return_dtype=pl.Int64)
