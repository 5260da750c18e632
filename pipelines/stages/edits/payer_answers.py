"""What the payer has answered about a line's person: in the month of service, and last of all.

One survivor may have several Medi-Cal numbers; an answer about any of them counts.
"""

import polars as pl

from pipelines.stages.identifiers import cin_of

UNLIKE = ("name_is_unlike_payer", "birth_date_is_unlike_payer", "sex_is_unlike_payer")
_MONTHS_A_YEAR, _PERSON = 12, 1_000_000  # months since year 0 stay under a million


def answered(eligibility_answers: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """The answers that tell something, with `surviving_person_id`; refused inquiries left out."""
    is_told = pl.col("reject_codes").list.len().fill_null(0) == 0
    return (
        eligibility_answers.filter(is_told)
        .with_columns(cin=cin_of(pl.col("cin")))
        .join(numbers, on="cin")
    )


def unlike_payer(people: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """surviving_person_id and `UNLIKE`: the record against the payer's last answer that names
    the value; null where it never did.
    """
    told = ("payer_last_name", "payer_first_name", "payer_birth_date", "payer_sex")
    last = (
        answers.sort("verified_on", "month")
        .group_by("surviving_person_id")
        .agg(pl.col(name).drop_nulls().last() for name in told)
    )
    first_name, payers = _letters("first_name"), _letters("payer_first_name")
    is_other = ~(first_name.str.starts_with(payers) | payers.str.starts_with(first_name))
    known = pl.col("sex").ne("U") & pl.col("payer_sex").ne("U")
    return people.join(last, left_on="person_id", right_on="surviving_person_id").select(
        surviving_person_id="person_id",
        name_is_unlike_payer=(_letters("last_name") != _letters("payer_last_name"))
        | is_other.fill_null(False),
        birth_date_is_unlike_payer=pl.col("birth_date") != pl.col("payer_birth_date"),
        sex_is_unlike_payer=known & (pl.col("sex") != pl.col("payer_sex")),
    )


def _letters(name: str) -> pl.Expr:
    """Letters alone, in upper case and without accents: how the payer writes names varies."""
    plain = pl.col(name).str.normalize("NFKD").str.to_uppercase()
    return plain.str.replace_all("[^A-Z]", "")


def month_verdicts(
    lines: pl.DataFrame, answers: pl.DataFrame, persons: pl.DataFrame
) -> pl.DataFrame:
    """New columns only: `month_is_verified`, and `payer_says_ineligible` for the month (null where
    there is no answer).

    `lines` has person_index and service_date; `persons` has surviving_person_id and person_index.
    """
    month = pl.col("month")
    year, number = month.str.head(4).cast(pl.Int64), month.str.tail(2).cast(pl.Int64)
    by_month = (
        answers.join(persons, on="surviving_person_id")
        .group_by(_key(year, number))
        .agg(payer_says_ineligible=~pl.col("eligible").any())
    )
    day = pl.col("service_date")
    keys = lines.select(_key(day.dt.year().cast(pl.Int64), day.dt.month().cast(pl.Int64)))
    found = keys.join(by_month, on="person_month", how="left", maintain_order="left")
    return found.select(
        month_is_verified=pl.col("payer_says_ineligible").is_not_null(),
        payer_says_ineligible="payer_says_ineligible",
    )


def _key(year: pl.Expr, month: pl.Expr) -> pl.Expr:
    """Person and month in one number: half the time of a join on both."""
    person = pl.col("person_index").cast(pl.Int64) * _PERSON
    return (person + year * _MONTHS_A_YEAR + month).alias("person_month")
