"""Stays: who is in custody and where. One row a stay; its days are reckoned in `stay_days`.

The frame that everything else of the county is told from; it is no feed itself.
"""

from datetime import date

import polars as pl

from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import serial
from pipelines.demo.stay_days import FAULT, IS, KEY, dated

MAIN, BRANCH, YOUTH = "F01", "F02", "F03"

# Two stays of one person: booked again after a release, or moved between facilities.
REBOOKED_EVERY, MOVED_EVERY = 10, 20

# How long stays are, in per cent of those that have no story of their own: hours to three days,
# four days to two weeks, up to three months, and months to years.
LENGTHS = {"brief": 36, "short": 24, "usual": 24, "long": 16}


def build_stays(
    draws: Draws, count: int, start: date, end: date, faults: list[str]
) -> pl.DataFrame:
    """`count` stays in order of booking. `faults`: what ails so many stays, drawn by lot.

    Columns: key, person, number (integers), leg, is_bystander, stay_id, stay_fault, facility_id,
    is_youth, is_sud, is_smi, length, and the days of `dated`.
    """
    legs = _chosen(draws, _legs(count), faults)
    told = dated(draws, legs.with_columns(_person_traits(draws)), start, end)
    ordered = told.sort("booked_on", "key").with_row_index("number", offset=1)
    return ordered.with_columns(serial("S", pl.col("number"), 6).alias("stay_id"))


def _legs(count: int) -> pl.DataFrame:
    """(person, leg, key, is_bystander): some persons stay twice; the last one is never served."""
    rebooked, moved = count // REBOOKED_EVERY, count // MOVED_EVERY
    person = pl.int_range(count - rebooked - moved)
    legs = (
        pl.when(person < rebooked)
        .then(pl.lit(["first", "second"]))
        .when(person < rebooked + moved)
        .then(pl.lit(["moved_from", "moved_to"]))
        .otherwise(pl.lit(["single"]))
    )
    stays = pl.select(person.alias("person"), legs.alias("leg")).explode("leg")
    is_later = pl.col("leg").is_in(["second", "moved_to"])
    return stays.with_columns(
        key=pl.col("person") * 2 + is_later,
        is_bystander=pl.col("person") == pl.col("person").max(),
    )


def _person_traits(draws: Draws) -> list[pl.Expr]:
    """What holds for a person in every stay; a youth has one stay, and moves go main to branch."""
    person = pl.col("person")
    is_youth = IS("single") & FAULT.eq("") & draws.chance("youth", person, 8)
    home = pl.when(draws.chance("branch", person, 35)).then(pl.lit(BRANCH)).otherwise(pl.lit(MAIN))
    facility = (
        pl.when(IS("moved_from")).then(pl.lit(MAIN)).when(IS("moved_to")).then(pl.lit(BRANCH))
    )
    return [
        is_youth.alias("is_youth"),
        pl.when(is_youth)
        .then(pl.lit(YOUTH))
        .otherwise(facility.otherwise(home))
        .alias("facility_id"),
        draws.chance("sud", person, 50).alias("is_sud"),
        draws.chance("smi", person, 30).alias("is_smi"),
        _length(draws).alias("length"),
    ]


def _chosen(draws: Draws, legs: pl.DataFrame, faults: list[str]) -> pl.DataFrame:
    """`stay_fault` for as many persons with one stay as there are faults."""
    ranked = legs.filter(IS("single"), ~pl.col("is_bystander")).select(
        "key", rank=draws.bits("faulty", KEY)
    )
    chosen = ranked.sort("rank").head(len(faults)).select("key")
    named = chosen.with_columns(pl.Series("stay_fault", faults[: chosen.height], pl.String))
    return legs.join(named, on="key", how="left", maintain_order="left")


def _days(expression: pl.Expr | int) -> pl.Expr:
    return pl.duration(days=expression)


def _month_end(day: date, months_back: int) -> pl.Expr:
    return pl.lit(day).dt.offset_by(f"-{months_back}mo").dt.month_end()


def _length(draws: Draws) -> pl.Expr:
    """The kind of length; stays that tell a story (a fault, two legs) are of the usual one."""
    wheel = [kind for kind, percent in LENGTHS.items() for _ in range(percent)]
    is_plain = IS("single") & FAULT.eq("") & ~pl.col("is_bystander")
    return pl.when(is_plain).then(draws.pick("length", KEY, wheel)).otherwise(pl.lit("usual"))
