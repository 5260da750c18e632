"""Edits of category not_authorized: whether one is needed, and whether the one named holds."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="not_authorized", owner="biller")

MANUAL = "Medi-Cal provider manual, authorization requests; 005010X222A1, REF*G1"
NEED = "Code set prerelease_services, needs_authorization"

need = pl.col("needs_authorization")
need_is_set = need.is_in(["yes", "no"]).fill_null(False)
is_covered = pl.col("procedure_is_covered")
is_own = pl.col("authorization_is_own")
is_approved = pl.col("authorization_is_approved")

EDITS = (
    _edit(
        id="authorization_missing",
        severity="reject",
        message="The procedure needs an authorization, and the line names none.",
        remedy="Ask for the authorization, and enter its number in the encounter.",
        source=NEED,
        fires=(need == "yes") & pl.col("authorization_number").is_null(),
        judged=~is_covered | need_is_set,
    ),
    _edit(
        id="authorization_need_unset",
        severity="hold",
        message="Whether the procedure needs an authorization is not known.",
        remedy="Import prerelease_services with needs_authorization of the procedure.",
        source=f"{NEED}; what decides permission holds the line while it is unset",
        fires=is_covered.is_null() | (is_covered & ~need_is_set),
    ),
    _edit(
        id="authorization_unknown",
        severity="reject",
        message="The authorization of the line is not among the authorizations received.",
        remedy="Correct the number, or send the authorization in the authorizations feed.",
        source=MANUAL,
        fires=~pl.col("authorization_is_known"),
    ),
    _edit(
        id="authorization_malformed",
        severity="reject",
        message="The control number of the authorization is not 11 digits.",
        remedy="Correct the number in the encounter and in the authorizations feed.",
        source="Medi-Cal provider manual: the control number of a TAR or SAR has 11 digits",
        fires=pl.col("authorization_is_known") & ~pl.col("authorization_is_formed"),
    ),
    _edit(
        id="authorization_of_other_person",
        severity="reject",
        message="The authorization of the line was given for another person.",
        remedy="Correct the number; if both are one person, merge the two records.",
        source=MANUAL,
        fires=pl.col("is_person_known") & pl.col("authorization_is_known") & ~is_own,
    ),
    _edit(
        id="authorization_of_other_code",
        severity="reject",
        message="The authorization of the line was given for another procedure.",
        remedy="Correct number or procedure, or ask for an authorization of this one.",
        source=MANUAL,
        fires=is_own & ~pl.col("authorization_is_of_code"),
    ),
    _edit(
        id="authorization_outside_dates",
        severity="reject",
        message="The service date lies outside the dates of the authorization.",
        remedy="Correct the service date, or ask for an authorization of that day.",
        source=MANUAL,
        fires=is_own & ~pl.col("authorization_covers_day"),
    ),
    _edit(
        id="authorization_pending",
        severity="hold",
        message="The authorization of the line is not decided yet.",
        remedy="Await the decision; the line goes on by itself once it is approved.",
        source=MANUAL,
        fires=is_own & ~is_approved & pl.col("authorization_is_pending"),
    ),
    _edit(
        id="authorization_denied",
        severity="reject",
        message="The authorization of the line was denied or cancelled.",
        remedy="Ask again, or appeal the decision; do not bill without it.",
        source=MANUAL,
        fires=is_own & ~is_approved & ~pl.col("authorization_is_pending"),
    ),
    _edit(
        id="authorization_exhausted",
        severity="reject",
        message="The units of the authorization were used up by this line or before it.",
        remedy="Ask for more units, or correct the units of the lines that use it.",
        source=MANUAL,
        fires=pl.col("authorization_is_exhausted"),
    ),
)
