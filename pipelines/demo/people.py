"""People: persons with invented names and numbers, some of them known under two records."""

import polars as pl

from pipelines.demo import names
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import (
    CIN_LETTERS,
    DOUBTFUL_LETTERS,
    benefits_id_digit,
    cin,
    scattered,
    serial,
)

PERSON = pl.col("person")
CIN_NUMBERS = 10**7


def build_persons(draws: Draws, stays: pl.DataFrame) -> pl.DataFrame:
    """One row a person: the feed's columns and cin, told_cin, alias_cin, old_person_id.

    `cin` is the number by which coverage knows the person, `told_cin` what the record makes of it.
    """
    persons = stays.group_by("person", maintain_order=True).agg(
        pl.col("stay_fault").drop_nulls().first(),
        pl.col("is_youth").first(),
        (pl.col("is_activated") | pl.col("is_bystander")).any().alias("must_be_member"),
        pl.col("care_to").max().alias("last_care_on"),
        pl.col("booked_on").min().alias("first_booked_on"),
    )
    return (
        persons.sort("person")
        .with_columns(_numbers(draws), *_identity(draws), *_particulars(draws))
        .with_columns(is_member=pl.col("must_be_member") | draws.chance("member", PERSON, 50))
        .with_columns(
            told_cin=_told_cin(), birth_date=_birth_date(draws), address_line=_address_line()
        )
    )


def _numbers(draws: Draws) -> pl.Expr:
    letters = pl.when(pl.col("stay_fault") == "cin_doubtful_letter").then(
        draws.pick("doubtful letter", PERSON, list(DOUBTFUL_LETTERS))
    )
    letter = letters.otherwise(draws.pick("cin letter", PERSON, list(CIN_LETTERS)))
    return cin(scattered(PERSON, CIN_NUMBERS), letter).alias("cin")


def _identity(draws: Draws) -> list[pl.Expr]:
    """Two per cent of the persons were once entered twice."""
    is_double = pl.col("stay_fault").is_null() & draws.chance("entered twice", PERSON, 2)
    alias = cin(
        scattered(PERSON + CIN_NUMBERS // 2, CIN_NUMBERS),
        draws.pick("alias letter", PERSON, list(CIN_LETTERS)),
    )
    return [
        serial("P", PERSON + 1, 6).alias("person_id"),
        pl.when(is_double).then(serial("Q", PERSON + 1, 6)).alias("old_person_id"),
        pl.when(is_double).then(alias).alias("alias_cin"),
    ]


def _particulars(draws: Draws) -> list[pl.Expr]:
    is_woman = draws.chance("sex", PERSON, 22)
    is_homeless = draws.chance("homeless", PERSON, 25)
    first = pl.when(is_woman).then(draws.pick("first name", PERSON, names.FEMALE))
    street = draws.pick("street", PERSON, names.STREETS)
    house = draws.below("house", PERSON, 900) + 100
    race = draws.pick("race", PERSON, names.RACES)
    return [
        first.otherwise(draws.pick("first name", PERSON, names.MALE)).alias("first_name"),
        draws.pick("last name", PERSON, names.LAST).alias("last_name"),
        pl.when(is_woman).then(pl.lit("F")).otherwise(pl.lit("M")).alias("sex"),
        # A person without residence is billed under the address of the county's reentry office.
        pl.when(~is_homeless)
        .then(pl.format("{} {} Street", house, street))
        .otherwise(pl.lit("1 Reentry Plaza"))
        .alias("home_address"),
        pl.lit("Exampleton").alias("city"),
        pl.lit("CA").alias("state"),
        pl.lit("95901").alias("zip"),
        pl.lit("Example").alias("county_of_residence"),
        is_homeless.alias("is_homeless"),
        pl.when(race != "").then(pl.concat_list(race)).alias("race"),
        draws.pick("ethnicity", PERSON, names.ETHNICITIES).alias("ethnicity"),
        draws.pick("language", PERSON, names.LANGUAGES).alias("language"),
        pl.format(
            "5{}", (draws.below("issued", PERSON, 365) + 1).cast(pl.String).str.zfill(3)
        ).alias("bic_issue_code"),
    ]


def _told_cin() -> pl.Expr:
    """The number as the person's record has it; only members have one."""
    fault = pl.col("stay_fault")
    wrong_digit = (benefits_id_digit(scattered(PERSON, CIN_NUMBERS)) + 1) % 10
    return (
        pl.when(~pl.col("is_member") | (fault == "cin_missing").fill_null(False))
        .then(None)
        .when(fault == "ssn_as_cin")  # no area of real ones is 000
        .then(serial("000", PERSON, 6))
        .when(fault == "cin_malformed")
        .then(pl.format("{}{}", "cin", wrong_digit))
        .otherwise("cin")
    )


def _address_line() -> pl.Expr:
    lacks = (pl.col("stay_fault") == "address_missing").fill_null(False)
    return pl.when(~lacks).then("home_address")


def _birth_date(draws: Draws) -> pl.Expr:
    """Youths 14 to 17 years old at booking, adults 19 to 68."""
    days = (
        pl.when(pl.col("is_youth"))
        .then(5114 + draws.below("age", PERSON, 1400))
        .otherwise(6940 + draws.below("age", PERSON, 18000))
    )
    return (
        pl.when(pl.col("stay_fault") == "birth_after_service")
        .then(pl.col("last_care_on") + pl.duration(days=1))
        .otherwise(pl.col("first_booked_on") - pl.duration(days=days))
    )


def build_people(persons: pl.DataFrame) -> pl.DataFrame:
    """The feed: every person, then the older records that were merged into one of them."""
    own = persons.with_columns(cin="told_cin")
    merged = own.filter(pl.col("old_person_id").is_not_null()).with_columns(
        merged_into="person_id", person_id="old_person_id", cin="alias_cin"
    )
    return pl.concat([own, merged], how="diagonal")


def build_cin_aliases(persons: pl.DataFrame) -> pl.DataFrame:
    """The numbers of merged records."""
    return persons.filter(pl.col("alias_cin").is_not_null()).select(
        "alias_cin",
        "cin",
        reason=pl.lit("merged"),
        valid_from=pl.col("first_booked_on") - pl.duration(days=400),
    )
