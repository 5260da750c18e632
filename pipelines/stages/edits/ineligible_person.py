"""Edits of category ineligible_person: identity, Medi-Cal number, and the gates of the day.

An unknown person or stay, or the stay of someone else, silences what cannot be judged without it.
"""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="ineligible_person")

CIN_FORM = "Medi-Cal provider manual: client index number and benefits card id, with check digit"
OUR_RECORDS = "Every service belongs to one person and one stay (feeds encounters, custody_stays)"
INMATE = "Section 1905(a) of the Social Security Act and the CalAIM 1115 demonstration, 2023-01-26"
MEDI_CAL = "CalAIM justice-involved reentry services: enrolled in Medi-Cal, active or suspended"

is_person_known = pl.col("is_person_known")
is_stay_known = pl.col("is_stay_known")
has_cin = is_person_known & pl.col("has_cin")
gates_can_be_told = is_person_known & is_stay_known & pl.col("stay_is_own")


def _gate(reason: str) -> pl.Expr:
    """The gate of billable_days that gives this reason fails on the service date."""
    return gates_can_be_told & pl.col("gate_reasons").list.contains(reason)


IDENTITY = (
    _edit(
        id="person_unknown",
        severity="reject",
        owner="data_steward",
        message="The line names a person that the people feed does not have.",
        remedy="Send the person in the people feed, or correct the person of the encounter.",
        source=OUR_RECORDS,
        fires=~is_person_known,
    ),
    _edit(
        id="stay_unknown",
        severity="reject",
        owner="data_steward",
        message="The line names a stay that the custody_stays feed does not have.",
        remedy="Send the stay in the custody_stays feed, or correct the stay of the encounter.",
        source=OUR_RECORDS,
        fires=~is_stay_known,
    ),
    _edit(
        id="stay_of_other_person",
        severity="reject",
        owner="data_steward",
        message="The stay of the line belongs to another person.",
        remedy="Correct person or stay of the encounter; if both are one person, merge them.",
        source=OUR_RECORDS,
        fires=is_person_known & ~pl.col("stay_is_own"),
    ),
    _edit(
        id="birth_after_service",
        severity="reject",
        owner="eligibility_worker",
        message="The date of birth of the person lies after the service date.",
        remedy="Correct the date of birth in the jail management system, or the service date.",
        source=OUR_RECORDS,
        fires=pl.col("birth_date") > pl.col("service_date"),
    ),
)

MEDI_CAL_NUMBER = (
    _edit(
        id="cin_missing",
        severity="reject",
        owner="eligibility_worker",
        message="The person has no Medi-Cal number on record.",
        remedy="Look the person up in the eligibility system and send the number, or apply.",
        source=CIN_FORM,
        fires=is_person_known & ~pl.col("has_cin"),
    ),
    _edit(
        id="cin_malformed",
        severity="reject",
        owner="eligibility_worker",
        message="The Medi-Cal number has not the form of one, or its check digit is wrong.",
        remedy="Compare the number with the eligibility system and correct it.",
        source=CIN_FORM,
        fires=has_cin & ~pl.col("cin_is_sound"),
    ),
    _edit(
        id="cin_doubtful_letter",
        severity="warn",
        owner="eligibility_worker",
        message="The letter of the Medi-Cal number is I or S, often a misread 1 or 5.",
        remedy="Compare the number with the eligibility system.",
        source=CIN_FORM,
        fires=has_cin & pl.col("cin_has_doubtful_letter"),
    ),
)

GATES = (
    _edit(
        id="person_deceased",
        severity="reject",
        owner="data_steward",
        message="The service date lies after the person died.",
        remedy="Check the service date against the date of death in the custody record.",
        source=INMATE,
        fires=_gate("deceased"),
    ),
    _edit(
        id="not_in_custody",
        severity="reject",
        owner="data_steward",
        message="The service date lies outside the stay.",
        remedy="Correct the service date, or booking and release in the jail management system.",
        source=INMATE,
        fires=_gate("custody"),
    ),
    _edit(
        id="facility_not_live",
        severity="reject",
        owner="eligibility_worker",
        message="The facility of the stay was not live for pre-release services on that day.",
        remedy="Do not bill it. If the go-live date is wrong, correct it in the facilities feed.",
        source="DHCS go-live approval of the facility",
        fires=_gate("facility") & pl.col("is_facility_known"),
    ),
    _edit(
        id="not_enrolled",
        severity="reject",
        owner="eligibility_worker",
        message="The person had no Medi-Cal coverage, active or suspended, on the service date.",
        remedy="Check the coverage of that month; apply or have it restored if it should exist.",
        source=MEDI_CAL,
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
        fires=_gate("ninety_days"),
    ),
    _edit(
        id="not_screened",
        severity="reject",
        owner="eligibility_worker",
        message="No screening that meets the pre-release criteria stands on or before that day.",
        remedy="Complete the screening, or record its outcome and its day.",
        source="CalAIM 1115 demonstration: an adult needs a qualifying condition",
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

EDITS = IDENTITY + MEDI_CAL_NUMBER + GATES
