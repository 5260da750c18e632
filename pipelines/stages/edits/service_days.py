"""What a service date brings with it: the filing limit and the policy values in force on it.

Policy is read once for each day that occurs, never for each line.
"""

from datetime import date
from typing import Any

import polars as pl

from contracts.policy import Policy

POLICY_COLUMNS: dict[str, tuple[str, pl.DataType]] = {
    "warn_days": ("filing.warn_days", pl.Int64()),
    "late_signature_days": ("notes.late_signature_days", pl.Int64()),
    "telehealth_consent_needed": ("telehealth.consent_needed", pl.String()),
    "expected_place_of_service": ("claim.place_of_service", pl.String()),
    "program": ("enrollment.program", pl.String()),
    "last_unit_percent": ("time.last_unit_percent", pl.Int64()),
}
"""Context column to the policy value that fills it; null where that is unset on the day."""


def service_days(days: pl.Series, policy: Policy, as_of: date) -> pl.DataFrame:
    """One row for each distinct day: `deadline_on`, `days_left` on `as_of`, `is_to_come`, what is
    still paid as of then (`late_percent`, `first_late_percent`) and policy's columns.

    The filing limit is the last day of the month that lies `filing.months` after the month of
    service (22 CCR 51008). Raises HeldByPolicyError where `filing.months` is unset.
    """
    distinct = days.unique().sort().alias("service_date")
    values = {
        column: pl.Series([policy.entry(name, day).value for day in distinct], dtype=dtype)
        for column, (name, dtype) in POLICY_COLUMNS.items()
    }
    months = pl.Series("months", [_filing_months(policy, day, as_of) for day in distinct], pl.Int64)
    month_of_service = pl.col("service_date").dt.month_start()
    month_of_limit = month_of_service.dt.offset_by(pl.format("{}mo", "months"))
    return (
        pl.DataFrame([distinct, months])
        .with_columns(month_of_limit.dt.month_end().alias("deadline_on"), **values)
        .with_columns(
            days_left=(pl.col("deadline_on") - as_of).dt.total_days(),
            is_to_come=pl.col("service_date") > as_of,
            **_late_percents(policy, as_of),
        )
        .drop("months")
    )


def _late_percents(policy: Policy, as_of: date) -> dict[str, pl.Expr]:
    """The whole until the deadline, then a share by month, then nothing; null where unset."""
    shares = policy.entry("filing.late_percent", as_of).value
    if not shares:
        return dict.fromkeys(("late_percent", "first_late_percent"), pl.lit(None, pl.Int64))
    deadline = pl.col("deadline_on")
    months = (as_of.year - deadline.dt.year()) * 12 + as_of.month - deadline.dt.month()
    by_month = [100, *shares, 0]
    late = months.cast(pl.Int64).clip(0, len(by_month) - 1)
    return {
        "late_percent": late.replace_strict(
            list(range(len(by_month))), by_month, return_dtype=pl.Int64
        ),
        "first_late_percent": pl.lit(shares[0], pl.Int64),
    }


def _filing_months(policy: Policy, day: date, as_of: date) -> Any:  # noqa: ANN401 - TOML decides
    """As of the service; days before policy begins are judged by today's rule."""
    return policy.value("filing.months", day if policy.is_set("filing.months", day) else as_of)
