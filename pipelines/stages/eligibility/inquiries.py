"""Inquiries: about whom the payer is to be asked, and what has come back.

Belongs here: who is due and what stands out. Not here: the 270 itself, or recording it.
"""

from datetime import date, timedelta

import polars as pl

from contracts.policy import Policy
from pipelines.stages.eligibility.stays import dated_stays
from pipelines.stages.identifiers import cin_form, cin_of
from pipelines.stages.people import numbers

_PERSON = ("last_name", "first_name", "birth_date", "sex")


def due(
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    facilities: pl.DataFrame,
    eligibility_answers: pl.DataFrame,
    asked: pl.DataFrame,
    policy: Policy,
    as_of: date,
) -> pl.DataFrame:
    """People in custody to ask about, for the month of the as-of day.

    person_id, cin, month, last_name, first_name, birth_date, sex, billing_npi (of the facility),
    reason: `unverified` (nobody has answered for the month) or `release_near` (nobody has since
    the expected release came near). A person asked about within `eligibility.ask_again_days` is
    waited for. Frames are current facts; `asked`: cin, month, asked_on. A person without a sound
    Medi-Cal number cannot be asked about: the edits of lines say so.

    Raises HeldByPolicyError where one of the days is unset.
    """
    near = timedelta(days=policy.value("enrollment.activation_days", as_of))
    patience = timedelta(days=policy.value("eligibility.ask_again_days", as_of))
    month = f"{as_of:%Y-%m}"
    known = numbers(people, cin_aliases)
    answered = _verified(eligibility_answers.filter(month=month), known)
    waiting = asked.filter(pl.col("month") == month, pl.col("asked_on") > as_of - patience)
    near_from = pl.col("expected_release_on") - near
    is_near = (near_from <= as_of) & (pl.col("verified_on") < near_from)
    return (
        _in_custody(custody_stays, people, as_of)
        .join(people.select("person_id", "cin", *_PERSON), on="person_id")
        .filter(cin_form(pl.col("cin")))
        .with_columns(cin=cin_of(pl.col("cin")))
        .join(waiting.select("cin"), on="cin", how="anti")
        .join(answered, on="person_id", how="left")
        .with_columns(
            month=pl.lit(month),
            reason=pl.when(pl.col("verified_on").is_null())
            .then(pl.lit("unverified"))
            .when(is_near)
            .then(pl.lit("release_near")),
        )
        .drop_nulls("reason")
        .join(facilities.select("facility_id", "billing_npi"), on="facility_id", how="left")
        .select("person_id", "cin", "month", *_PERSON, "billing_npi", "reason")
        .sort("person_id")
    )


def _in_custody(custody_stays: pl.DataFrame, people: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row a person in custody on the day: the stay booked last."""
    stays = dated_stays(custody_stays, people).filter(
        pl.col("booked_on") <= as_of, (pl.col("released_on") >= as_of).fill_null(True)
    )
    newest = stays.sort("booked_at", "stay_id").unique("person_id", keep="last")
    return newest.select("person_id", "facility_id", "expected_release_on")


def _verified(answers: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The day of the newest answer under any of a person's numbers; a rejection is no answer."""
    told = answers.filter(pl.col("reject_codes").list.len().fill_null(0) == 0)
    owned = told.with_columns(cin=cin_of(pl.col("cin"))).join(known, on="cin")
    by_person = owned.group_by(pl.col("surviving_person_id").alias("person_id"))
    return by_person.agg(pl.col("verified_on").max())


def open_requests(known: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Requests that nobody has answered, or only with a rejection, with the days since.

    `known`: trace_number, person_id, cin, month, asked_on, outcome, reject_codes, file_id,
    row_number.
    """
    settled = pl.col("outcome").is_in(["active", "spend_down", "inactive"]).fill_null(False)
    days = (pl.lit(as_of) - pl.col("asked_on")).dt.total_days().alias("days_waiting")
    return known.filter(~settled).with_columns(days).sort("asked_on", "trace_number")
