"""Edits of category timely_filing: the filing limit and its approach, as of the run's day."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="timely_filing", owner="finance")

days_left = pl.col("days_left")

EDITS = (
    _edit(
        id="filing_limit_passed",
        severity="hold",
        message="The filing limit of the service has passed.",
        remedy="Set a delay reason that applies, or release the line for the reduced payment.",
        source="22 CCR 51008; Medi-Cal provider manual: six months after the month of service",
        fires=days_left < 0,
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
