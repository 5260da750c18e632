"""Edits of category ineligible_person, of the day: its gates, its month, who else pays.

An unknown person or stay, or the stay of someone else, silences what cannot be judged without it.
"""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="ineligible_person")

INMATE = "Section 1905(a) of the Social Security Act and the CalAIM 1115 demonstration, 2023-01-26"
MEDI_CAL = "CalAIM justice-involved reentry services: enrolled in Medi-Cal, active or suspended"

gates_can_be_told = pl.col("is_person_known") & pl.col("is_stay_known") & pl.col("stay_is_own")
can_be_asked = gates_can_be_told & pl.col("cin_is_sound").fill_null(False)


def _gate(reason: str) -> pl.Expr:
    """The gate of billable_days that gives this reason fails on the service date."""
    return gates_can_be_told & pl.col("gate_reasons").list.contains(reason)


GATES = (
    _edit(
        id="person_deceased",
        severity="reject",
        owner="data_steward",
        message="The service date lies after the person died.",
        remedy="Check the service date against the date of death in the custody record.",
        source=INMATE,
        is_federal=True,
        fires=_gate("deceased"),
    ),
    _edit(
        id="not_in_custody",
        severity="reject",
        owner="data_steward",
        message="The service date lies outside the stay.",
        remedy="Correct the service date, or booking and release in the jail management system.",
        source=INMATE,
        is_federal=True,
        fires=_gate("custody"),
    ),
    _edit(
        id="facility_not_live",
        severity="reject",
        owner="eligibility_worker",
        message="The facility of the stay was not live for pre-release services on that day.",
        remedy="Do not bill it. If the go-live date is wrong, correct it in the facilities feed.",
        source="DHCS go-live approval of the facility",
        is_federal=True,
        fires=_gate("facility") & pl.col("is_facility_known"),
    ),
    _edit(
        id="not_enrolled",
        severity="reject",
        owner="eligibility_worker",
        message="The person had no Medi-Cal coverage, active or suspended, on the service date.",
        remedy="Check the coverage of that month; apply or have it restored if it should exist.",
        source=MEDI_CAL,
        is_federal=True,
        fires=_gate("enrolled"),
    ),
    _edit(
        id="ji_aid_code_missing",
        severity="reject",
        owner="eligibility_worker",
        message="No justice-involved aid code covered the service date.",
        remedy="Enter the screening in the state portal, so that the aid code is activated.",
        source="CalAIM justice-involved policy guide: aid code by screening (unverified)",
        fires=_gate("ji_aid_code"),
    ),
    _edit(
        id="outside_ninety_days",
        severity="reject",
        owner="eligibility_worker",
        message="The service date lies outside the 90 days of pre-release services.",
        remedy="Check activation and release date; a new activation opens a new period.",
        source="CMS approval of the CalAIM 1115 demonstration, 2023-01-26: 90 days; start of the "
        "clock is policy window.policy (unverified)",
        is_federal=True,
        fires=_gate("ninety_days"),
    ),
    _edit(
        id="not_screened",
        severity="reject",
        owner="eligibility_worker",
        message="No screening that meets the pre-release criteria stands on or before that day.",
        remedy="Complete the screening, or record its outcome and its day.",
        source="CalAIM 1115 demonstration: an adult needs a qualifying condition",
        is_federal=True,
        fires=_gate("screening"),
    ),
    _edit(
        id="share_of_cost_unmet",
        severity="reject",
        owner="eligibility_worker",
        message="The share of cost of the month was not met.",
        remedy="Clear the share of cost, then ask for the month's eligibility again.",
        source="Medi-Cal provider manual: not eligible until the share of cost is met",
        fires=_gate("share_of_cost"),
    ),
)

ANSWERS = (
    _edit(
        id="month_not_verified",
        severity="warn",
        owner="eligibility_worker",
        message="The payer has not answered about the person for the month of service.",
        remedy="Ask for the month: `reentry eligibility request`, or send eligibility_answers.",
        source="Medi-Cal provider manual: eligibility is monthly; verify each month, keep the EVC",
        fires=can_be_asked & ~pl.col("month_is_verified"),
    ),
    _edit(
        id="payer_says_ineligible",
        severity="hold",
        owner="eligibility_worker",
        message="Coverage is on record, and the payer answered not eligible for the month.",
        remedy="Ask again; if the answer stands, correct the coverage of that month.",
        source="Medi-Cal provider manual: the answer of the month decides",
        fires=can_be_asked
        & pl.col("payer_says_ineligible")
        & ~_gate("enrolled").fill_null(False)
        & ~_gate("share_of_cost").fill_null(False),
    ),
)

OTHER_PAYERS = (
    _edit(
        id="other_coverage_not_billed",
        severity="hold",
        owner="biller",
        message="Other coverage holds the service date, and its payer has not answered.",
        remedy="Bill the other payer first, then send its answer in other_payer_payments.",
        source="42 CFR 433.139: Medicaid pays last; 005010X222A1, loops 2320 and 2430",
        fires=pl.col("other_coverage_is_unbilled"),
    ),
    _edit(
        id="inpatient_service",
        severity="reject",
        owner="biller",
        message="The service was given to an inpatient, outside the pre-release services.",
        remedy="Bill it as an inmate's inpatient stay (MCIEP), apart from these claims.",
        source="Medi-Cal inmate eligibility programs (MCIEP): a separate stream, never mixed",
        fires=pl.col("is_inpatient"),
        judged=pl.col("is_inpatient").is_not_null(),
    ),
)

EDITS = GATES + ANSWERS + OTHER_PAYERS
