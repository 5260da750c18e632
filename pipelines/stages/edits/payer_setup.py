"""Edits of category payer_setup: facility and providers as the payer has them on record.

An unknown facility or provider silences what cannot be judged without it.
"""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="payer_setup")

ENROLLED = "42 CFR 455.410: providers, ordering and referring ones too, are enrolled"

is_facility_known = pl.col("is_facility_known")
npi_is_sound = pl.col("npi_is_sound")
is_rendering_known = pl.col("is_rendering_known")

EDITS = (
    _edit(
        id="facility_unknown",
        severity="reject",
        owner="data_steward",
        message="The line names a facility that the facilities feed does not have.",
        remedy="Send the facility in the facilities feed, or correct it in the encounter.",
        source="Every service belongs to one facility (feeds encounters, facilities)",
        fires=~is_facility_known,
    ),
    _edit(
        id="facility_not_enrolled",
        severity="reject",
        owner="provider_enrollment",
        message="The facility was not enrolled in Medi-Cal on the service date.",
        remedy="Enroll the facility, or correct its span in the facilities feed.",
        source=ENROLLED,
        is_federal=True,
        fires=is_facility_known & ~pl.col("facility_is_enrolled"),
    ),
    _edit(
        id="billing_provider_unknown",
        severity="reject",
        owner="provider_enrollment",
        message="The facility bills under an NPI that the billing_providers feed does not have.",
        remedy="Send the billing provider, or correct billing_npi in the facilities feed.",
        source="005010X222A1, loop 2010AA: billing provider name, address, tax id",
        fires=is_facility_known & ~pl.col("is_billing_provider_known"),
    ),
    _edit(
        id="npi_check_digit",
        severity="reject",
        owner="data_steward",
        message="The rendering NPI is not 10 digits, or its check digit is wrong.",
        remedy="Correct the NPI in the encounter or in the health record's provider table.",
        source="45 CFR 162.406: NPI, Luhn check digit over 80840 and the number",
        is_federal=True,
        fires=~npi_is_sound,
    ),
    _edit(
        id="rendering_provider_unknown",
        severity="reject",
        owner="provider_enrollment",
        message="The rendering NPI stands under no provider of the providers feed.",
        remedy="Send the provider in the providers feed, or correct the NPI of the encounter.",
        source="Own staff and referrers are listed in the providers feed",
        fires=npi_is_sound & ~is_rendering_known,
    ),
    _edit(
        id="rendering_not_person",
        severity="reject",
        owner="provider_enrollment",
        message="The rendering provider is an organization; it must be a person.",
        remedy="Enter the NPI of the person who gave the service.",
        source="Medi-Cal: rendering and ordering providers are individuals (unverified for "
        "rendering)",
        fires=is_rendering_known & ~pl.col("rendering_is_person"),
    ),
    _edit(
        id="rendering_not_enrolled",
        severity="reject",
        owner="provider_enrollment",
        message="The rendering provider was not enrolled in the programme on the service date.",
        remedy="Enroll the provider, or send the span in the provider_enrollments feed.",
        source="42 CFR 455.410: enrolled providers; name of the programme is policy "
        "enrollment.program (unverified)",
        is_federal=True,
        fires=is_rendering_known & ~pl.col("rendering_is_enrolled"),
        judged=pl.col("program").is_not_null(),
    ),
    _edit(
        id="lab_without_clia",
        severity="reject",
        owner="provider_enrollment",
        message="A laboratory service, and the facility has no CLIA certificate in force.",
        remedy="Send CLIA number and dates in the facilities feed, or let the laboratory bill.",
        source="42 CFR 493: CLIA; 005010X222A1, REF*X4",
        is_federal=True,
        fires=is_facility_known
        & (pl.col("service_category") == "lab_radiology")
        & pl.col("is_laboratory")
        & ~pl.col("has_clia"),
        judged=pl.col("is_laboratory").is_not_null(),
    ),
    _edit(
        id="credential_not_allowed",
        severity="hold",
        owner="provider_enrollment",
        message="The rendering provider's credential may not give this procedure.",
        remedy="Correct the provider or the procedure, or the credential in the providers feed.",
        source="Code set prerelease_services, allowed_credentials",
        fires=pl.col("rendering_is_person") & ~pl.col("credential_is_allowed"),
        judged=pl.col("procedure_is_covered").is_not_null()
        & (pl.col("allowed_credentials").is_null() | pl.col("credential_is_allowed").is_not_null()),
    ),
    _edit(
        id="referrer_npi_check_digit",
        severity="reject",
        owner="data_steward",
        message="A referring or ordering NPI is not 10 digits, or its check digit is wrong.",
        remedy="Correct the NPI in the encounter or in the order.",
        source="45 CFR 162.406: NPI, Luhn check digit over 80840 and the number",
        is_federal=True,
        fires=pl.col("referrer_is_unsound"),
    ),
    _edit(
        id="referrer_unknown",
        severity="hold",
        owner="provider_enrollment",
        message="A referring or ordering NPI stands under no provider of the providers feed.",
        remedy="Send the provider in the providers feed, or correct the NPI of the encounter.",
        source="Own staff and referrers are listed in the providers feed",
        fires=pl.col("referrer_is_unknown"),
    ),
    _edit(
        id="referrer_not_person",
        severity="reject",
        owner="provider_enrollment",
        message="A referring or ordering provider is an organization; it must be a person.",
        remedy="Enter the NPI of the person who referred or ordered.",
        source="Medi-Cal: referring and ordering providers are individuals",
        fires=pl.col("referrer_is_no_person"),
    ),
    _edit(
        id="referrer_not_enrolled",
        severity="reject",
        owner="provider_enrollment",
        message="A referring or ordering provider was not enrolled on the service date.",
        remedy="Enroll the provider, or send the span in the provider_enrollments feed.",
        source=ENROLLED + "; name of the programme is policy enrollment.program",
        is_federal=True,
        fires=pl.col("referrer_is_not_enrolled"),
        judged=pl.col("program").is_not_null(),
    ),
)
