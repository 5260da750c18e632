"""Edits of category timely_filing: the filing limit and its approach, as of the run's day."""

from functools import partial
from typing import Final

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="timely_filing", owner="finance")

LATE = "22 CCR 51008; Medi-Cal provider manual; shares are policy filing.late_percent"
REASONS = "Medi-Cal provider manual, delay reason codes; code set delay_reasons"

# What the payer has in hand was filed; what it rejected has to be filed again.
days_left = pl.when(~pl.col("is_filed")).then("days_left")
is_late = (days_left < 0) & pl.col("delay_reason_code").is_null()
still_paid = pl.col("late_percent")
document = pl.col("delay_document")
is_undocumented = pl.col("attachment").is_null() & ~pl.col("is_attached")
is_reason_known = pl.col("delay_reason_code").is_null() | document.is_not_null()

LATE_EDITS: Final = ("filing_limit_passed", "filing_limit_long_passed", "filed_too_late")

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
        id="delay_reason_document_missing",
        severity="hold",
        message="The delay reason is accepted with a document only, and no attachment is set.",
        remedy="Send or set the attachment of the line, or a delay reason that needs none.",
        source=REASONS,
        fires=(document == "yes") & is_undocumented,
        judged=is_reason_known,
    ),
    _edit(
        id="delay_reason_document_perhaps",
        severity="warn",
        message="In some of its cases the delay reason needs a document, and no attachment is set.",
        remedy="Look up whether it is such a case; if so, set the attachment of the line.",
        source=REASONS,
        fires=(document == "some_cases") & is_undocumented,
        judged=is_reason_known,
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
