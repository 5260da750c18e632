"""Custody: the feed of stays, and the screenings and applications that happen in custody."""

from datetime import date

import polars as pl

from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import serial

KEY = pl.col("key")
PERSON = pl.col("person")
FAULT = pl.col("stay_fault").fill_null("")
SCREENER = "C022"

_CONDITIONS = {
    "is_smi": ["mental_illness", "serious_mental_illness"],
    "is_sud": ["substance_use_disorder"],
}


def _days(count: pl.Expr | int) -> pl.Expr:
    return pl.duration(days=count)


def build_custody_stays(
    draws: Draws, stays: pl.DataFrame, at: pl.Expr, out: pl.Expr
) -> pl.DataFrame:
    """The feed. `at` and `out` are the instants of booking and release."""
    later = pl.col("stay_id").shift(-1).over("person", order_by="booked_on")
    earlier = pl.col("stay_id").shift(1).over("person", order_by="booked_on")
    onward = pl.col("facility_id").shift(-1).over("person", order_by="booked_on")
    is_moved = pl.col("leg") == "moved_from"
    certainty = draws.pick("certainty", KEY, ["known"] * 5 + ["estimated"] * 3 + ["unknown"])
    off = draws.below("expected", KEY, 7) - 3
    expected = pl.when(pl.col("release_certainty") == "known").then(pl.col("leaves_on"))
    community = pl.when(pl.col("released_on").is_not_null()).then(pl.lit("community"))
    return stays.with_columns(release_certainty=certainty).with_columns(
        booking_number=serial("B", pl.col("number") + 70_000, 7),
        booked_at=at,
        released_at=pl.when(pl.col("released_on").is_not_null()).then(out),
        expected_release_on=expected.when(pl.col("release_certainty") == "estimated").then(
            pl.col("leaves_on") + _days(off)
        ),
        released_to=pl.when(is_moved & later.is_not_null())
        .then(pl.lit("transfer"))
        .otherwise(community),
        transferred_from_stay_id=pl.when(pl.col("leg") == "moved_to").then(earlier),
        transferred_to_facility_id=pl.when(is_moved).then(onward),
    )


def build_screenings(draws: Draws, members: pl.DataFrame) -> pl.DataFrame:
    """For coverage at booking; for pre-release criteria by the day of activation."""
    tried, decided = _first_tries(draws, members), _decided(draws, members)
    for_access = pl.concat([tried, _for_earlier(members), decided]).with_columns(
        screening_type=pl.lit("pre_release_access"),
        qualifying_conditions=pl.when(pl.col("outcome") == "meets").then(_conditions()),
        is_part_2=pl.col("is_sud"),
    )
    return (
        pl.concat([_at_booking(draws, members), for_access], how="diagonal")
        .sort("screened_on", "key", "screening_type")
        .with_row_index("n", offset=1)
        .with_columns(
            screening_id=serial("SC", pl.col("n"), 7),
            screened_by_staff_id=pl.lit(SCREENER),
            declined=False,
        )
    )


def _at_booking(draws: Draws, members: pl.DataFrame) -> pl.DataFrame:
    is_without = ~pl.col("is_member") | pl.col("is_newly_enrolled")
    status = pl.when(is_without).then(pl.lit("not_enrolled")).otherwise(pl.lit("enrolled"))
    return members.filter(pl.col("leg") != "moved_to").with_columns(
        screening_type=pl.lit("medi_cal"),
        screened_on=pl.min_horizontal(
            pl.col("booked_on") + _days(draws.below("screened", KEY, 3)), "leaves_on"
        ),
        medi_cal_status=status,
    )


def _first_tries(draws: Draws, members: pl.DataFrame) -> pl.DataFrame:
    """Some screenings could not be completed on the day after booking."""
    is_tried = (FAULT == "") & (pl.col("leg") != "moved_to") & draws.chance("tried", KEY, 12)
    return members.filter("is_activated", is_tried).with_columns(
        screened_on=pl.col("booked_on") + _days(1), outcome=pl.lit("incomplete")
    )


def _for_earlier(members: pl.DataFrame) -> pl.DataFrame:
    """Whoever is activated twice meets the criteria twice."""
    return members.filter(pl.col("earlier_activated_on").is_not_null()).with_columns(
        screened_on=pl.col("earlier_activated_on"), outcome=pl.lit("meets")
    )


def _decided(draws: Draws, members: pl.DataFrame) -> pl.DataFrame:
    """Once a time in custody: whoever was moved is screened in the stay before the move."""
    is_moved = pl.col("leg") == "moved_to"
    is_held = pl.col("activated_on") <= pl.col("leaves_on")
    is_asked = pl.col("is_activated") | (is_held & draws.chance("asked", KEY, 40))
    first_stay = pl.col("stay_id").first().over("person", order_by="booked_on")
    failing = (FAULT == "not_screened") | ~pl.col("is_activated")
    soon = pl.col("episode_booked_on") + _days(2)
    screened = members.with_columns(
        stay_id=pl.when(is_moved).then(first_stay).otherwise("stay_id"),
        screened_on=pl.when(is_moved).then(soon).otherwise("activated_on"),
        outcome=pl.when(failing).then(pl.lit("does_not_meet")).otherwise(pl.lit("meets")),
    )
    return screened.filter(is_asked, pl.col("leg") != "moved_from")


def _conditions() -> pl.Expr:
    named = [pl.when(flag).then(pl.lit(listed)) for flag, listed in _CONDITIONS.items()]
    empty = pl.lit([], dtype=pl.List(pl.String))
    joined = pl.concat_list([expression.otherwise(empty) for expression in named])
    return pl.when(joined.list.len() > 0).then(joined).otherwise(pl.lit(["chronic_condition"]))


def build_applications(draws: Draws, members: pl.DataFrame, end: date) -> pl.DataFrame:
    """Applications from custody: approved for members, anything for the others."""
    outcome = draws.pick("application", KEY, ["pending", "denied", "denied", "withdrawn"])
    reason = draws.pick("denied", KEY, ["income", "residency", "no_contact", "incomplete"])
    others = ~pl.col("is_member") & draws.chance("applies", KEY, 50)
    applied = members.filter((pl.col("is_member") & pl.col("is_newly_enrolled")) | others)
    decided_on = pl.when("is_member").then("approved_on").otherwise("heard_on")
    return (
        applied.rename({"applied_on": "submitted_on"})
        .filter(pl.col("submitted_on") <= pl.min_horizontal("leaves_on", pl.lit(end)))
        .with_columns(
            application_id=serial("A", pl.col("number"), 6),
            received_by_county_on=pl.col("submitted_on"),
            channel=pl.lit("facility"),
            decided_on=decided_on,
            decision=pl.when("is_member").then(pl.lit("approved")).otherwise(outcome),
        )
        .with_columns(
            decision=pl.when(pl.col("decided_on") > end)
            .then(pl.lit("pending"))
            .otherwise("decision")
        )
        .with_columns(
            decided_on=pl.when(pl.col("decision") != "pending").then("decided_on"),
            denial_reason_code=pl.when(pl.col("decision") == "denied").then(reason),
        )
    )
