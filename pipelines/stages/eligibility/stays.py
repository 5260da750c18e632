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
_A_DAY: Final = pl.duration(days=1)


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
    return _chained(dated_stays(custody_stays, people)).select("stay_id", "episode_id", "person_id")


def custody_episodes(custody_stays: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Table `custody_episodes`: stays in order of booking; open while any of its stays is."""
    chained = _chained(dated_stays(custody_stays, people))
    is_open = pl.col("released_on").is_null().any()
    episodes = chained.group_by("episode_id", maintain_order=True).agg(
        pl.col("person_id").first(),
        stay_ids=pl.col("stay_id"),
        booked_on=pl.col("booked_on").first(),
        released_on=pl.when(~is_open).then(pl.col("released_on").max()),
    )
    return DERIVED["custody_episodes"].conform(episodes.sort("episode_id"))


def _chained(stays: pl.DataFrame) -> pl.DataFrame:
    """Stays by person and booking with episode_id: a stay that nothing before it reaches, begins.

    The furthest release of all earlier stays decides, not the last one's alone: a short stay
    within a long one does not end the episode.
    """
    return (
        stays.sort("person_id", "booked_at", "stay_id")
        .with_columns(
            reach=pl.col("released_at").fill_null(_NEVER).cum_max().shift(1).over("person_id"),
            handed_on=pl.when(pl.col("released_to") == "transfer")
            .then("released_on")
            .fill_null(DAWN)
            .cum_max()
            .shift(1)
            .over("person_id"),
        )
        .with_columns(
            overlaps=pl.col("booked_at") < pl.col("reach"),
            follows=pl.col("booked_on") <= pl.col("handed_on") + _A_DAY,
        )
        .with_columns(
            episode_id=pl.when((pl.col("overlaps") | pl.col("follows")).fill_null(False).not_())
            .then("stay_id")
            .forward_fill()
        )
    )


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
