"""Proposals: lines of ours that an unmatched unit may mean. A person decides; nothing is posted.

A candidate has the unit's charge and agrees in two of person, day and procedure.
"""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Final

import polars as pl

_AGREEING: Final = {"person": "cin", "date": "on", "code": "code"}
_PAIRS: Final = (("person", "date"), ("person", "code"), ("date", "code"))
_MOST: Final = 3
_CIN_LENGTH: Final = 9  # a longer number is a card's: the CIN, a check digit, the day of issue


def with_candidates(
    lost: pl.DataFrame,
    sent: pl.DataFrame,
    look_up: Callable[[Collection[str], Collection[Decimal]], pl.DataFrame],
) -> pl.DataFrame:
    """`candidates`: of each unit up to three line numbers, the best first, with what agrees."""
    asked = lost.filter(~pl.col("is_whole")).select(
        "unit",
        size=pl.col("charge_amount").abs(),
        cin=pl.col("member_id").str.head(_CIN_LENGTH),
        on="service_date",
        code=pl.coalesce("submitted_code", "procedure_code"),
    )
    charges = set(asked["size"].unique()) & set(sent["sent_amount"].unique())
    known = look_up([], sorted(charges)).select(
        line_number=pl.col("patient_control_number") + pl.col("line_ordinal").cast(pl.String),
        size="charge_amount",
        cin=pl.col("cin").str.head(_CIN_LENGTH),
        on="service_date",
        code="procedure_code",
    )
    parts = [_agreeing(asked, known, pair) for pair in _PAIRS]
    best = (
        pl.concat(parts)
        .unique(["unit", "line_number"])
        .sort("unit", -pl.col("agreeing").list.len().cast(pl.Int64), "line_number")
        .group_by("unit", maintain_order=True)
        .agg(candidates=_told().head(_MOST))
    )
    return lost.join(best, on="unit", how="left", maintain_order="left")


def _agreeing(asked: pl.DataFrame, known: pl.DataFrame, pair: tuple[str, str]) -> pl.DataFrame:
    keys = ["size", *(_AGREEING[name] for name in pair)]
    met = asked.join(known, on=keys, suffix="_known", coalesce=False)
    agrees = [
        pl.when(pl.col(column) == pl.col(f"{column}_known")).then(pl.lit(name))
        for name, column in _AGREEING.items()
    ]
    return met.select("unit", "line_number", agreeing=pl.concat_list(agrees).list.drop_nulls())


def _told() -> pl.Expr:
    return pl.format("{} ({}, charge)", "line_number", pl.col("agreeing").list.join(", "))
