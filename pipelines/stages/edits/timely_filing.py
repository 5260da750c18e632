"""Edits of category timely_filing: the filing limit and its approach, as of the run's day."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="timely_filing", owner="finance")

LATE = "22 CCR 51008; Medi-Cal provider manual; shares are policy filing.late_percent"

days_left = pl.col("days_left")
is_late = (days_left < 0) & pl.col("delay_reason_code").is_null()
still_paid = pl.col("late_percent")

EDITS = (
    _edit(
        id="filing_limit_passed",
        severity="hold",
        message="The filing limit of the service has passed; a first share is cut.",
        remedy="Set a delay reason that applies, or release the line for the reduced payment.",
        source="22 CCR 51008; Medi-Cal provider manual: six months after the month of service",
        fires=is_late & (still_paid == pl.col("first_late_percent")).fill_null(True),
    ),
    _edit(
        id="filing_limit_long_passed",
        severity="hold",
        message="The filing limit passed months ago; more than the first share is cut.",
        remedy="Set a delay reason that applies, or release the line for the reduced payment.",
        source=LATE,
        fires=is_late & still_paid.is_between(1, pl.col("first_late_percent") - 1),
        judged=still_paid.is_not_null(),
    ),
    _edit(
        id="filed_too_late",
        severity="hold",
        message="It is too late to file the service: without a delay reason nothing is paid.",
        remedy="Set a delay reason that applies, or write the line off.",
        source=LATE,
        fires=is_late & (still_paid == 0),
        judged=still_paid.is_not_null(),
    ),
    _edit(
        id="filing_limit_near",
        severity="warn",
        message="The filing limit of the service is near.",
        remedy="Mend the other findings of the line first: it must reach the payer in time.",
        source="Policy filing.warn_days (county choice)",
        fires=days_left.is_between(0, pl.col("warn_days")),
        judged=pl.col("warn_days").is_not_null(),
    ),
)
