"""Services: the encounter lines of each stay's days of care, none of them at fault."""

from datetime import date

import polars as pl

from pipelines.demo.catalogue import Catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import on, serial
from pipelines.demo.menu import (
    CASEWORK_VISIT,
    CASEWORK_VISITS,
    IMPRISONMENT,
    TELEHEALTH_VISITS,
    VISITS,
)
from pipelines.demo.stays import BRANCH
from pipelines.demo.weekdays import off_weekend

VISIT_NUMBER = pl.col("visit_number").cast(pl.Int64)
INDEX = pl.col("key") * 32 + VISIT_NUMBER
LINE = pl.col("line_number").cast(pl.Int64)
PLACE_OF_SERVICE = "09"
# Of a stay, what its lines need: a county has millions of them, so nothing else rides along.
OF_THE_STAY = [
    "key", "number", "person", "stay_id", "stay_fault", "facility_id", "is_sud", "is_smi",
    "is_activated", "care_from", "care_to", "released_on", "person_id", "old_person_id",
    "own_person_id", "is_insured",
]  # fmt: skip
FIRST_HOUR, LAST_HOUR = 8, 16
VIDEO_SHARE, AUDIO_SHARE = 30, 12  # per cent of the visits that can be remote
OFF_WEEKEND_SHARE = 88  # per cent of the visits that would fall on a weekend
SIGNED_WITHIN_DAYS = 6


def build_lines(
    draws: Draws, members: pl.DataFrame, catalogue: Catalogue, staff: pl.DataFrame, end: date
) -> pl.DataFrame:
    """Encounter lines in order of service date, with the feed's columns and those of the stay.

    Also: visit, needs_authorization, most_units, minutes_per_unit, is_restricted (to some
    credentials) of the code, rendering_left_on. Each visit of a stay has its own procedures and
    nobody meets a provider twice on a day, so no service is repeated.
    """
    visits = _visits(draws, members, VISITS.with_row_index("visit_number"))
    lines = _served(draws, visits, catalogue.services)
    return _told(draws, _timed(_met_once_a_day(_staffed(draws, lines, staff))), catalogue, end)


def build_casework(
    draws: Draws, members: pl.DataFrame, catalogue: Catalogue, staff: pl.DataFrame, end: date
) -> pl.DataFrame:
    """The lines of care managers, in the form of `build_lines`: of some stays that have ended,
    each with a service that a care-management bundle pays, and none that has a fault.
    """
    planned = CASEWORK_VISITS.with_row_index("visit_number", offset=CASEWORK_VISIT)
    sound = members.filter(
        pl.col("stay_fault").is_null(), ~pl.col("is_insured"), pl.col("released_on") <= end
    )
    lines = _served(draws, _visits(draws, sound, planned), catalogue.services)
    staffed = _staffed(draws, lines, staff).with_columns(start_time=pl.lit(None, pl.Time))
    return _told(draws, staffed, catalogue, end)


def _told(draws: Draws, staffed: pl.DataFrame, catalogue: Catalogue, end: date) -> pl.DataFrame:
    told = staffed.with_columns(*_names(), *_how(draws)).with_columns(
        *_values(draws, catalogue), *_note(draws, end)
    )
    return told.sort("service_date", "encounter_id", "line_number")


