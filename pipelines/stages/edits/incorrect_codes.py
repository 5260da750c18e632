"""Edits of category incorrect_codes: diagnosis, procedure, modifiers, place, units, charge, NDC."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="incorrect_codes")

ICD10CM = "ICD-10-CM (45 CFR 162.1002): valid on the date of service"
COVERED = "Closed list of covered pre-release services; code set prerelease_services"
MODIFIERS = "HCPCS and CPT modifiers; code set hcpcs_modifiers"
LINE_FORM = "005010X222A1, loop 2400"
NDC = "Medi-Cal physician-administered drugs: HCPCS with NDC; 005010X222A1, loop 2410"
TELEHEALTH = "Modifiers 95 (video) and 93 (audio); that Medi-Cal asks for them here is unverified"

MODIFIERS_OF_A_LINE = 4  # SV101-3 to SV101-6

modifiers = pl.col("modifiers")
modality = pl.col("modality")
has_95 = modifiers.list.contains("95").fill_null(False)
has_93 = modifiers.list.contains("93").fill_null(False)
is_covered = pl.col("procedure_is_covered")
ndc = pl.col("ndc")

DIAGNOSES = (
    _edit(
        id="diagnosis_missing",
        severity="reject",
        owner="clinician",
        message="The service line has no diagnosis code.",
        remedy="Add the diagnosis to the encounter in the health record and sign it again.",
        source="005010X222A1, loop 2300, HI: a professional claim needs a diagnosis",
        fires=pl.col("diagnoses").list.len().fill_null(0) == 0,
    ),
    _edit(
        id="diagnosis_unknown",
        severity="reject",
        owner="clinician",
        message="A diagnosis code of the line has never been an ICD-10-CM code.",
        remedy="Correct the diagnosis code of the encounter in the health record.",
        source=ICD10CM,
        fires=pl.col("diagnosis_is_unknown"),
        judged=pl.col("diagnosis_is_unknown").is_not_null(),
    ),
    _edit(
        id="diagnosis_not_billable",
        severity="reject",
        owner="clinician",
        message="A diagnosis code of the line is a header: it has more specific codes below it.",
        remedy="Choose the specific code below it in the health record.",
        source=ICD10CM,
        fires=pl.col("diagnosis_is_not_billable"),
        judged=pl.col("diagnosis_is_not_billable").is_not_null(),
    ),
    _edit(
        id="diagnosis_not_in_force",
        severity="reject",
        owner="biller",
        message="A diagnosis code of the line exists, but was not in force on the service date.",
        remedy="Replace it by the code of the edition in force on the service date.",
        source=ICD10CM,
        fires=pl.col("diagnosis_is_not_in_force"),
        judged=pl.col("diagnosis_is_not_in_force").is_not_null(),
    ),
)

PROCEDURES = (
    _edit(
        id="procedure_not_covered",
        severity="reject",
        owner="biller",
        message="The procedure is not a covered pre-release service on the service date.",
        remedy="Correct the code, or import it into code set prerelease_services.",
        source=COVERED,
        fires=~is_covered,
        judged=is_covered.is_not_null(),
    ),
    _edit(
        id="procedure_wrong_category",
        severity="reject",
        owner="biller",
        message="The procedure is covered under another service category than the line's.",
        remedy="Correct the procedure code or the service category of the encounter.",
        source=COVERED,
        fires=is_covered & (pl.col("covered_category") != pl.col("service_category")),
        judged=is_covered.is_not_null(),
    ),
)

MODIFIER_RULES = (
    _edit(
        id="modifier_unknown",
        severity="hold",  # the numeric modifiers at hand are a partial list
        owner="biller",
        message="A modifier of the line is not in the code set on the service date.",
        remedy="Correct the modifier; release the line where the payer knows the modifier.",
        source=MODIFIERS,
        fires=pl.col("modifier_is_unknown"),
        judged=pl.col("modifier_is_unknown").is_not_null(),
    ),
    _edit(
        id="modifier_repeated",
        severity="reject",
        owner="biller",
        message="The line carries the same modifier more than once.",
        remedy="Remove the repeated modifier from the encounter.",
        source=LINE_FORM,
        fires=modifiers.list.n_unique() < modifiers.list.len(),
    ),
    _edit(
        id="modifier_too_many",
        severity="reject",
        owner="biller",
        message="The line carries more than four modifiers.",
        remedy="Keep the four modifiers that decide payment and remove the others.",
        source=LINE_FORM,
        fires=modifiers.list.len() > MODIFIERS_OF_A_LINE,
    ),
    _edit(
        id="modifier_telehealth_missing",
        severity="reject",
        owner="biller",
        message="The service was given by video or audio and lacks its telehealth modifier.",
        remedy="Add modifier 95 for video or 93 for audio, or correct the modality.",
        source=TELEHEALTH,
        fires=((modality == "video") & ~has_95) | ((modality == "audio") & ~has_93),
    ),
    _edit(
        id="modifier_contradicts_modality",
        severity="reject",
        owner="biller",
        message="A telehealth modifier of the line contradicts how the person was met.",
        remedy="Remove the modifier, or correct the modality of the encounter.",
        source=TELEHEALTH,
        fires=((modality != "video") & has_95) | ((modality != "audio") & has_93),
    ),
)

LINE_VALUES = (
    _edit(
        id="place_of_service_unexpected",
        severity="reject",
        owner="biller",
        message="The place of service is not the expected one, and no reason is given.",
        remedy="Correct the place of service, or record why the service was given elsewhere.",
        source="Policy claim.place_of_service",
        fires=(pl.col("place_of_service") != pl.col("expected_place_of_service"))
        & pl.col("place_of_service_reason").is_null(),
        judged=pl.col("expected_place_of_service").is_not_null(),
    ),
    _edit(
        id="units_not_positive",
        severity="reject",
        owner="biller",
        message="The units of the line are zero or negative.",
        remedy="Enter the units of service in the encounter.",
        source="005010X222A1, loop 2400, SV104",
        fires=pl.col("units") <= 0,
    ),
    _edit(
        id="units_above_limit",
        severity="warn",
        owner="biller",
        message="The units of the line are above the medically unlikely limit of the procedure.",
        remedy="Check the units against the note; correct them if they were mistyped.",
        source="Medicare NCCI medically unlikely edits, practitioner; the Medicaid file is not "
        "at hand, so this only warns",
        fires=pl.col("units") > pl.col("units_limit"),
        judged=pl.col("unit_limits_are_set"),
    ),
    _edit(
        id="charge_not_positive",
        severity="reject",
        owner="biller",
        message="The charge of the line is zero or negative.",
        remedy="Enter the charge of the service in the encounter or the charge master.",
        source="005010X222A1, loop 2400, SV102; that a zero charge is refused is a county choice",
        fires=pl.col("charge_amount") <= 0,
    ),
)

DRUGS = (
    _edit(
        id="ndc_missing",
        severity="reject",
        owner="pharmacy",
        message="The procedure is a drug that needs a national drug code, and the line has none.",
        remedy="Add the NDC of the package that was given, with quantity and unit.",
        source=NDC,
        fires=(pl.col("needs_ndc") == "yes") & ndc.is_null(),
        judged=~is_covered | pl.col("needs_ndc").is_in(["yes", "no"]),
    ),
    _edit(
        id="ndc_malformed",
        severity="reject",
        owner="pharmacy",
        message="The national drug code is not 11 digits, or is all zeros.",
        remedy="Write the NDC as 11 digits, 5-4-2, each part filled with zeros from the left.",
        source=NDC,
        fires=~ndc.str.contains(r"^\d{11}$") | (ndc == "00000000000"),
    ),
    _edit(
        id="ndc_quantity_missing",
        severity="reject",
        owner="pharmacy",
        message="The line names a national drug code without its quantity or unit.",
        remedy="Add the quantity given and its unit: F2, GR, ML or UN.",
        source=NDC,
        fires=ndc.is_not_null()
        & (pl.col("ndc_quantity").fill_null(0).le(0) | pl.col("ndc_unit").is_null()),
    ),
)

EDITS = DIAGNOSES + PROCEDURES + MODIFIER_RULES + LINE_VALUES + DRUGS
