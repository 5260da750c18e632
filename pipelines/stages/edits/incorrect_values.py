"""Edits of category incorrect_codes, of the values: modifiers, place, units, minutes, charge."""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="incorrect_codes")

MODIFIERS = "HCPCS and CPT modifiers; code set hcpcs_modifiers"
LINE_FORM = "005010X222A1, loop 2400"
TELEHEALTH = "Modifiers 95 (video) and 93 (audio); that Medi-Cal asks for them here is unverified"

MODIFIERS_OF_A_LINE = 4  # SV101-3 to SV101-6


def _whole(name: str, parts: int) -> pl.Expr:
    """An amount as a whole number of so many parts."""
    return (pl.col(name) * parts).cast(pl.Int64)


modifiers = pl.col("modifiers")
modality = pl.col("modality")
has_95 = modifiers.list.contains("95").fill_null(False)
has_93 = modifiers.list.contains("93").fill_null(False)
has_no_modifier = modifiers.list.len().fill_null(0) == 0
# Both in cents of a thousandth of a unit: whole numbers.
rate_of_units = _whole("rate_amount", 100) * _whole("units", 1000)
charge = _whole("charge_amount", 100) * 1000
is_time_told = pl.col("procedure_is_covered").is_not_null()
is_not_timed = pl.col("minutes_per_unit").is_null()
# The units but the last count whole, of the last the policy's share: in hundredths of a minute.
needed_minutes = pl.col("minutes_per_unit") * (
    (pl.col("units").cast(pl.Float64) - 1) * 100 + pl.col("last_unit_percent")
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
    _edit(
        id="modifier_340b_missing",
        severity="hold",
        owner="pharmacy",
        message="The drug was bought under 340B and the line lacks modifier UD.",
        remedy="Add modifier UD, or correct is_340b of the encounter.",
        source="Medi-Cal: 340B drugs carry modifier UD (secondary source)",
        fires=pl.col("is_340b") & ~modifiers.list.contains("UD").fill_null(False),
    ),
    _edit(
        id="modifier_components_together",
        severity="reject",
        owner="biller",
        message="The line carries both 26 and TC: together they are the whole procedure.",
        remedy="Keep the one that was given, or neither where the whole was given.",
        source="HCPCS and CPT: 26 is the professional, TC the technical component",
        fires=modifiers.list.contains("26") & modifiers.list.contains("TC"),
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
        & pl.col("place_of_service_reason").is_null()
        & ~pl.col("is_inpatient").fill_null(False)
        & ~pl.col("place_is_unknown").fill_null(False),
        judged=pl.col("expected_place_of_service").is_not_null(),
    ),
    _edit(
        id="place_of_service_unknown",
        severity="reject",
        owner="biller",
        message="The place of service is no code of the CMS place of service set.",
        remedy="Correct the place of service of the encounter.",
        source="CMS place of service code set (45 CFR 162.1002)",
        is_federal=True,
        fires=pl.col("place_is_unknown"),
        judged=pl.col("place_is_unknown").is_not_null(),
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
    _edit(
        id="charge_below_rate",
        severity="warn",
        owner="finance",
        message="The charge of the line is below the payer's rate: the payer pays the lower.",
        remedy="Raise the charge in the charge master to the rate or above.",
        source="Code set rates; Medi-Cal pays the lower of charge and rate",
        fires=(pl.col("charge_amount") > 0) & (charge < rate_of_units),
        judged=pl.col("rate_amount").is_not_null() & (has_no_modifier | ~pl.col("rate_varies")),
    ),
    _edit(
        id="units_above_minutes",
        severity="hold",
        owner="clinician",
        message="The minutes of the service do not support its units.",
        remedy="Correct minutes or units; a unit counts once its set part has passed.",
        source="Code set prerelease_services, minutes_per_unit; policy time.last_unit_percent",
        fires=pl.col("minutes") * 100 <= needed_minutes,
        judged=is_time_told & (is_not_timed | pl.col("last_unit_percent").is_not_null()),
    ),
)

EDITS = MODIFIER_RULES + LINE_VALUES
