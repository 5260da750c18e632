"""The stay context: the newest stay of each episode beside what happened to its person's Medi-Cal.

Facts and policy's days only; whether something is overdue is for the edits (stays).
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.policy import Policy
from pipelines.stages.eligibility.coverage import activations, coverage_spans
from pipelines.stages.eligibility.stays import dated_stays, lost_days, stay_episodes
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import numbers, with_survivor

POLICY_DAYS: Final = {
    "screen_days": "enrollment.screen_days",
    "application_days": "enrollment.application_days",
    "pending_days": "enrollment.pending_days",
    "activation_days": "enrollment.activation_days",
}
"""Context column to the policy value that fills it; null where that is unset."""


def stay_context(
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    facilities: pl.DataFrame,
    coverage: pl.DataFrame,
    ji_activations: pl.DataFrame,
    screenings: pl.DataFrame,
    applications: pl.DataFrame,
    care_milestones: pl.DataFrame,
    conflicting: pl.DataFrame,
    unlisted: pl.DataFrame,
    policy: Policy,
    as_of: date,
) -> pl.DataFrame:
    """One row a stay, in order of stay_id. Frames are current facts, `coverage` and
    `ji_activations` without the rows that are held as `conflicting` and `unlisted`; what lies
    after as-of is not seen.

    is_newest: the person's newest stay. in_custody, booked_on (of the episode), released_on,
    released_to, expected_release_on; is_overlapped: a later booking took days of it. screened_on:
    first Medi-Cal screening of the episode; medi_cal_status and has_declined: of the newest one,
    asked_on its day. is_covered: enrolled on the as-of day; applied_on: newest application;
    pending_since: of the newest application, while it is pending. needs_no_criteria (youth
    facility), criteria: outcome of the newest pre-release screening. is_activated: an activation
    holds on the as-of day. is_suspended: some coverage holds on the as-of day and all of it is
    suspended. unsuspended_on: newest milestone that says so. conflict_file_id and
    conflict_row_number: a coverage row of the person that is held; unlisted_file_id and
    unlisted_row_number: an activation that is.
    """
    stays = _stays(custody_stays, people, as_of)
    episodes = stay_episodes(custody_stays, people).select("stay_id", "episode_id")
    known = numbers(people, cin_aliases)
    spans = _holding(coverage_spans(coverage, known), as_of)
    overlay = coverage_spans(coverage, known).filter("is_ji_aid_code").drop("is_ji_aid_code")
    clocks = _holding(activations(ji_activations, people, overlay), as_of)
    youth = facilities.select(
        "facility_id", needs_no_criteria=pl.col("facility_type") == "youth_correctional"
    )
    days = {column: policy.entry(name, as_of).value for column, name in POLICY_DAYS.items()}
    screened = _until(screenings, "screened_on", as_of)
    return (
        stays.join(episodes, on="stay_id")
        .with_columns(booked_on=pl.col("booked_on").min().over("episode_id"))
        .join(_of_stays(_medi_cal(screened, episodes), episodes), on="stay_id", how="left")
        .join(_of_stays(_criteria(screened, episodes), episodes), on="stay_id", how="left")
        .join(_applied(_until(applications, "submitted_on", as_of), people), on="person_id",
              how="left")
        .join(_coverage_states(spans, coverage, known, as_of), on="person_id", how="left")
        .join(clocks.select("person_id", is_activated=True).unique(), on="person_id", how="left")
        .join(_unsuspended(_until(care_milestones, "occurred_on", as_of), people),
              on="person_id", how="left")
        .join(_held(_of_numbers(conflicting, known), "conflict"), on="person_id", how="left")
        .join(_held(with_survivor(unlisted, people), "unlisted"), on="person_id", how="left")
        .join(youth, on="facility_id", how="left")
        .with_columns(
            pl.col("is_covered", "is_activated", "is_suspended", "needs_no_criteria",
                   "has_declined").fill_null(False),
            *(pl.lit(value, pl.Int64).alias(column) for column, value in days.items()),
            as_of=pl.lit(as_of),
        )
        .sort("stay_id")
    )  # fmt: skip


def _stays(custody_stays: pl.DataFrame, people: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Stays begun by the as-of day, under their survivor, a release after it not yet known."""
    begun = dated_stays(custody_stays, people).filter(pl.col("booked_on") <= as_of)
    lost = lost_days(begun).select("stay", is_overlapped=True).unique()
    is_out = (pl.col("released_on") <= as_of).fill_null(False)
    origin = custody_stays.select("stay_id", "file_id", "row_number")
    return (
        begun.join(lost, on="stay", how="left")
        .join(origin, on="stay_id")
        .with_columns(
            pl.col("is_overlapped").fill_null(False),
            in_custody=~is_out,
            released_on=pl.when(is_out).then("released_on"),
            released_to=pl.when(is_out).then("released_to"),
        )
        .sort("person_id", "booked_at", "stay_id")
        .with_columns(
            is_newest=(pl.col("person_id") != pl.col("person_id").shift(-1)).fill_null(True)
        )
        .drop("stay")
    )


