"""Plan lines: post-release services as one more source of claim lines, each with its plan's route.

Here: which route a service goes by, and what keeps one from going. Not here: which claim a line
belongs to, or what the services count for in reports.
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.parsing import LOCAL_ZONE
from contracts.settings import Agency, Route
from pipelines.stages.claims.lines import LINE_KEY, billable, plain_codes
from pipelines.stages.people import with_survivor
from pipelines.stages.post_release import classified, telling_set

SOURCE: Final = "post_release_services"  # the lines' source_system
UNROUTED: Final = Route("unset", "", "", "", status="unset")
"""Where services of plans go that no route names: nowhere, until settings say."""
WAITS: Final = ("service_unknown", "served_in_custody", "service_to_come", "service_on_other_route")
"""Flags of lines that cannot go; each is a reason of its claim."""

_LINE_NUMBER: Final = 1  # a row of the feed is a line of its own
_SERVICE: Final = ("person_id", "service_date", "procedure_code", "modifier_set")


def plan_lines(
    services: pl.DataFrame,
    ecm_cs_codes: pl.DataFrame,
    service_lines: pl.DataFrame,
    people: pl.DataFrame,
    custody_stays: pl.DataFrame,
    bound: pl.DataFrame,
    agency: Agency,
    as_of: date,
    schema: pl.Schema,
) -> pl.DataFrame:
    """The current services as claim lines of this `schema` (that of `form_lines`), with `route` and
    a flag for each of `WAITS`, in the order of their keys.

    `service_lines` are judged encounters and `bound` the ledger's lines: a service that is there
    too, or stands for two plans, is reported by one of them at most.
    """
    told = classified(with_survivor(services, people), ecm_cs_codes).with_columns(
        source_system=pl.lit(SOURCE),
        encounter_id="service_id",
        line_number=pl.lit(_LINE_NUMBER, pl.Int64),
        modifier_set=telling_set(pl.col("modifiers"), ecm_cs_codes),
        route=_routes(agency),
    )
    stays = with_survivor(custody_stays, people)
    elsewhere = _elsewhere(told, _claimed(service_lines, bound, ecm_cs_codes), bound)
    flagged = told.with_columns(
        service_unknown=pl.col("kind").is_null(),
        served_in_custody=pl.col("service_id").is_in(_in_custody(told, stays).implode()),
        service_to_come=pl.col("service_date") > as_of,
        service_on_other_route=pl.col("service_id").is_in(elsewhere.implode()),
    )
    return _shaped(flagged, schema).sort(LINE_KEY).with_row_index("line_id")


def _routes(agency: Agency) -> pl.Expr:
    named = {code: route.name for route in agency.plan_routes for code in route.plan_codes}
    return pl.col("plan_code").replace_strict(named, default=UNROUTED.name, return_dtype=pl.String)


def _in_custody(services: pl.DataFrame, stays: pl.DataFrame) -> pl.Series:
    """Services between the day of booking and that of release, which belong to no plan."""
    days = stays.select(
        "person_id",
        booked_on=pl.col("booked_at").dt.convert_time_zone(LOCAL_ZONE).dt.date(),
        left_on=pl.col("released_at").dt.convert_time_zone(LOCAL_ZONE).dt.date(),
    )
    day = pl.col("service_date")
    within = (day > pl.col("booked_on")) & (day < pl.col("left_on")).fill_null(True)
    held = services.select("service_id", "person_id", "service_date").join(days, on="person_id")
    return held.filter(within)["service_id"].unique()


def _claimed(
    service_lines: pl.DataFrame, bound: pl.DataFrame, ecm_cs_codes: pl.DataFrame
) -> pl.DataFrame:
    """The services of encounters that are billed, or went out."""
    is_out = pl.struct(LINE_KEY).is_in(bound.select(LINE_KEY).unique().to_struct().implode())
    own = service_lines.filter(billable() | is_out)
    keyed = own.with_columns(modifier_set=telling_set(pl.col("modifiers"), ecm_cs_codes))
    return keyed.select(_SERVICE).unique()


def _elsewhere(services: pl.DataFrame, claimed: pl.DataFrame, bound: pl.DataFrame) -> pl.Series:
    """Services that encounters bill, or that stand for another plan too. Of two plans the one that
    has been told keeps the service; where none has, neither is.
    """
    billed = services.join(claimed, on=_SERVICE, how="semi")["service_id"]
    out = services.join(bound, on=LINE_KEY, how="semi")["service_id"]
    is_out = pl.col("service_id").is_in(out.implode())
    told = pl.col("plan_code").filter(is_out).n_unique().over(_SERVICE)
    keeps = is_out & (told == 1)
    twice = services.filter((pl.col("plan_code").n_unique().over(_SERVICE) > 1) & ~keeps)
    return pl.concat([billed, twice["service_id"]]).unique()


def _shaped(services: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """As lines are; nobody renders beside the organization that bills."""
    rendered = pl.col("provider_npi") != pl.col("billing_npi")
    told = services.with_columns(
        pl.col("modifiers").fill_null([]),
        pl.col("is_part_2").fill_null(False),
        diagnosis_codes=plain_codes(pl.col("diagnosis_codes")),
        rendering_npi=pl.when(rendered).then("provider_npi"),
        service_category="kind",
        served_on="service_date",
        verdict=pl.lit("clean"),
        is_late=pl.lit(False),
    )
    shaped = (
        (pl.col(name) if name in told.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
        if name != "line_id"
    )
    return told.select(*shaped, "route", *WAITS)
