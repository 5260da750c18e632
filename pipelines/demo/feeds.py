"""Feeds: the parts of the county put together, one typed frame for each feed.

Frames hold the feed's columns and those that the truth is told from; `as_file` keeps the former.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

import polars as pl

from contracts.feeds import FEEDS
from contracts.parsing import LOCAL_ZONE, as_text
from pipelines.demo import afterwards, care, custody, membership, orders
from pipelines.demo.catalogue import COUNTY_CODE, Catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.identifiers import npi, on
from pipelines.demo.line_faults import LineFault, Wrong, line_faults
from pipelines.demo.menu import CASEWORK
from pipelines.demo.organizations import (
    build_billing_providers,
    build_enrollments,
    build_facilities,
    build_licences,
    build_staff,
)
from pipelines.demo.people import build_cin_aliases, build_people, build_persons
from pipelines.demo.planting import mark, plant
from pipelines.demo.services import build_casework, build_lines

Feed = tuple[str, pl.DataFrame]
# What the truth is told from besides the feeds' own columns.
TOLD_FROM = ("stay_id", "stay_fault", "line_fault", "own_person_id", "visit", "first_booked_on")
COMMON_NAMES = ("record_status", "source_updated_at")


@dataclass(frozen=True)
class Season:
    """What every part of the county is told from."""

    draws: Draws
    catalogue: Catalogue
    start: date
    end: date
    fault_rate: float


def build_feeds(
    season: Season, stays: pl.DataFrame, *, all_faults: bool
) -> tuple[dict[str, pl.DataFrame], list[LineFault]]:
    """Feed to frame for all feeds, and the kinds of line faults. Every kind if `all_faults`."""
    persons = build_persons(season.draws, stays)
    members = _members(season, stays, persons)
    staff = build_staff(season.draws, season.start, season.end)
    lines, faults = _lines(season, members, staff, all_faults=all_faults)
    built = chain(
        _who_and_where(season, persons, staff),
        _custody_and_coverage(season, members),
        _care(season, members, lines, staff),
        [("encounters", plant(lines, faults))],
    )
    return {feed: _narrow(feed, frame) for feed, frame in built}, faults


def _narrow(feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The feed's columns and those that the truth needs; the rest of a wide frame is let go."""
    kept = {*FEEDS[feed].names, *COMMON_NAMES, *TOLD_FROM}
    return frame.select(name for name in frame.columns if name in kept)


