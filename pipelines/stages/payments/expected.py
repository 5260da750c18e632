"""Expected: what an adjudicated line should have brought, and why it brought something else.

By rate and units, cut for lateness by the day on which the payer says that it received the claim.
No rate, no expectation.
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.amounts import decimal_of
from contracts.fields import MONEY
from contracts.policy import Policy
from pipelines.stages.claims.expectation import rate_cents

_NUMBER: Final = ["patient_control_number", "line_ordinal"]
_LINE: Final = ["submission_id", "line_ordinal"]
_NOTHING: Final = pl.lit(0, MONEY)
_MILLI: Final = 1000  # units have three decimals
_OTHER_PAYER: Final = ("23",)
# Reasons of X12's list of claim adjustments: the service is part of another.
_BUNDLED: Final = ("97", "234", "236", "B15")


def compared(
    accounts: pl.DataFrame,
    services: pl.DataFrame,
    adjustments: pl.DataFrame,
    rates: pl.DataFrame,
    policy: Policy,
    as_of: date,
) -> pl.DataFrame:
    """Accounts with expected_amount, variance_amount (paid less expected) and variance_reasons.

    Only of adjudicated lines. `services`: `frozen.services`; `adjustments`: `line_adjustments`.
    """
    priced = services.select(
        *_NUMBER, "delay_reason_code", "service_date", "units", sent_code="procedure_code",
        cents=rate_cents(services, rates) * (pl.col("units") * _MILLI).cast(pl.Int64),
    )  # fmt: skip
    joined = accounts.join(priced, on=_NUMBER, how="left", maintain_order="left").join(
        _sums(adjustments), on=_LINE, how="left", maintain_order="left"
    )
    rounded = decimal_of((pl.col("cents") + _MILLI // 2) // _MILLI, MONEY)
    whole = joined.with_columns(
        full_amount=pl.min_horizontal(rounded, "charge_amount"),
        percent=_percent(policy, as_of),
    ).with_columns(expected_amount=_expected())
    variance = pl.col("paid_amount") - pl.col("expected_amount")
    return whole.with_columns(variance_amount=variance).with_columns(variance_reasons=_reasons())


def _sums(adjustments: pl.DataFrame) -> pl.DataFrame:
    """What another payer took on, and what is part of another service, by line."""
    amounts = {"other_payer_amount": _OTHER_PAYER, "bundled_amount": _BUNDLED}
    return adjustments.group_by(_LINE).agg(
        pl.col("amount").filter(pl.col("carc").is_in(codes)).sum().cast(MONEY).alias(name)
        for name, codes in amounts.items()
    )


def _percent(policy: Policy, as_of: date) -> pl.Expr:
    """What is paid of a claim by the months between service and receipt; null where unset."""
    months, cuts = (policy.entry(f"filing.{name}", as_of).value for name in _ENTRIES)
    if months is None or cuts is None:
        return pl.lit(None, pl.Int64)
    by_month = [100, *cuts, 0]
    received, service = pl.col("claim_received_on"), pl.col("service_date")
    passed = (received.dt.year() - service.dt.year()) * 12 + (
        received.dt.month().cast(pl.Int32) - service.dt.month().cast(pl.Int32)
    )
    late = (passed.cast(pl.Int64) - months).clip(0, len(cuts) + 1)
    cut = late.replace_strict(list(range(len(by_month))), by_month, return_dtype=pl.Int64)
    return pl.when(pl.col("delay_reason_code").is_not_null()).then(100).otherwise(cut)


_ENTRIES: Final = ("months", "late_percent")


def _expected() -> pl.Expr:
    """Of adjudicated lines, rounded half up as a remittance would be."""
    cents = (pl.col("full_amount") * 100).cast(pl.Int64) * pl.col("percent")
    return pl.when("is_adjudicated").then(decimal_of((cents + 50) // 100, MONEY))


def _reasons() -> pl.Expr:
    """What explains a variance, in the order in which it is looked for."""
    other = pl.col("other_payer_amount").fill_null(_NOTHING)
    allowed = pl.col("paid_amount") + pl.col("late_amount") + other
    late = pl.col("full_amount") - pl.col("expected_amount")
    is_bundled = (pl.col("bundled_amount").fill_null(_NOTHING) != 0) | (
        pl.col("adjudicated_code") != pl.col("sent_code")
    )
    reasons = {
        "denied": pl.col("state") == "denied",
        "other_payer": other != 0,
        "units": pl.col("units_paid") != pl.col("units"),
        "bundling": is_bundled,
        "late_cut": (pl.col("state") != "denied") & (pl.col("late_amount") != late),
        "rate": (pl.col("state") != "denied") & (allowed != pl.col("full_amount")),
    }
    found = [pl.when(holds).then(pl.lit(name)) for name, holds in reasons.items()]
    listed = pl.concat_list(found).list.drop_nulls()
    return pl.when(pl.col("variance_amount") != 0).then(listed)
