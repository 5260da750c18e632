"""Edits of category incorrect_codes, of the codes: diagnosis, procedure, what is no service here.

Not here: modifiers, place, units and charge (incorrect_values), national drug codes (drugs).
"""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.special_codes import NO_KIND

_edit = partial(Edit, category="incorrect_codes")

ICD10CM = "ICD-10-CM (45 CFR 162.1002): valid on the date of service"
HCPCS = "HCPCS level II file of CMS (45 CFR 162.1002); CPT is not in it"
EXTERNAL_CAUSES = "^[VWXY]"  # chapter 20 of ICD-10-CM
COVERED = "Closed list of covered pre-release services; code set prerelease_services"

diagnoses = pl.col("diagnoses")
is_covered = pl.col("procedure_is_covered")
post_release_kind = pl.col("post_release_kind")
is_kind_told = post_release_kind.is_not_null()
is_bundle = pl.col("is_bundle_code")
is_paid_in_bundle = pl.col("is_bundle_part") & ~is_covered

DIAGNOSES = (
    _edit(
        id="diagnosis_missing",
        severity="reject",
        owner="clinician",
        message="The service line has no diagnosis code.",
        remedy="Add the diagnosis to the encounter in the health record and sign it again.",
        source="005010X222A1, loop 2300, HI: a professional claim needs a diagnosis",
        fires=diagnoses.list.len().fill_null(0) == 0,
    ),
    _edit(
        id="diagnosis_unknown",
        severity="reject",
        owner="clinician",
        message="A diagnosis code of the line has never been an ICD-10-CM code.",
        remedy="Correct the diagnosis code of the encounter in the health record.",
        source=ICD10CM,
        is_federal=True,
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
        is_federal=True,
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
        is_federal=True,
        fires=pl.col("diagnosis_is_not_in_force"),
        judged=pl.col("diagnosis_is_not_in_force").is_not_null(),
    ),
    _edit(
        id="diagnosis_repeated",
        severity="warn",
        owner="biller",
        message="The line carries the same diagnosis code more than once.",
        remedy="Remove the repeated code from the encounter; the claim tells it once.",
        source="005010X222A1, loop 2300, HI: a diagnosis stands on a claim once",
        fires=diagnoses.list.n_unique() < diagnoses.list.len(),
    ),
    _edit(
        id="diagnosis_external_cause_first",
        severity="reject",
        owner="clinician",
        message="The first diagnosis of the line is an external cause; it cannot be principal.",
        remedy="Put the injury or illness first, the external cause after it.",
        source="ICD-10-CM official guidelines, section I.C.20.a: never the principal diagnosis",
        fires=diagnoses.list.first().str.contains(EXTERNAL_CAUSES),
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
        fires=~is_covered
        & (post_release_kind == NO_KIND).fill_null(True)
        & ~is_bundle.fill_null(False)
        & ~pl.col("is_bundle_part").fill_null(False),
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
    _edit(
        id="procedure_unknown",
        severity="hold",  # the later edition at hand is partial
        owner="biller",
        message="The procedure has the form of an HCPCS code and has never been one.",
        remedy="Correct the procedure code; release the line if the file at hand lacks it.",
        source=HCPCS,
        fires=pl.col("procedure_is_unknown"),
        judged=pl.col("procedure_is_unknown").is_not_null(),
    ),
    _edit(
        id="procedure_expired",
        severity="reject",
        owner="biller",
        message="The procedure is an HCPCS code that was not in force on the service date.",
        remedy="Replace it by the code that was in force on the service date.",
        source=HCPCS,
        is_federal=True,
        fires=pl.col("procedure_has_expired"),
        judged=pl.col("procedure_has_expired").is_not_null(),
    ),
    _edit(
        id="procedure_pair_excluded",
        severity="warn",
        owner="biller",
        message="Another procedure of the provider on that day includes this one.",
        remedy="Bill the including procedure alone, or add the modifier that parts the two.",
        source="Medicare NCCI procedure-to-procedure edits, practitioner; the Medicaid file is not "
        "at hand, so this only warns",
        fires=pl.col("is_excluded_by_pair"),
        judged=pl.col("is_excluded_by_pair").is_not_null(),
    ),
)

OTHER_STREAMS = (
    _edit(
        id="community_support_before_release",
        severity="reject",
        owner="biller",
        message="Code and modifiers are of a Community Support, which is never pre-release.",
        remedy="Take the line out; after release the managed care plan pays it.",
        source="CalAIM: Community Supports are post-release only; code set ecm_cs_codes",
        fires=post_release_kind == "CS",
        judged=is_kind_told,
    ),
    _edit(
        id="ecm_before_release",
        severity="reject",
        owner="biller",
        message="Code and modifiers are of Enhanced Care Management, which is never pre-release.",
        remedy="Take the line out, or bill the pre-release care-management bundle.",
        source="CalAIM: ECM is post-release only; code set ecm_cs_codes",
        fires=post_release_kind == "ECM",
        judged=is_kind_told,
    ),
    _edit(
        id="bundle_code_as_service",
        severity="reject",
        owner="care_manager",
        message="The line carries the code of a care-management bundle as if it were a service.",
        remedy="Record the milestones of the bundle instead; the bundle is billed from them.",
        source="Code set care_bundles: a bundle is billed once, from what it consists of",
        fires=is_bundle,
        judged=is_bundle.is_not_null(),
    ),
    _edit(
        id="paid_in_bundle",
        severity="hold",
        owner="care_manager",
        message="The service is paid in a care-management bundle, and none that is billed has it.",
        remedy="Complete the bundle that `reentry why` names; release the line to bill it alone.",
        source="Code set care_bundles, evidence: what a bundle is made of is not billed alone",
        fires=is_paid_in_bundle & ~pl.col("is_in_bundle"),
        judged=is_covered.is_not_null() & pl.col("is_bundle_part").is_not_null(),
    ),
    _edit(
        id="service_to_come",
        severity="reject",
        owner="clinician",
        message="The service date lies after the day of this run.",
        remedy="Correct the service date; a service is billed once it was given.",
        source="005010X222A1, loop 2400, DTP*472: the day on which the service was given",
        fires=pl.col("is_to_come"),
    ),
)

EDITS = DIAGNOSES + PROCEDURES + OTHER_STREAMS
