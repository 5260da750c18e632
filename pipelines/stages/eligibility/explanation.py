"""Explanation: one stay with everything that decides its days, each fact with its source row.

Belongs here: gathering. Not here: deciding (gates), drawing (reports.day_line).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import FEEDS
from pipelines.stages.eligibility.days import pairs_judged
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.gates import reason_turns, reasons_of
from pipelines.stages.eligibility.stays import local_day, stay_episodes
from pipelines.stages.eligibility.timeline import with_ends
from pipelines.stages.eligibility.window_policy import WindowPolicy
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import with_survivor

_LINE: Final = FEEDS["encounters"].key
_OPEN: Final = pl.lit(None, pl.Date)
_FACT: Final = ("lane", "label", "starts_on", "ends_on", "feed", "file_id", "row_number")


@dataclass(frozen=True)
class Explanation:
    """`stay`: stay_id, person_id, facility_id, booked_on, released_on, expected_release_on.

    `stretches`, days in a row that are alike: starts_on, ends_on, billable, reasons. `facts`: lane
    (custody, facility, coverage, aid code, activation, screening, share of cost), label, starts_on,
    ends_on (null while open), feed, file_id, row_number. `services`: the key of each line of the
    stay, service_date, procedure_code, charge_amount, billable, reasons, file_id, row_number.
    """

    stay: dict[str, object]
    stretches: pl.DataFrame
    facts: pl.DataFrame
    services: pl.DataFrame


def explained(
    stay_id: str, evidence: Evidence, lines: pl.DataFrame, window: WindowPolicy, as_of: date
) -> Explanation:
    """Everything about a stay from booking to the earlier of release and as-of.

    `lines` (feed encounters, current). Raises UsageError for a stay that nobody has sent.
    """
    own = _of_person(stay_id, evidence)
    row = own.stays.row(by_predicate=pl.col("stay_id") == stay_id, named=True)
    last_on = min(row["released_on"] or as_of, as_of)
    columns = [*_LINE, "stay_id", "service_date", "procedure_code", "charge_amount"]
    asked = lines.filter(stay_id=stay_id).select(*columns, "file_id", "row_number")
    asked = asked.rename({"service_date": "day"})
    verdicts = pairs_judged(asked, own, window).drop("stay_id", "day")
    services = pl.concat([asked, verdicts], how="horizontal").rename({"day": "service_date"})
    return Explanation(
        row,
        _stretches(own, row, window, last_on),
        _facts(own, row).sort("lane", "starts_on", "feed", "row_number"),
        services.drop("stay_id").sort("service_date", *_LINE),
    )


def _of_person(stay_id: str, evidence: Evidence) -> Evidence:
    """The evidence with no stays but those of the person who holds this one."""
    holder = evidence.stays.filter(stay_id=stay_id).select("person_id")
    if holder.is_empty():
        raise UsageError("stay_unknown", "no accepted file has this stay_id. Check its writing.")
    mine = evidence.stays.join(holder, on="person_id").select("stay_id")
    stays = evidence.custody_stays.join(mine, on="stay_id", how="semi")
    return replace(evidence, custody_stays=stays)


def _stretches(
    own: Evidence, stay: dict[str, object], window: WindowPolicy, last_on: date
) -> pl.DataFrame:
    turns = with_ends(reason_turns(own, window)).filter(stay=stay["stay"])
    within = turns.with_columns(
        starts_on=pl.max_horizontal("from_on", pl.lit(stay["booked_on"])),
        ends_on=pl.min_horizontal("to_on", pl.lit(last_on)),
    ).filter(pl.col("starts_on") <= pl.col("ends_on"))
    run = pl.col("failing").rle_id()
    alike = within.group_by(run.alias("run"), maintain_order=True).agg(
        pl.col("starts_on").first(), pl.col("ends_on").last(), pl.col("failing").first()
    )
    return alike.select(
        "starts_on",
        "ends_on",
        billable=pl.col("failing") == 0,
        reasons=reasons_of(alike["failing"]),
    )


def _facts(own: Evidence, stay: dict[str, object]) -> pl.DataFrame:
    person = pl.DataFrame({"person_id": [stay["person_id"]]}, schema={"person_id": pl.String})
    parts = (
        _custody(own),
        _go_live(own, stay),
        _coverage(own, person),
        _activations(own, person),
        _screenings(own, stay),
        _shares(own, person),
    )
    return pl.concat([part.select(_FACT) for part in parts])


def _custody(own: Evidence) -> pl.DataFrame:
    return own.custody_stays.with_columns(
        lane=pl.lit("custody"),
        label=pl.format("stay {} at {}", "stay_id", "facility_id"),
        starts_on=local_day("booked_at"),
        ends_on=local_day("released_at"),
        feed=pl.lit("custody_stays"),
    )


def _go_live(own: Evidence, stay: dict[str, object]) -> pl.DataFrame:
    return own.facilities.filter(facility_id=stay["facility_id"]).with_columns(
        lane=pl.lit("facility"),
        label=pl.format("{} live", "facility_id"),
        starts_on="live_from",
        ends_on=_OPEN,
        feed=pl.lit("facilities"),
    )


def _coverage(own: Evidence, person: pl.DataFrame) -> pl.DataFrame:
    is_overlay = pl.col("is_ji_aid_code")
    return _of_numbers(own.coverage, own, person).with_columns(
        lane=pl.when(is_overlay).then(pl.lit("aid code")).otherwise(pl.lit("coverage")),
        label=pl.format("aid code {}, {}", "aid_code", "coverage_status"),
        feed=pl.lit("coverage"),
    )


def _activations(own: Evidence, person: pl.DataFrame) -> pl.DataFrame:
    reported = with_survivor(own.ji_activations, own.people)
    return reported.join(person, on="person_id").with_columns(
        lane=pl.lit("activation"),
        label=pl.format("activation {}", "activation_id"),
        starts_on="activated_on",
        ends_on="deactivated_on",
        feed=pl.lit("ji_activations"),
    )


def _screenings(own: Evidence, stay: dict[str, object]) -> pl.DataFrame:
    """Pre-release screenings of the episode, on their days."""
    episodes = stay_episodes(own.custody_stays, own.people)
    mine = episodes.filter(stay_id=stay["stay_id"]).select("episode_id")
    stays = episodes.join(mine, on="episode_id").select("stay_id")
    outcome = pl.when("declined").then(pl.lit("declined")).otherwise("outcome")
    return (
        own.screenings.filter(screening_type="pre_release_access")
        .join(stays, on="stay_id", how="semi")
        .with_columns(
            lane=pl.lit("screening"),
            label=pl.format("screening {}: {}", "screening_id", outcome),
            starts_on="screened_on",
            ends_on="screened_on",
            feed=pl.lit("screenings"),
        )
    )


def _shares(own: Evidence, person: pl.DataFrame) -> pl.DataFrame:
    first = (pl.col("month") + "-01").str.to_date("%Y-%m-%d")
    told = pl.when(pl.col("share_of_cost_met_on").is_null()).then(pl.lit("not met"))
    answers = own.eligibility_answers.filter(pl.col("share_of_cost_amount") > 0)
    return _of_numbers(answers, own, person).with_columns(
        lane=pl.lit("share of cost"),
        label=pl.format("share of cost {}", told.otherwise(pl.lit("met"))),
        starts_on=first,
        ends_on=first.dt.month_end(),
        feed=pl.lit("eligibility_answers"),
    )


def _of_numbers(rows: pl.DataFrame, own: Evidence, person: pl.DataFrame) -> pl.DataFrame:
    """Rows under any Medi-Cal number of the person."""
    mine = own.numbers.join(person, left_on="surviving_person_id", right_on="person_id")
    return rows.with_columns(number=cin_of(pl.col("cin"))).join(
        mine.select(number="cin"), on="number", how="semi"
    )