def _visits(draws: Draws, members: pl.DataFrame, planned: pl.DataFrame) -> pl.DataFrame:
    """(stay, visit, service_date): the visits that fall to each stay, of those `planned`."""
    suits = (
        (pl.col("population") == "any")
        | ((pl.col("population") == "sud") & pl.col("is_sud"))
        | ((pl.col("population") == "smi") & pl.col("is_smi"))
    )
    length = (pl.col("care_to") - pl.col("care_from")).dt.total_days()
    share = pl.col("falls_at") * 10 + draws.below("day", INDEX, 120)
    drawn = pl.col("care_from") + pl.duration(days=length * share // 1000)
    day = off_weekend(draws, "weekend", INDEX, drawn, OFF_WEEKEND_SHARE)
    is_within = day.is_between("care_from", "care_to")
    happens = suits & (pl.col("least_days") <= length)
    return (
        members.filter("is_activated")
        .select(OF_THE_STAY)
        .join(planned, how="cross")
        .filter(happens, draws.chance("visited", INDEX, pl.col("share")))
        .with_columns(service_date=pl.when(is_within).then(day).otherwise(drawn))
    )


def _served(draws: Draws, visits: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """The service of each visit, drawn by weight, and what is billed beside it."""
    main = services.filter(pl.col("line_number") == 1)
    reach = pl.col("weight").cum_sum().over("visit")
    wheel = main.with_columns(reach=reach, turn=pl.col("weight").sum().over("visit"))
    drawn = (
        visits.join(wheel, on="visit", maintain_order="left_right")
        .with_columns(drawn=draws.below("service", INDEX, pl.col("turn")))
        .filter(
            pl.col("drawn") < pl.col("reach"), pl.col("drawn") >= pl.col("reach") - pl.col("weight")
        )
        .drop("reach", "turn", "drawn")
    )
    beside = services.filter(pl.col("line_number") > 1)
    held = visits.join(drawn.select("key", "visit"), on=["key", "visit"], how="semi")
    day = pl.col("service_date")
    return pl.concat([drawn, held.join(beside, on="visit", maintain_order="left")]).filter(
        (pl.col("valid_from") <= day).fill_null(True), (pl.col("valid_to") >= day).fill_null(True)
    )


def _staffed(draws: Draws, lines: pl.DataFrame, staff: pl.DataFrame) -> pl.DataFrame:
    """Who rendered it: `rendering_npi` and the staff_id that signs; one person for each visit.

    Somebody who leaves serves nobody whose note might be signed after that day.
    """
    of_role = staff.select(
        "role", "place", "left_on", signed_by_staff_id="staff_id", rendering_npi="npi"
    ).cast({"place": pl.Int64})
    counts = staff.select("role", "role_count").unique()
    drawn = lines.join(counts, on="role", maintain_order="left").with_columns(
        place=draws.below("staff", INDEX * 2 + LINE - 1, pl.col("role_count"))
    )
    leaving = of_role.select("role", "place", "left_on")
    is_gone = pl.col("left_on") < pl.col("service_date") + pl.duration(days=SIGNED_WITHIN_DAYS)
    return (
        drawn.join(leaving, on=["role", "place"], how="left", maintain_order="left")
        # The first of each role stays.
        .with_columns(place=pl.when(is_gone).then(0).otherwise("place"))
        .drop("left_on")
        .join(
            of_role.rename({"left_on": "rendering_left_on"}),
            on=["role", "place"],
            maintain_order="left",
        )
    )


def _met_once_a_day(lines: pl.DataFrame) -> pl.DataFrame:
    """Of a person's visits to one provider on one day, the first that was planned."""
    first = INDEX.min().over("person", "service_date", "rendering_npi")
    return lines.filter(first == INDEX)


def _timed(lines: pl.DataFrame) -> pl.DataFrame:
    """Adds start_time where minutes are told: each provider's visits of a day begin an hour apart.

    Those that no hour is left for, and those that would meet another of the person's, have none:
    health records often tell minutes alone.
    """
    of_provider = pl.int_range(pl.len()).over("rendering_npi", "service_date")
    hour = FIRST_HOUR + of_provider.cast(pl.Int64)
    timed = lines.filter(pl.col("minutes").is_not_null()).select("key", "visit_number",
        "line_number", "person", "service_date", hour=hour)  # fmt: skip
    slot = pl.struct("person", "service_date", "hour")
    kept = timed.filter(pl.col("hour") <= LAST_HOUR).filter(slot.is_first_distinct())
    start = pl.format("{}:30", pl.col("hour").cast(pl.String).str.zfill(2))
    return lines.join(
        kept.select("key", "visit_number", "line_number", start_time=start.str.to_time("%H:%M")),
        on=["key", "visit_number", "line_number"],
        how="left",
        maintain_order="left",
    )


def _names() -> list[pl.Expr]:
    return [
        pl.lit("main").alias("source_system"),
        pl.format(
            "E{}-{}",
            pl.col("number").cast(pl.String).str.zfill(6),
            (VISIT_NUMBER + 1).cast(pl.String).str.zfill(2),
        ).alias("encounter_id"),
        pl.lit(None, pl.String).alias("referring_npi"),
        pl.lit(None, pl.Boolean).alias("is_340b"),
    ]


def _how(draws: Draws) -> list[pl.Expr]:
    """Some visits are held by video, fewer by telephone."""
    remote = draws.below("modality", INDEX, 100)
    can_be = pl.col("visit").is_in(TELEHEALTH_VISITS)
    modality = (
        pl.when(can_be & (remote < VIDEO_SHARE))
        .then(pl.lit("video"))
        .when(can_be & (remote < VIDEO_SHARE + AUDIO_SHARE))
        .then(pl.lit("audio"))
        .otherwise(pl.lit("in_person"))
    )
    return [modality.alias("modality")]


def _values(draws: Draws, catalogue: Catalogue) -> list[pl.Expr]:
    modality = pl.col("modality")
    marks = pl.when(modality == "video").then(pl.lit(["95"]))
    is_ordered = pl.col("service_category").is_in(["lab_radiology", "release_supply"])
    number = pl.col("number").cast(pl.Int64) * 100 + VISIT_NUMBER
    return [
        marks.when(modality == "audio").then(pl.lit(["93"])).alias("modifiers"),
        pl.when(modality != "in_person").then(pl.lit(True)).alias("telehealth_consent"),
        _diagnoses(draws, catalogue).alias("diagnosis_codes"),
        pl.lit(PLACE_OF_SERVICE).alias("place_of_service"),
        pl.when(is_ordered).then(serial("O", number, 9)).alias("order_id"),
        pl.when(pl.col("needs_authorization") == "yes")
        .then(serial("5", number, 10))
        .alias("authorization_number"),
        (pl.col("diagnosis_of") == "sud").alias("is_part_2"),
    ]


def _diagnoses(draws: Draws, catalogue: Catalogue) -> pl.Expr:
    """The person's own diagnosis of the visit's kind, for some with imprisonment beside it.

    The branch jail's system writes codes without the dot.
    """
    code = pl.coalesce(
        pl.when(pl.col("diagnosis_of") == about).then(
            draws.pick(f"diagnosis {about}", pl.col("person"), listed)
        )
        for about, listed in catalogue.diagnoses.items()
        if listed
    )
    both = pl.concat_list(code, pl.lit(IMPRISONMENT))
    codes = pl.when(draws.chance("second diagnosis", INDEX, 45)).then(both)
    dotless = pl.element().str.replace_all(".", "", literal=True)
    written = codes.otherwise(pl.concat_list(code))
    return (
        pl.when(pl.col("facility_id") == BRANCH).then(written.list.eval(dotless)).otherwise(written)
    )


def _note(draws: Draws, end: date) -> list[pl.Expr]:
    """Signed in the evening of the service or up to five days later."""
    late = pl.col("service_date") + pl.duration(
        days=draws.below("signed", INDEX, SIGNED_WITHIN_DAYS)
    )
    return [
        pl.lit("signed").alias("note_status"),
        on(pl.min_horizontal(late, pl.lit(end)), pl.lit(18)).alias("signed_at"),
    ]
