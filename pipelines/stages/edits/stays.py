"""Edits of stays: what is overdue in a person's enrollment, and records that contradict each other.

They keep services from becoming billable, so each is found while there is still time.
"""

from functools import partial
from typing import Final

import polars as pl

from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.stay_context import days_after

_edit = partial(Edit, category="ineligible_person", severity="warn")

_OURS: Final = "Choice of the county (policy.toml, group enrollment)"
_in_custody = pl.col("is_newest") & pl.col("in_custody")
_as_of = pl.col("as_of")
_screen_by = days_after("booked_on", "screen_days")
_apply_by = days_after("asked_on", "application_days")
_decide_by = days_after("pending_since", "pending_days")
_activate_by = pl.col("expected_release_on") - pl.duration(days="activation_days")
_may_meet = (
    pl.col("needs_no_criteria")
    | pl.col("criteria").is_in(["does_not_meet", "declined"]).fill_null(False).not_()
)

ENROLLMENT = (
    _edit(
        id="medi_cal_screening_overdue",
        owner="eligibility_worker",
        message="Nobody has asked for the person's Medi-Cal status since the booking.",
        remedy="Screen the person, or record that it was done or declined.",
        source="CalAIM justice-involved: screened within days of booking; " + _OURS,
        fires=_in_custody & pl.col("screened_on").is_null() & (_screen_by < _as_of),
        judged=pl.col("screen_days").is_not_null(),
        due=_screen_by,
    ),
    _edit(
        id="application_not_sent",
        owner="eligibility_worker",
        message="The person is not enrolled and no application was sent since the screening.",
        remedy="Help the person apply, or record that the person declined.",
        source="CalAIM justice-involved: apply before release; " + _OURS,
        fires=_in_custody
        & (pl.col("medi_cal_status") == "not_enrolled")
        & ~pl.col("has_declined")
        & ~pl.col("is_covered")
        & (pl.col("applied_on") >= pl.col("booked_on")).fill_null(False).not_()
        & pl.col("pending_since").is_null()
        & (_apply_by < _as_of),
        judged=pl.col("application_days").is_not_null(),
        due=_apply_by,
    ),
    _edit(
        id="application_pending_long",
        owner="eligibility_worker",
        message="The county has not decided the person's application in the time it has.",
        remedy="Ask the county's eligibility office for the decision and what is missing.",
        source="42 CFR 435.912(c)(3): 45 days",
        fires=pl.col("is_newest") & ~pl.col("is_covered") & (_decide_by < _as_of),
        judged=pl.col("pending_days").is_not_null(),
        due=_decide_by,
    ),
    _edit(
        id="activation_overdue",
        owner="eligibility_worker",
        message="The release is near and no justice-involved aid code is active.",
        remedy="Enter the screening in the state portal, so that the aid code is activated.",
        source="CalAIM justice-involved: aid code before release; " + _OURS,
        fires=_in_custody & ~pl.col("is_activated") & _may_meet & (_activate_by <= _as_of),
        judged=pl.col("activation_days").is_not_null(),
        due=_activate_by,
    ),
    _edit(
        id="still_suspended",
        owner="eligibility_worker",
        message="The person is released and Medi-Cal is still suspended.",
        remedy="Tell the county of the release, so that coverage is restored from that day.",
        source="Medi-Cal is restored on the day of release without a new application",
        fires=pl.col("is_newest")
        & ~pl.col("in_custody")
        & (pl.col("released_to") == "community")
        & pl.col("is_suspended")
        & (pl.col("unsuspended_on") >= pl.col("released_on")).fill_null(False).not_(),
        due=pl.col("released_on"),
    ),
)

CONTRADICTIONS = (
    _edit(
        id="stays_overlap",
        owner="data_steward",
        message="A later booking of the person begins before this stay's release.",
        remedy="Correct booking or release in the jail management system; the later stay counts.",
        source="One person is in custody in one place at a time (feed custody_stays)",
        fires=pl.col("is_overlapped"),
    ),
    _edit(
        id="ji_flag_conflict",
        severity="hold",
        owner="data_steward",
        message="The flag of a coverage row and the list of JI aid codes disagree; it is held.",
        remedy="Correct is_ji_aid_code, or import the DHCS list: `reentry codes import`.",
        source="Code set ji_aid_codes against the feed coverage",
        fires=pl.col("is_newest") & pl.col("conflict_row_number").is_not_null(),
        origin=("conflict_file_id", "conflict_row_number"),
    ),
    _edit(
        id="activation_code_unknown",
        severity="hold",
        owner="data_steward",
        message="An activation names a code that is not on the list of JI aid codes; it is held.",
        remedy="Correct its aid_code, or import the DHCS list: `reentry codes import`.",
        source="Code set ji_aid_codes against the feed ji_activations",
        fires=pl.col("is_newest") & pl.col("unlisted_row_number").is_not_null(),
        origin=("unlisted_file_id", "unlisted_row_number"),
    ),
)

EDITS = ENROLLMENT + CONTRADICTIONS