def as_file(feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The feed's columns and the common ones it has, as text; times with Los Angeles' offset."""
    common = [name for name in COMMON_NAMES if name in frame.columns]
    typed = pl.concat([FEEDS[feed].conform(frame), frame.select(common)], how="horizontal")
    instants = [name for name, dtype in typed.schema.items() if isinstance(dtype, pl.Datetime)]
    local = pl.col(instants).dt.convert_time_zone(LOCAL_ZONE).dt.to_string("%Y-%m-%dT%H:%M:%S%:z")
    return as_text(typed.with_columns(local) if instants else typed)


def _members(season: Season, stays: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Stays beside their persons, their enrollment and their plan."""
    held = persons.select(pl.exclude("stay_fault", "is_youth"))
    joined = stays.join(held, on="person", maintain_order="left")
    enrolled = membership.with_enrollment(season.draws, joined)
    return membership.with_plan(season.draws, enrolled, season.catalogue)


def _lines(
    season: Season, members: pl.DataFrame, staff: pl.DataFrame, *, all_faults: bool
) -> tuple[pl.DataFrame, list[LineFault]]:
    """Encounter lines with `line_fault`, not yet planted; those of care managers have none."""
    draws, rate = season.draws, season.fault_rate
    own = members.with_columns(own_person_id="person_id", is_insured=membership.is_insured(draws))
    given = (draws, own, season.catalogue, staff, season.end)
    lines, casework = build_lines(*given), build_casework(*given)
    if rate == 0:
        sound = pl.concat([lines, casework])
        return sound.with_columns(line_fault=pl.lit(None, pl.String)), []
    faults = line_faults(_wrong(season, members, staff))
    wanted = max(round(rate * lines.height), len(faults) if all_faults else 0)
    marked = mark(draws, lines, faults, wanted)
    return pl.concat([marked, casework], how="diagonal"), faults


def _wrong(season: Season, members: pl.DataFrame, staff: pl.DataFrame) -> Wrong:
    """Values to plant."""
    npis = dict(staff.select("role", "npi").iter_rows())
    unlisted = npi(season.draws.below("unlisted npi", pl.lit(0), 10**7) + 9 * 10**7)
    return Wrong(
        codes=season.catalogue.wrong,
        unlisted_npi=pl.select(unlisted).item(),
        group_npi=npis["group"],
        lapsed_npi=npis["lapsed"],
        nurse_npi=npis["nurse"],
        unlicensed_staff_id=staff.filter(role="custody")["staff_id"][0],
        bystanders=_bystanders(members).to_list(),
        end=season.end,
    )


def _bystanders(members: pl.DataFrame) -> pl.Series:
    """Persons with a CIN and without services."""
    is_served = pl.col("is_activated").any().over("person")
    return members.filter("is_member", ~is_served)["person_id"].unique(maintain_order=True)


def _who_and_where(season: Season, persons: pl.DataFrame, staff: pl.DataFrame) -> Iterator[Feed]:
    is_faulty = season.fault_rate > 0
    yield "facilities", build_facilities(season.draws, season.end, is_faulty=is_faulty)
    yield "billing_providers", build_billing_providers(season.draws)
    yield "providers", staff
    yield "provider_enrollments", build_enrollments(staff)
    yield "licences", build_licences(staff)
    yield "people", build_people(persons)
    yield "cin_aliases", build_cin_aliases(persons)


def _custody_and_coverage(season: Season, members: pl.DataFrame) -> Iterator[Feed]:
    draws, catalogue, end = season.draws, season.catalogue, season.end
    key = pl.col("key")
    booked_at = on(pl.col("booked_on"), draws.below("booking hour", key, 9) + 12)
    morning = draws.below("release hour", key, 5) + 6
    # Whoever is out within hours leaves at night.
    is_same_day = pl.col("released_on") == pl.col("booked_on")
    released_at = on(pl.col("released_on"), pl.when(is_same_day).then(22).otherwise(morning))
    yield "custody_stays", custody.build_custody_stays(draws, members, booked_at, released_at)
    yield "screenings", custody.build_screenings(draws, members)
    yield "applications", custody.build_applications(draws, members, end)
    yield "coverage", membership.build_coverage(members, catalogue, COUNTY_CODE)
    yield "ji_activations", membership.build_ji_activations(members, catalogue)
    yield (
        "eligibility_answers",
        membership.build_eligibility_answers(draws, members, catalogue, end),
    )
    yield "other_coverage", membership.build_other_coverage(draws, members)


def _care(
    season: Season, members: pl.DataFrame, lines: pl.DataFrame, staff: pl.DataFrame
) -> Iterator[Feed]:
    draws, end = season.draws, season.end
    npis = dict(staff.sort("place", descending=True).select("role", "npi").iter_rows())
    prescriber = npis["prescriber"]
    biller = build_billing_providers(draws)["billing_npi"][0]
    outside = {"provider_npi": npis["plan_manager"], "billing_npi": biller}
    ordered = orders.build_orders(draws, members, lines, season.catalogue, prescriber)
    insured = membership.build_other_coverage(draws, members)
    yield "consents", care.build_consents(members, lines)
    yield "institutional_claims", FEEDS["institutional_claims"].empty()
    yield "orders", ordered
    yield "care_managers", care.build_care_managers(draws, members, end)
    fills = orders.build_pharmacy_fills(ordered, members, prescriber)
    yield "pharmacy_fills", fills
    supplied = orders.build_supplied(fills, lines)
    managed = lines.filter(visit=CASEWORK).select("key")
    yield "care_milestones", care.build_care_milestones(draws, members, managed, supplied, end)
    yield "authorizations", orders.build_authorizations(draws, lines, _bystanders(members)[0])
    yield "attachments", orders.build_attachments(draws, lines)
    yield (
        "post_release_services",
        afterwards.build_post_release_services(draws, members, season.catalogue, outside, end),
    )
    yield "other_payer_payments", afterwards.build_other_payer_payments(lines, insured)
    yield "deposits", afterwards.build_deposits(draws, season.start, end)
