"""Edits of category documentation_incomplete: the note, its signature, consent, the address."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="documentation_incomplete")

SIGNED_NOTES = "CalAIM justice-involved billing: encounters are reviewed and signed by caregivers"

is_signed = pl.col("note_status") == "signed"
days_to_signature = (pl.col("signed_on") - pl.col("service_date")).dt.total_days()

EDITS = (
    _edit(
        id="address_missing",
        severity="hold",
        owner="data_steward",
        message="The person's record lacks a street, city, state or postal code.",
        remedy="Complete the address; without residence, export the one agreed for billing.",
        source="005010X222A1, loop 2010BA: the patient is the subscriber, so N3 and N4 are needed",
        fires=pl.col("is_person_known") & ~pl.col("has_address"),
    ),
    _edit(
        id="note_not_signed",
        severity="reject",
        owner="clinician",
        message="The note of the service is not signed.",
        remedy="Review the note in the health record and sign it.",
        source=SIGNED_NOTES,
        fires=~is_signed,
    ),
    _edit(
        id="note_signature_missing",
        severity="reject",
        owner="clinician",
        message="The note is marked signed, but its signer or the time of signature is missing.",
        remedy="Sign the note again, or have the export carry signer and time.",
        source=SIGNED_NOTES,
        fires=is_signed & (pl.col("signed_by_staff_id").is_null() | pl.col("signed_at").is_null()),
    ),
    _edit(
        id="note_signed_before_service",
        severity="reject",
        owner="clinician",
        message="The note was signed on a day before the service.",
        remedy="Correct the service date, or sign the note again after the service.",
        source=SIGNED_NOTES,
        fires=is_signed & (days_to_signature < 0),
    ),
    _edit(
        id="note_signed_late",
        severity="warn",
        owner="clinician",
        message="The note was signed later after the service than policy allows.",
        remedy="Record why it was late. The days are policy notes.late_signature_days.",
        source="Policy notes.late_signature_days (county choice)",
        fires=is_signed & (days_to_signature > pl.col("late_signature_days")),
        judged=pl.col("late_signature_days").is_not_null(),
    ),
    _edit(
        id="telehealth_consent_missing",
        severity="hold",
        owner="clinician",
        message="The service was given by video or audio without a recorded consent.",
        remedy="Record the person's consent to telehealth in the encounter.",
        source="Policy telehealth.consent_needed (county choice)",
        fires=pl.col("modality").is_in(["video", "audio"])
        & (pl.col("telehealth_consent_needed") == "yes")
        & ~pl.col("telehealth_consent").fill_null(False),
        judged=pl.col("telehealth_consent_needed").is_not_null(),
    ),
    _edit(
        id="minutes_missing",
        severity="hold",
        owner="clinician",
        message="The procedure is paid by time, and the encounter has no minutes.",
        remedy="Record the minutes of the service in the health record.",
        source="Code set prerelease_services, minutes_per_unit",
        fires=pl.col("minutes_per_unit").is_not_null() & pl.col("minutes").is_null(),
        judged=pl.col("procedure_is_covered").is_not_null(),
    ),
    _edit(
        id="signer_unknown",
        severity="hold",
        owner="data_steward",
        message="The note is signed by somebody whom the providers feed does not have.",
        remedy="Send the signer in the providers feed, or correct signed_by_staff_id.",
        source=SIGNED_NOTES,
        fires=is_signed & ~pl.col("signer_is_known"),
    ),
    _edit(
        id="signer_not_licensed",
        severity="hold",
        owner="provider_enrollment",
        message="The signer had no licence in force on the service date; the service needs one.",
        remedy="Send the licence in the licences feed, or have a licensed caregiver sign.",
        source=SIGNED_NOTES + "; code set prerelease_services, allowed_credentials",
        fires=is_signed
        & pl.col("allowed_credentials").is_not_null()
        & pl.col("signer_is_known")
        & ~pl.col("signer_is_licensed"),
        judged=pl.col("procedure_is_covered").is_not_null(),
    ),
)
