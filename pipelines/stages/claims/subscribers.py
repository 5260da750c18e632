"""Subscribers: a claim's person as X12 names one. In Medi-Cal the patient is the subscriber."""

import polars as pl

from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import INHERITING, numbers
from pipelines.x12.charset import clean_text

_NUMBER = "subscriber_cin"


def subscribers(people: pl.DataFrame, cin_aliases: pl.DataFrame) -> pl.DataFrame:
    """`person_id` and the subscriber columns of claim content; call it with survivors in mind."""
    texts = people.select(
        "person_id",
        subscriber_last_name=clean_text(pl.col("last_name")),
        subscriber_first_name=clean_text(pl.col("first_name")),
        subscriber_middle_name=clean_text(pl.col("middle_name")),
        subscriber_suffix=clean_text(pl.col("name_suffix")),
        subscriber_address_line=clean_text(pl.col("address_line")),
        subscriber_city=clean_text(pl.col("city")),
        subscriber_state=clean_text(pl.col("state")),
        subscriber_zip=digits(pl.col("zip")),
        subscriber_birth_date=x12_date(pl.col("birth_date")),
        subscriber_sex=pl.col("sex"),
    )
    return texts.join(_billed_numbers(people, cin_aliases), on="person_id", how="left")


def digits(text: pl.Expr) -> pl.Expr:
    """The digits of a number that people write with hyphens; null where there is none."""
    only = text.str.replace_all(r"\D", "")
    return pl.when(only != "").then(only)


def x12_date(day: pl.Expr) -> pl.Expr:
    """CCYYMMDD."""
    return day.dt.strftime("%Y%m%d")


def _billed_numbers(people: pl.DataFrame, cin_aliases: pl.DataFrame) -> pl.DataFrame:
    """The number each person is billed under: one not superseded, the person's own if there is."""
    standing = numbers(people, cin_aliases).rename({"surviving_person_id": "person_id"})
    own = people.select("person_id", own=cin_of(pl.col("cin")))
    inheriting = cin_aliases.filter(pl.col("reason").is_in(INHERITING))
    superseded = inheriting.select(cin=cin_of(pl.col("alias_cin"))).unique()
    return (
        standing.join(own, on="person_id")
        .join(superseded.with_columns(is_superseded=True), on="cin", how="left")
        .sort(
            pl.col("is_superseded").fill_null(False), pl.col("cin").ne_missing(pl.col("own")), "cin"
        )
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("cin").first().alias(_NUMBER))
    )
