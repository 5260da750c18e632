"""The wide context: each service line beside all that its edits ask about. Joined once, here.

Facts and verdicts only; whether a verdict is a fault is for the edits.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from contracts.parsing import LOCAL_ZONE
from contracts.policy import Policy
from pipelines.stages.decisions.lines import nothing_decided
from pipelines.stages.edits.authorization import authorization_verdicts
from pipelines.stages.edits.bill_verdicts import attached, bill_verdicts
from pipelines.stages.edits.billed_before import among, billed_before
from pipelines.stages.edits.code_verdicts import code_verdicts
from pipelines.stages.edits.delay_reasons import delay_documents
from pipelines.stages.edits.other_payers import unbilled_coverage
from pipelines.stages.edits.payer_answers import UNLIKE, answered, month_verdicts, unlike_payer
from pipelines.stages.edits.rendering import (
    credential_verdicts,
    referrer_verdicts,
    rendering_verdicts,
)
from pipelines.stages.edits.same_day import same_day_verdicts
from pipelines.stages.edits.service_days import service_days
from pipelines.stages.edits.signing import signing_verdicts
from pipelines.stages.identifiers import (
    cin_check_digit_holds,
    cin_form,
    cin_letter_is_doubtful,
    ssn_form,
)
from pipelines.stages.people import numbers, survivors

SERVICES = (
    "encounters", "people", "cin_aliases", "custody_stays", "facilities", "billing_providers",
    "providers", "provider_enrollments", "licences", "authorizations", "eligibility_answers",
    "other_coverage", "other_payer_payments", "institutional_claims", "attachments",
)  # fmt: skip
"""The feeds that `service_context` reads, by the names of its arguments."""

ADDRESS = ("address_line", "city", "state", "zip")


def service_context(
    encounters: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    custody_stays: pl.DataFrame,
    facilities: pl.DataFrame,
    billing_providers: pl.DataFrame,
    providers: pl.DataFrame,
    provider_enrollments: pl.DataFrame,
    licences: pl.DataFrame,
    authorizations: pl.DataFrame,
    eligibility_answers: pl.DataFrame,
    other_coverage: pl.DataFrame,
    other_payer_payments: pl.DataFrame,
    institutional_claims: pl.DataFrame,
    attachments: pl.DataFrame,
    billable_days: pl.DataFrame,
    codes: Mapping[str, pl.DataFrame],
    policy: Policy,
    as_of: date,
    decided: pl.DataFrame | None = None,
    billed: pl.DataFrame | None = None,
    out: pl.DataFrame | None = None,
    in_bundles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row a current encounter line, in the given order, with its columns and the derived ones.

    Frames are current facts (one row a key); `billable_days` and `codes` (the `CODE_SETS`) as
    their own stages make them. `as_of` dates `days_left`. `decided`: what people
    decided of the lines (`decisions.lines`), which then have their corrected values;
    `billed`: lines that went out and are current no more (`billed_before`); `out`: keys of lines
    that the payer has in hand; `in_bundles`: those of lines that prove a bundle which is billed.
    Raises HeldByPolicyError where the filing limit is unset.
    """
    survivor = survivors(people).select("person_id", "surviving_person_id")
    known = numbers(people, cin_aliases)
    answers = answered(eligibility_answers, known)
    persons = _persons(people, answers)
    days = service_days(encounters["service_date"], policy, as_of)
    lines = _lines(encounters, survivor.join(persons, on="surviving_person_id"), days)
    verdicts = code_verdicts(lines, codes)
    said = nothing_decided(lines.height) if decided is None else decided
    parts = [
        lines,
        month_verdicts(lines, answers, persons),
        unbilled_coverage(lines, other_coverage, other_payer_payments, known),
        _stays(lines, custody_stays, survivor),
        _gates(lines, billable_days),
        _facilities(lines, facilities, billing_providers),
        rendering_verdicts(lines, providers, provider_enrollments),
        referrer_verdicts(lines, providers, provider_enrollments),
        credential_verdicts(lines, verdicts["allowed_credentials"], providers),
        signing_verdicts(lines, providers, licences),
        authorization_verdicts(lines, authorizations, survivor),
        verdicts,
        same_day_verdicts(lines, verdicts, codes["ncci_ptp"]),
        billed_before(lines, billed, survivor),
        among(lines, out, "is_filed"),
        among(lines, in_bundles, "is_in_bundle"),
        bill_verdicts(lines, facilities, institutional_claims, codes),
        attached(lines, attachments),
        said,
        delay_documents(said, codes["delay_reasons"]),
    ]
    return pl.concat(parts, how="horizontal")


