"""Stays and episodes: custody in Los Angeles days, joined where one time in custody goes on.

Belongs here: what follows from bookings and releases alone. Not here: coverage, screenings, gates.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from contracts.derived import DERIVED
from contracts.parsing import LOCAL_ZONE
from pipelines.stages.people import with_survivor

DAWN: Final = date(1, 1, 1)
FAR: Final = date(9999, 12, 30)  # one day is left for the closing of a span
_NEVER: Final = datetime(9999, 12, 30, tzinfo=ZoneInfo("UTC"))
_PERSON: Final = 1 << 62  # wider than any instant in microseconds


def local_day(instant: str) -> pl.Expr:
    """The Los Angeles date of a timestamp column."""
    return pl.col(instant).dt.convert_time_zone(LOCAL_ZONE).dt.date()


def dated_stays(custody_stays: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Stays of surviving persons with booked_on and released_on; `stay` is their place by id."""
    return (
        with_survivor(custody_stays, people)
        .select(
            "stay_id",
            "person_id",
            "facility_id",
            "booked_at",
            "released_at",
            "released_to",
            "expected_release_on",
            booked_on=local_day("booked_at"),
            released_on=local_day("released_at"),
        )
        .sort("stay_id")
        .with_row_index("stay")
    )


def stay_episodes(custody_stays: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The episode of each stay: stay_id, episode_id (its first stay), person_id (surviving)."""
    return chained(dated_stays(custody_stays, people)).select("stay_id", "episode_id", "person_id")


def custody_episodes(custody_stays: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Table `custody_episodes`: stays in order of booking; open while any of its stays is."""
    stays = chained(dated_stays(custody_stays, people))
    is_open = pl.col("released_on").is_null().any()
    episodes = stays.group_by("episode_id", maintain_order=True).agg(
        pl.col("person_id").first(),
        stay_ids=pl.col("stay_id"),
        booked_on=pl.col("booked_on").first(),
        released_on=pl.when(~is_open).then(pl.col("released_on").max()),
    )
    return DERIVED["custody_episodes"].conform(episodes.sort("episode_id"))


def chained(stays: pl.DataFrame) -> pl.DataFrame:
    """Stays (dated) by person and booking with episode and episode_id, their first stay's.

    A stay that nothing before it reaches, begins one. The furthest release of all earlier stays
    decides, not the last one's alone: a short stay within a long one does not end the episode.
    Each person's instants are moved beyond all of the person before: one running maximum, taken
    over all stays, never looks back past a person's first.
    """
    handed_on = pl.when(pl.col("released_to") == "transfer").then("released_on")
    begins = (
        (
            (_after(pl.col("booked_at")) < _reach(pl.col("released_at").fill_null(_NEVER)))
            | (_after(pl.col("booked_on")) <= _reach(handed_on.fill_null(DAWN)) + 1)
        )
        .fill_null(False)
        .not_()
    )
    return (
        stays.sort("person_id", "booked_at", "stay_id")
        .with_columns(person=pl.col("person_id").rle_id())
        .with_columns(begins=begins)
        .with_columns(
            pl.when("begins").then(name).forward_fill().alias(to)
            for name, to in (("stay", "episode"), ("stay_id", "episode_id"))
        )
        .drop("person", "begins")
    )


def _after(time: pl.Expr) -> pl.Expr:
    return pl.col("person").cast(pl.Int128) * _PERSON + time.to_physical()


def _reach(time: pl.Expr) -> pl.Expr:
    """The latest of all stays before, in the same person's time or else before all of it."""
    return _after(time).cum_max().shift(1)


def lost_days(stays: pl.DataFrame) -> pl.DataFrame:
    """Days on which a later booking owns the person: stay, from_on, to_on.

    Only stays that overlap in time lose days. A transfer or a new booking after the release on
    one day leaves that day to both stays: each had custody.
    """
    later = stays.select(
        "person_id",
        later_stay="stay",
        later_at="booked_at",
        from_on="booked_on",
        to_on="released_on",
    )
    is_later = (pl.col("later_at") > pl.col("booked_at")) | (
        (pl.col("later_at") == pl.col("booked_at")) & (pl.col("later_stay") > pl.col("stay"))
    )
    return (
        stays.join(later, on="person_id")
        .filter(is_later, pl.col("later_at") < pl.col("released_at").fill_null(_NEVER))
        .select("stay", "from_on", "to_on")
    )
