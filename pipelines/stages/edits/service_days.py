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
}
"""Context column to the policy value that fills it; null where that is unset on the day."""


def service_days(days: pl.Series, policy: Policy, as_of: date) -> pl.DataFrame:
    """One row for each distinct day: `deadline_on`, `days_left` on `as_of`, and policy's columns.

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
        .with_columns(days_left=(pl.col("deadline_on") - as_of).dt.total_days())
        .drop("months")
    )


def _filing_months(policy: Policy, day: date, as_of: date) -> Any:  # noqa: ANN401 - TOML decides
    """As of the service; days before policy begins are judged by today's rule."""
    return policy.value("filing.months", day if policy.is_set("filing.months", day) else as_of)