def _until(rows: pl.DataFrame, column: str, as_of: date) -> pl.DataFrame:
    return rows.filter(pl.col(column) <= as_of)


def _holding(spans: pl.DataFrame, as_of: date) -> pl.DataFrame:
    day = pl.lit(as_of)
    return spans.filter(pl.col("from_on") <= day, (pl.col("to_on") >= day).fill_null(True))


def _of_stays(of_episodes: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    return episodes.join(of_episodes, on="episode_id").drop("episode_id")


def _in_episodes(screenings: pl.DataFrame, kind: str, episodes: pl.DataFrame) -> pl.DataFrame:
    """Screenings of a kind by episode, the newest last."""
    order = ["episode_id", "screened_on", "received_at", "row_number", "screening_id"]
    return screenings.filter(screening_type=kind).join(episodes, on="stay_id").sort(order)


def _medi_cal(screenings: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    of_episode = _in_episodes(screenings, "medi_cal", episodes).group_by("episode_id")
    return of_episode.agg(
        screened_on=pl.col("screened_on").first(),
        asked_on=pl.col("screened_on").last(),
        medi_cal_status=pl.col("medi_cal_status").last(),
        has_declined=pl.col("declined").last(),
    )


def _criteria(screenings: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    of_episode = _in_episodes(screenings, "pre_release_access", episodes).group_by("episode_id")
    outcome = pl.when("declined").then(pl.lit("declined")).otherwise("outcome")
    return of_episode.agg(criteria=outcome.last())


def _applied(applications: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    newest = (
        with_survivor(applications, people)
        .sort("person_id", "submitted_on", "application_id")
        .unique("person_id", keep="last", maintain_order=True)
    )
    since = pl.coalesce("received_by_county_on", "submitted_on")
    return newest.select(
        "person_id",
        applied_on="submitted_on",
        pending_since=pl.when(decision="pending").then(since),
    )


def _coverage_states(
    holding: pl.DataFrame, coverage: pl.DataFrame, known: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """person_id, is_covered, is_suspended: of coverage that is no JI overlay."""
    own = ~pl.col("is_ji_aid_code")
    suspended = coverage_spans(coverage.filter(coverage_status="suspended"), known)
    active = coverage_spans(coverage.filter(coverage_status="active"), known).filter(own)
    all_active = _holding(active, as_of).select("person_id").unique()
    all_suspended = _holding(suspended.filter(own), as_of).select("person_id").unique()
    only_suspended = all_suspended.join(all_active, on="person_id", how="anti")
    return (
        holding.filter(own)
        .select("person_id", is_covered=True)
        .unique()
        .join(only_suspended.with_columns(is_suspended=True), on="person_id", how="left")
    )


def _unsuspended(milestones: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    told = with_survivor(milestones.filter(milestone="medi_cal_unsuspended"), people)
    return told.group_by("person_id").agg(unsuspended_on=pl.col("occurred_on").max())


def _of_numbers(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of a CIN under the person whose it is."""
    owned = rows.with_columns(cin=cin_of(pl.col("cin"))).join(known, on="cin")
    return owned.rename({"surviving_person_id": "person_id"})


def _held(rows: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """The first row that is held of each person."""
    return (
        rows.sort("received_at", "row_number")
        .unique("person_id", keep="first", maintain_order=True)
        .select(
            "person_id",
            pl.col("file_id").alias(f"{prefix}_file_id"),
            pl.col("row_number").alias(f"{prefix}_row_number"),
        )
    )


def days_after(column: str, count: str) -> pl.Expr:
    """The day that lies so many days after a day column."""
    return pl.col(column) + pl.duration(days=count)
