"""What makes the county lifelike: lengths of stay, weekdays, second chances, consistent records."""

from datetime import date

import polars as pl
import pytest

from codesets.loader import CodeSets
from contracts.feeds import FEEDS
from contracts.parsing import parse
from pipelines.demo.county import generate

START, END = date(2026, 1, 1), date(2026, 10, 31)
CODES = CodeSets()
ZONE = "America/Los_Angeles"


@pytest.fixture(scope="module")
def rows() -> dict[str, pl.DataFrame]:
    county = generate("demo", 11, 2000, START, END, 0, CODES)
    return {
        feed: parse(FEEDS[feed], texts.with_row_index("row_number", 1)).rows
        for feed, texts in county.files.items()
    }


@pytest.fixture(scope="module")
def stays(rows: dict[str, pl.DataFrame]) -> pl.DataFrame:
    day = pl.col("booked_at", "released_at").dt.convert_time_zone(ZONE).dt.date()
    return rows["custody_stays"].with_columns(day.name.replace("_at", "_on"))


def test_most_stays_are_short_and_some_last_years(stays: pl.DataFrame) -> None:
    days = (stays["released_on"] - stays["booked_on"]).dt.total_days().drop_nulls()
    assert (stays["released_at"] > stays["booked_at"]).all()
    assert days.min() == 0
    assert days.quantile(0.3) < 14  # type: ignore[operator]
    assert days.quantile(0.95) > 120  # type: ignore[operator]
    assert days.max() > 500  # type: ignore[operator]


def test_jails_are_unequal_and_the_youth_facility_is_small(stays: pl.DataFrame) -> None:
    held = dict(stays["facility_id"].value_counts().iter_rows())
    assert held["F01"] > 1.5 * held["F02"] > 3 * held["F03"] > 0


@pytest.mark.parametrize(("feed", "most"), [("encounters", 0.1), ("post_release_services", 0.12)])
def test_few_services_fall_on_weekends(
    rows: dict[str, pl.DataFrame], feed: str, most: float
) -> None:
    weekday = rows[feed]["service_date"].dt.weekday()
    assert 0 < (weekday > 5).mean() < most  # type: ignore[operator]


def test_some_are_booked_again_on_the_day_of_their_release(stays: pl.DataFrame) -> None:
    again = stays.join(stays, on="person_id").filter(
        pl.col("stay_id") != pl.col("stay_id_right"),
        pl.col("released_to") == "community",
        pl.col("released_on") == pl.col("booked_on_right"),
    )
    assert again.height > 10
    assert (again["released_at"] < again["booked_at_right"]).all()


def test_a_second_activation_follows_the_end_of_the_first(rows: dict[str, pl.DataFrame]) -> None:
    activations = rows["ji_activations"].sort("stay_id", "activated_on")
    twice = activations.filter(pl.len().over("stay_id") == 2)
    first, second = twice[::2], twice[1::2]
    assert first.height > 20
    assert (first["deactivated_on"] < second["activated_on"]).all()
    assert {*first["deactivation_reason"]} == {"expired", "extended"}


def test_whoever_left_serves_nobody_afterwards(rows: dict[str, pl.DataFrame]) -> None:
    left = rows["provider_enrollments"].filter(pl.col("enrolled_to") > START)
    lines = rows["encounters"].join(
        left, left_on="signed_by_staff_id", right_on="staff_id", how="inner"
    )
    signed_on = pl.col("signed_at").dt.convert_time_zone(ZONE).dt.date()
    assert left.height == 3
    assert lines.height > 50
    assert lines.filter(signed_on > pl.col("enrolled_to")).height == 0


def test_some_coverage_was_known_months_after_it_began(rows: dict[str, pl.DataFrame]) -> None:
    known_on = pl.col("source_updated_at").dt.convert_time_zone(ZONE).dt.date()
    late = (known_on - pl.col("starts_on")).dt.total_days()
    days = rows["coverage"].filter(~pl.col("is_ji_aid_code")).select(late).to_series()
    assert days.min() == 0
    assert (days > 60).sum() > 10


def test_medicines_in_hand_were_ordered_filled_and_noted(rows: dict[str, pl.DataFrame]) -> None:
    fills = rows["pharmacy_fills"].filter("is_release_supply")
    assert fills.join(rows["orders"], on=["order_id", "stay_id", "ndc"]).height == fills.height
    noted = rows["care_milestones"].filter(milestone="medications_supplied")
    on = ["stay_id", "day"]
    assert sorted(noted.select("stay_id", day="occurred_on").select(on).rows()) == sorted(
        fills.select("stay_id", day="handed_over_on").select(on).rows()
    )


def test_authorizations_cover_what_was_used_and_some_leave_units(
    rows: dict[str, pl.DataFrame],
) -> None:
    used = rows["encounters"].group_by("authorization_number").agg(pl.col("units").sum())
    drawn = rows["authorizations"].join(used, on="authorization_number")
    assert drawn.height == rows["authorizations"].height > 50
    assert (drawn["units_approved"] >= drawn["units"]).all()
    assert (drawn["units_approved"] > drawn["units"]).any()
    assert {*drawn["decision"]} == {"approved", "modified"}


def test_services_after_release_have_a_listed_code_with_its_modifiers(
    rows: dict[str, pl.DataFrame],
) -> None:
    listed = CODES.in_force("ecm_cs_codes", END).frame
    known = {
        (code, frozenset(m for m in modifiers if m)): kind
        for kind, code, *modifiers in listed.select(
            "kind", "procedure_code", "mod1", "mod2"
        ).iter_rows()
    }
    kinds = [
        known[code, frozenset(modifiers)]
        for code, modifiers in rows["post_release_services"]
        .select("procedure_code", "modifiers")
        .iter_rows()
    ]
    assert kinds.count("ECM") > kinds.count("CS") > 10


def test_about_a_quarter_of_the_claims_have_a_line_at_fault_by_default() -> None:
    county = generate("demo", 11, 1500, START, END, codes=CODES)
    key = pl.concat_str(FEEDS["encounters"].key, separator="/")
    at_fault = county.truth["subject_id"].unique().implode()
    claims = (
        county.files["encounters"]
        .group_by("person_id", "stay_id", "service_date", "rendering_npi")
        .agg(key.is_in(at_fault).any().alias("at_fault"))
    )
    assert 0.2 < claims["at_fault"].mean() < 0.3  # type: ignore[operator]
