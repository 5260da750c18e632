"""Stays: who is in custody, where, and on which days they are served. One row a stay.

The frame that everything else of the county is told from; it is no feed itself.
"""

from datetime import date

import polars as pl

from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import serial

MAIN, BRANCH, YOUTH = "F01", "F02", "F03"

# Two stays of one person: booked again after a release, or moved between facilities.
REBOOKED_EVERY, MOVED_EVERY = 10, 20
WINDOW_DAYS = 90

KEY = pl.col("key")
IS = pl.col("leg").eq
FAULT = pl.col("stay_fault").fill_null("")


def build_stays(
    draws: Draws, count: int, start: date, end: date, faults: list[str]
) -> pl.DataFrame:
    """`count` stays in order of booking. `faults`: what ails so many stays, drawn by lot.

    Columns: key, person, number (integers), leg, is_bystander, stay_id, stay_fault, facility_id,
    is_youth, is_sud, is_smi, booked_on, episode_booked_on, released_on (null in custody),
    leaves_on (planned), is_activated, activated_on, care_from, care_to: the days of service, in the
    period but for stays whose filing limit is at fault.
    """
    legs = _chosen(draws, _legs(count), faults)
    dated = _dated(draws, legs.with_columns(_person_traits(draws)), start, end)
    ordered = dated.sort("booked_on", "key").with_row_index("number", offset=1)
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
    is_youth = IS("single") & FAULT.eq("") & draws.chance("youth", person, 10)
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


def _dated(draws: Draws, stays: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """The days of each stay, reckoned from its release backwards, or from a second booking on."""
    return (
        stays.with_columns(_release(draws, start, end))
        .with_columns(_activation(draws, start, end))
        .with_columns(_booking(draws))
        .with_columns(_before_move(draws))
        .with_columns(_service_days(start, end))
        .with_columns(_stale_activation())
        .with_columns(
            pl.when(pl.col("leaves_on") <= end).then("leaves_on").alias("released_on"),
            is_activated=~IS("moved_from")
            & ~pl.col("is_bystander")
            & (FAULT.ne("") | draws.chance("activated", KEY, 85)),
            episode_booked_on=pl.col("booked_on").min().over(_episode()),
        )
    )


def _episode() -> pl.Expr:
    """Legs of a move are one time in custody."""
    return pl.when(IS("moved_from") | IS("moved_to")).then("person").otherwise(-1 - KEY)


def _rebooked_on(draws: Draws, start: date, end: date) -> pl.Expr:
    period = (end - start).days
    return pl.lit(start) + _days(period // 2 + draws.below("rebooked", KEY, period // 10))


def _release(draws: Draws, start: date, end: date) -> pl.Expr:
    """`leaves_on`: after two weeks of the period at least; for some after its end.

    Stays whose filing limit is to be past or near ended 7 or 6 months before `end`: the limit is
    the last day of the sixth month after the month of service.
    """
    period = (end - start).days
    usual = pl.lit(start) + _days(14 + draws.below("release", KEY, period + 6))
    first = pl.lit(start) + _days(14 + draws.below("release", KEY, period * 9 // 20 - 14))
    second = _rebooked_on(draws, start, end) + _days(14 + draws.below("release", KEY, 60))
    return (
        pl.when(FAULT == "filing_limit_passed")
        .then(_month_end(end, 7))
        .when(FAULT == "filing_limit_near")
        .then(_month_end(end, 6))
        .when(IS("first"))
        .then(first)
        .when(IS("second"))
        .then(second)
        .otherwise(usual)
        .alias("leaves_on")
    )


def _activation(draws: Draws, start: date, end: date) -> pl.Expr:
    """`activated_on`: 13 to 79 days before release, so that no service lies past the 90th day."""
    lead = (
        pl.when(FAULT.str.starts_with("filing_limit"))
        .then(14 + draws.below("lead", KEY, 12))
        .when(pl.col("leaves_on") > end)
        .then(40 + draws.below("lead", KEY, 40))
        .otherwise(13 + draws.below("lead", KEY, 67))
    )
    rebooked = _rebooked_on(draws, start, end) + _days(3 + draws.below("wait", KEY, 4))
    earlier = pl.col("leaves_on") - _days(lead)
    return pl.when(IS("second")).then(rebooked).otherwise(earlier).alias("activated_on")


def _booking(draws: Draws) -> pl.Expr:
    """`booked_on`: a few days before activation, for a third of the stays months before."""
    months = pl.when(draws.chance("long", KEY, 35)).then(draws.below("months", KEY, 150))
    wait = 3 + draws.below("wait", KEY, 8) + months.otherwise(0)
    wait = pl.when(IS("second")).then(3 + draws.below("wait", KEY, 4)).otherwise(wait)
    return (pl.col("activated_on") - _days(wait)).alias("booked_on")


def _before_move(draws: Draws) -> list[pl.Expr]:
    """The stay before a move ends on the day on which the next begins."""
    moved_on = pl.col("booked_on").last().over("person")
    earlier = moved_on - _days(5 + draws.below("before move", KEY, 60))
    return [
        pl.when(IS("moved_from")).then(earlier).otherwise("booked_on").alias("booked_on"),
        pl.when(IS("moved_from")).then(moved_on).otherwise("leaves_on").alias("leaves_on"),
    ]


def _service_days(start: date, end: date) -> list[pl.Expr]:
    """`care_from`, `care_to`: from the day after activation to release, within the period."""
    is_old = FAULT.str.starts_with("filing_limit")
    first = pl.col("activated_on") + _days(1)
    from_on = pl.when(is_old).then(first).otherwise(pl.max_horizontal(first, pl.lit(start)))
    return [
        from_on.alias("care_from"),
        pl.min_horizontal("leaves_on", pl.lit(end)).alias("care_to"),
    ]


def _stale_activation() -> list[pl.Expr]:
    """Where the window is to have closed: activated and booked more than 90 days before care."""
    moved = pl.when(FAULT == "outside_ninety_days").then(
        (pl.col("care_from") - pl.col("activated_on")).dt.total_days() + WINDOW_DAYS
    )
    return [
        (pl.col(name) - _days(moved.otherwise(0))).alias(name)
        for name in ("activated_on", "booked_on")
    ]