def _lines(encounters: pl.DataFrame, persons: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Encounter lines with the surviving person, the service date's values and plain forms.

    `diagnoses` are without the dot and in upper case, as the code set writes them.
    """
    code = pl.element().str.replace_all(".", "", literal=True).str.to_uppercase()
    of_person = _beside(encounters, "person_id", persons)
    of_day = _beside(encounters, "service_date", days)
    survivor = pl.col("surviving_person_id")
    return pl.concat([encounters, of_person, of_day], how="horizontal").with_columns(
        survivor.is_not_null().alias("is_person_known"),
        (survivor != pl.col("person_id")).alias("person_is_merged"),
        pl.coalesce(survivor, "person_id"),
        pl.col("diagnosis_codes").list.eval(code).alias("diagnoses"),
        pl.col("signed_at").dt.convert_time_zone(LOCAL_ZONE).dt.date().alias("signed_on"),
        pl.col("is_part_2").fill_null(False),
    )


def _beside(lines: pl.DataFrame, on: str | list[str], right: pl.DataFrame) -> pl.DataFrame:
    """The right frame's other columns for each line, in the lines' order."""
    keys = [on] if isinstance(on, str) else on
    joined = lines.select(keys).join(right, on=keys, how="left", maintain_order="left")
    return joined.drop(keys)


def _persons(people: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """A row a person: `surviving_person_id`, `person_index`, what the record says and how it
    compares with the payer's.
    """
    cin = pl.col("cin")
    return people.select(
        pl.col("person_id").alias("surviving_person_id"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("person_index"),
        "birth_date",
        cin.is_not_null().alias("has_cin"),
        pl.all_horizontal(pl.col(ADDRESS).is_not_null()).alias("has_address"),
        (cin_form(cin) & cin_check_digit_holds(cin)).alias("cin_is_sound"),
        cin_letter_is_doubtful(cin).alias("cin_has_doubtful_letter"),
        ssn_form(cin).alias("cin_is_ssn"),
    ).join(
        unlike_payer(people, answers).select("surviving_person_id", *UNLIKE),
        on="surviving_person_id",
        how="left",
        maintain_order="left",
    )


def _stays(
    lines: pl.DataFrame, custody_stays: pl.DataFrame, survivor: pl.DataFrame
) -> pl.DataFrame:
    """`is_stay_known`, and `stay_is_own`: null where the stay is unknown."""
    stays = custody_stays.select("stay_id", "person_id").join(survivor, on="person_id", how="left")
    holder = stays.select("stay_id", holder=pl.coalesce("surviving_person_id", "person_id"))
    found = _beside(lines, "stay_id", holder)["holder"]
    return pl.DataFrame(
        {"is_stay_known": found.is_not_null(), "stay_is_own": found == lines["surviving_person_id"]}
    )


def _gates(lines: pl.DataFrame, billable_days: pl.DataFrame) -> pl.DataFrame:
    """`gate_reasons`: why the day is not billable, null where it is; a day outside the stay is
    out of custody.

    Lines are matched unordered and put in order afterwards: half the time of one ordered join.
    """
    days = billable_days.lazy().select("stay_id", "day", "billable", "reasons")
    keys = lines.lazy().select("stay_id", day="service_date").with_row_index("line")
    matched = keys.join(days, on=["stay_id", "day"]).select("line", "billable", "reasons")
    found = keys.select("line").join(matched, on="line", how="left", maintain_order="left")
    out_of_stay = pl.lit(["custody"], pl.List(pl.String))
    reasons = pl.when(pl.col("billable").is_null()).then(out_of_stay).otherwise("reasons")
    return found.select(gate_reasons=reasons).collect()


def _facilities(
    lines: pl.DataFrame, facilities: pl.DataFrame, billing_providers: pl.DataFrame
) -> pl.DataFrame:
    """`is_facility_known`, `is_billing_provider_known`; on the service date `has_clia` and
    `facility_is_enrolled`.
    """
    known = billing_providers.select("billing_npi", is_billing_provider_known=True)
    facility = facilities.select(
        "facility_id", "billing_npi", "clia_number", "clia_from", "clia_to", "enrolled_from",
        "enrolled_to", is_facility_known=True,
    ).join(known, on="billing_npi", how="left")  # fmt: skip
    day = lines["service_date"]
    has_clia = (
        pl.col("clia_number").is_not_null()
        & pl.col("clia_from").le(day).fill_null(True)
        & pl.col("clia_to").ge(day).fill_null(True)
    )
    return _beside(lines, "facility_id", facility).select(
        pl.col("is_facility_known").fill_null(False),
        pl.col("is_billing_provider_known").fill_null(False),
        has_clia.alias("has_clia"),
        facility_is_enrolled=pl.col("enrolled_from").le(day)
        & pl.col("enrolled_to").ge(day).fill_null(True),
    )
