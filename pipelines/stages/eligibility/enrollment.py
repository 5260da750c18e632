"""Enrollment timeline: what happened to a person's Medi-Cal, told for each episode of custody.

Belongs here: the events and the episode that each belongs to. Not here: what is overdue (edits).
"""

from typing import Final

import polars as pl

from contracts.derived import DERIVED
from pipelines.stages.eligibility.stays import custody_episodes, local_day, stay_episodes
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers, with_survivor

EVENTS: Final = (
    "booked",
    "screened_for_medi_cal",
    "screened_for_services",
    "application_submitted",
    "application_received",
    "application_decided",
    "covered",
    "coverage_suspended",
    "suspended",
    "activated",
    "deactivated",
    "unsuspended",
    "released",
)
"""In the order in which those of one day are told."""

_MILESTONES: Final = {"medi_cal_suspended": "suspended", "medi_cal_unsuspended": "unsuspended"}
_EVENT: Final = (
    *("person_id", "stay_id", "event", "occurred_on", "detail", "feed", "file_id", "row_number"),
)
_NOWHERE: Final = pl.lit(None, pl.String)


def enrollment_timeline(
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    coverage: pl.DataFrame,
    ji_activations: pl.DataFrame,
    screenings: pl.DataFrame,
    applications: pl.DataFrame,
    care_milestones: pl.DataFrame,
) -> pl.DataFrame:
    """Table `enrollment_timeline`: the events of each episode in order. Frames are current facts.

    An event that names a stay belongs to its episode, any other to the person's newest episode that
    began on or before its day; what happened before the first booking is left out.
    """
    episodes = stay_episodes(custody_stays, people)
    events = pl.concat(
        [
            *_custody(custody_stays),
            *_screenings(screenings),
            *_applications(applications),
            *_activations(ji_activations),
            _milestones(care_milestones),
        ]
    )
    persons = with_survivor(events, people).select(_EVENT)
    covered = _coverage(coverage, numbers(people, cin_aliases))
    placed = _placed(
        pl.concat([persons, covered]).drop_nulls("occurred_on"),
        episodes,
        custody_episodes(custody_stays, people),
    )
    facilities = custody_stays.select("stay_id", "facility_id")
    ordered = placed.join(facilities, on="stay_id", how="left").sort(
        "episode_id",
        "occurred_on",
        pl.col("event").cast(pl.Enum(EVENTS)),
        "feed",
        "file_id",
        "row_number",
    )
    number = (pl.int_range(pl.len()) + 1).over("episode_id").alias("event_number")
    return DERIVED["enrollment_timeline"].conform(ordered.with_columns(number))


def _events(
    rows: pl.DataFrame, feed: str, event: str, occurred_on: str | pl.Expr, detail: str | pl.Expr
) -> pl.DataFrame:
    known = {name: pl.col(name) if name in rows.columns else _NOWHERE for name in ("stay_id",)}
    return rows.with_columns(
        **known,
        event=pl.lit(event),
        occurred_on=occurred_on,
        detail=detail,
        feed=pl.lit(feed),
    ).select(_EVENT)


def _custody(stays: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        _events(stays, "custody_stays", "booked", local_day("booked_at"), _NOWHERE),
        _events(stays, "custody_stays", "released", local_day("released_at"), "released_to"),
    ]


def _screenings(screenings: pl.DataFrame) -> list[pl.DataFrame]:
    kinds = {
        "medi_cal": ("screened_for_medi_cal", "medi_cal_status"),
        "pre_release_access": ("screened_for_services", "outcome"),
    }
    declined = pl.when("declined").then(pl.lit("declined"))
    return [
        _events(
            screenings.filter(screening_type=kind),
            "screenings", event, "screened_on", declined.otherwise(detail),
        )
        for kind, (event, detail) in kinds.items()
    ]  # fmt: skip


def _applications(applications: pl.DataFrame) -> list[pl.DataFrame]:
    decided = applications.filter(pl.col("decision") != "pending")
    why = pl.concat_str("decision", "denial_reason_code", separator=": ", ignore_nulls=True)
    feed = "applications"
    return [
        _events(applications, feed, "application_submitted", "submitted_on", "channel"),
        _events(applications, feed, "application_received", "received_by_county_on", _NOWHERE),
        _events(decided, feed, "application_decided", "decided_on", why),
    ]


def _activations(activations: pl.DataFrame) -> list[pl.DataFrame]:
    feed = "ji_activations"
    return [
        _events(activations, feed, "activated", "activated_on", "aid_code"),
        _events(activations, feed, "deactivated", "deactivated_on", "deactivation_reason"),
    ]


def _milestones(milestones: pl.DataFrame) -> pl.DataFrame:
    told = milestones.filter(pl.col("milestone").is_in(list(_MILESTONES)))
    events = _events(told, "care_milestones", "", "occurred_on", _NOWHERE)
    return events.with_columns(event=told["milestone"].replace(_MILESTONES))


def _coverage(coverage: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Spans that are no JI overlay, each on the day it starts."""
    is_suspended = pl.col("coverage_status") == "suspended"
    owned = (
        coverage.filter(~pl.col("is_ji_aid_code"))
        .with_columns(cin=cin_of(pl.col("cin")))
        .join(numbers, on="cin")
        .rename({"surviving_person_id": "person_id"})
    )
    events = _events(owned, "coverage", "covered", "starts_on", "aid_code")
    suspended = owned.select(is_suspended).to_series()
    return events.with_columns(
        event=pl.when(suspended).then(pl.lit("coverage_suspended")).otherwise("event")
    )


def _placed(events: pl.DataFrame, episodes: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Events with their episode_id, under the person of the episode."""
    named = events.join(episodes.select("stay_id", "episode_id"), on="stay_id")
    others = events.join(episodes.select("stay_id"), on="stay_id", how="anti", nulls_equal=True)
    begun = spans.select("person_id", "episode_id", occurred_on="booked_on").sort("occurred_on")
    dated = others.sort("occurred_on").join_asof(
        begun, on="occurred_on", by="person_id", check_sortedness=False
    )
    return pl.concat([named, dated.drop_nulls("episode_id")])
