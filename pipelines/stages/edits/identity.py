"""Edits of category ineligible_person, of identity: person, stay, Medi-Cal number, payer's record.

Whether the person was eligible on the day is for ineligible_person.
"""

from functools import partial

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(Edit, category="ineligible_person")

CIN_FORM = "Medi-Cal provider manual: client index number and benefits card id, with check digit"
OUR_RECORDS = "Every service belongs to one person and one stay (feeds encounters, custody_stays)"
PAYERS_ANSWER = "005010X279A1: the 271 tells the subscriber as the payer has him on record"

is_person_known = pl.col("is_person_known")
is_stay_known = pl.col("is_stay_known")

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
    _edit(
        id="person_merged",
        severity="warn",
        owner="data_steward",
        message="The line names a record of the person that was merged into another.",
        remedy="Export the encounter under the surviving record; it is billed under that.",
        source=OUR_RECORDS,
        fires=pl.col("person_is_merged"),
    ),
)

MEDI_CAL_NUMBER = (
    _edit(
        id="ssn_as_cin",
        severity="reject",
        owner="eligibility_worker",
        message="A social security number stands in place of the Medi-Cal number.",
        remedy="Send the Medi-Cal number, and remove the other one from the extract.",
        source="Medi-Cal denies claims with a social security number; it is not stored unneeded",
        fires=is_person_known & pl.col("cin_is_ssn"),
    ),
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
        fires=~pl.col("cin_is_sound") & ~pl.col("cin_is_ssn"),
    ),
    _edit(
        id="cin_doubtful_letter",
        severity="warn",
        owner="eligibility_worker",
        message="The letter of the Medi-Cal number is I or S, often a misread 1 or 5.",
        remedy="Compare the number with the eligibility system.",
        source=CIN_FORM,
        fires=pl.col("cin_has_doubtful_letter"),
    ),
)

PAYERS_RECORD = (
    _edit(
        id="name_unlike_payer",
        severity="warn",
        owner="eligibility_worker",
        message="The name of the person is not the one in the payer's last answer.",
        remedy="Compare the two records; correct the one that is wrong.",
        source=PAYERS_ANSWER,
        fires=is_person_known & pl.col("name_is_unlike_payer"),
    ),
    _edit(
        id="birth_date_unlike_payer",
        severity="hold",
        owner="eligibility_worker",
        message="The date of birth is not the one in the payer's last answer.",
        remedy="Compare the two records: the payer may know somebody else by this number.",
        source=PAYERS_ANSWER,
        fires=is_person_known & pl.col("birth_date_is_unlike_payer"),
    ),
    _edit(
        id="sex_unlike_payer",
        severity="warn",
        owner="eligibility_worker",
        message="The sex of the person is not the one in the payer's last answer.",
        remedy="Compare the two records; correct the one that is wrong.",
        source=PAYERS_ANSWER,
        fires=is_person_known & pl.col("sex_is_unlike_payer"),
    ),
)

EDITS = IDENTITY + MEDI_CAL_NUMBER + PAYERS_RECORD
