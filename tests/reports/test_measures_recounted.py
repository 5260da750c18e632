"""Measures of drawn counties, counted again one person and one day at a time in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import measured_county as county
import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from contracts.derived import DERIVED
from contracts.feeds import FEEDS
from contracts.policy import Policy, shipped_text
from reports.measure import parameters
from reports.measuring import measure

NAMES = ("r03_applications_approved", "r05_suspension", "r08_served", "r10_handoff",
         "r15_enhanced_care")  # fmt: skip
FIRST, LAST, AS_OF = date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 20)
WINDOW_DAYS, SHORT_DAYS = 90, 14


@dataclass
class Life:
    """One person: one time in custody and what happened to them."""

    booked: date
    released: date | None
    went_to: str | None
    certainty: str
    activated: list[tuple[date, date | None]]
    applications: list[tuple[date, str, date | None]]
    medi_cal: list[tuple[str, date]]
    services: list[tuple[date, str]]
    plan_finalized: date | None
    handoffs: list[date]
    manager_before: str | None
    manager_after: str | None
    plan_from: date | None
    is_plan_county: bool | None
    ecm: list[tuple[str, date]]


def _days(first: int, last: int) -> st.SearchStrategy[int]:
    return st.integers(first, last)


@st.composite
def _life(draw: st.DrawFn) -> Life:
    """Everything near the booking or the release, on both sides of each border."""
    booked = date(2026, 5, 20) + timedelta(days=draw(_days(0, 100)))
    leaves = booked + timedelta(days=draw(_days(0, 70)))

    def near(anchor: date, first: int, last: int) -> date:
        return anchor + timedelta(days=draw(_days(first, last)))

    def around(anchor: date, *places: int) -> date:
        place = draw(st.sampled_from(places))
        return near(anchor, place, place + 2)

    def several(most: int) -> range:
        return range(draw(_days(0, most)))

    def maybe(day: date) -> date | None:
        return day if draw(_days(0, 3)) else None

    activated = [near(leaves, -30, 0) for _ in several(2)]
    return Life(
        booked=booked,
        released=maybe(leaves),
        went_to=draw(st.sampled_from([None, "community", "community", "transfer", "deceased"])),
        certainty=draw(st.sampled_from(["known", "known", "unknown"])),
        activated=[(on, maybe(near(on, 0, 100))) for on in activated],
        applications=[
            (
                near(booked, -5, 60),
                draw(st.sampled_from(["approved", "denied", "pending", "withdrawn"])),
                maybe(near(leaves, 0, 90)),
            )
            for _ in several(2)
        ],
        medi_cal=[
            *(("suspended", near(booked, 26, 30)) for _ in several(1)),
            *(("coverage_suspended", near(booked, 0, 40)) for _ in several(1)),
            *(("unsuspended", near(leaves, -1, 2)) for _ in several(1)),
            *(("covered", near(booked, 26, 31)) for _ in several(1)),
        ],
        services=[
            (around(draw(st.sampled_from([leaves, *activated])), -2, 0, 88), "chw")
            for _ in several(3)
        ],
        plan_finalized=maybe(near(leaves, -9, 1)),
        handoffs=[around(leaves, -15, -1, 6) for _ in several(2)],
        manager_before=draw(st.sampled_from([None, "M1", "N1"])),
        manager_after=draw(st.sampled_from([None, "M1", "M2", "N1"])),
        plan_from=maybe(near(leaves, 28, 32)),
        is_plan_county=draw(st.sampled_from([None, True, False])),
        ecm=[
            (
                draw(st.sampled_from(["ecm_enrolled", "ecm_contact", "service", "outreach"])),
                around(leaves, -2, 1, 3, 6, 29),
            )
            for _ in several(4)
        ],
    )


Tally = tuple[int, int, int, int, int]


def _tally(verdicts: Iterator[str] | list[str]) -> Tally:
    told = list(verdicts)
    yes = told.count("yes")
    return (
        yes, yes + told.count("no"), told.count("exempt"), told.count("open"), told.count("unknown")
    )  # fmt: skip


def _released(life: Life) -> date | None:
    """The day of a release to the community that lies in the period."""
    if life.booked > AS_OF or life.released is None or life.went_to not in (None, "community"):
        return None
    return life.released if FIRST <= life.released <= LAST else None


def _activation(life: Life) -> date | None:
    """The newest activation in the episode by the as-of day."""
    days = [
        on for on, _ in life.activated
        if life.booked <= on <= AS_OF and (life.released is None or on <= life.released)
    ]  # fmt: skip
    return max(days, default=None)


def _by(happened: bool, last: date) -> str:  # noqa: FBT001
    return "open" if last > AS_OF else "yes" if happened else "no"


def r03(lives: list[Life]) -> dict[str, Tally]:
    known = []
    for life in lives:
        for received, decision, decided in life.applications:
            if FIRST <= received <= LAST:
                known.append("pending" if decided and decided > AS_OF else decision)
    return {
        "approved": _tally(["yes" if one == "approved" else "no" for one in known]),
        "approved_of_decided": _tally(
            [{"approved": "yes", "pending": "open"}.get(one, "no") for one in known]
        ),
    }


def r05(lives: list[Life]) -> dict[str, Tally]:
    after, active = [], []
    for life in lives:
        released = _released(life)
        begun = [on for event, on in life.medi_cal if event in ("suspended", "coverage_suspended")]
        begun = [on for on in begun if released and life.booked <= on <= released]
        if released is None or not begun:
            continue
        ended = [on for event, on in life.medi_cal if event in ("unsuspended", "covered")]
        ended = [on for on in ended if min(begun) < on <= AS_OF]
        after.append("yes" if (min(begun) - life.booked).days >= 28 else "no")
        active.append("yes" if ended and min(ended) <= released else "no")
    return {"suspended_after_28_days": _tally(after), "unsuspended_on_release": _tally(active)}


def r08(lives: list[Life]) -> dict[str, Tally]:
    verdicts = []
    for life in lives:
        days = set()
        for on, to in life.activated:
            for number in range(WINDOW_DAYS):
                day = on + timedelta(days=number)
                if on <= AS_OF and (to is None or day <= to) and FIRST <= day <= LAST:
                    days.add(day)
        if days:
            verdicts.append("yes" if any(on in days for on, _ in life.services) else "no")
    return {"served": _tally(verdicts)}


def r10(lives: list[Life]) -> dict[str, Tally]:
    held, early, short = [], [], []
    for life in lives:
        released, activated = _released(life), _activation(life)
        if released is None or activated is None:
            continue
        if life.plan_finalized is None or life.plan_finalized > released:
            continue
        handed = min((on for on in life.handoffs if on <= AS_OF), default=None)
        is_short = (released - activated).days < SHORT_DAYS or life.certainty == "unknown"
        if life.manager_after is None:
            told = ["unknown"] * 3
        elif life.manager_after == life.manager_before:
            told = ["exempt"] * 3
        elif is_short:
            in_week = handed is not None and (handed - released).days <= 7
            told = ["exempt", "exempt", _by(in_week, released + timedelta(days=7))]
        else:
            before = handed is not None and handed <= released
            ahead = handed is not None and (released - handed).days >= 14
            told = ["yes" if before else "no", "yes" if ahead else "no", "exempt"]
        for verdicts, verdict in zip((held, early, short), told, strict=True):
            verdicts.append(verdict)
    return {"held": _tally(held), "held_early": _tally(early), "held_short_term": _tally(short)}


def _second_business_day(day: date) -> date:
    left = 2
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def r15(lives: list[Life]) -> dict[str, Tally]:
    told: dict[str, list[str]] = {
        name: [] for name in ("enrolled_30_days", "enrolled_90_days", "enrolled_365_days",
                              "contact_2_business_days", "contact_again_in_week")
    }  # fmt: skip
    for life in lives:
        released = _released(life)
        if released is None or _activation(life) is None:
            continue
        has_plan = life.plan_from is not None and (life.plan_from - released).days <= 30
        is_member = True if has_plan else life.is_plan_county
        if is_member is False:
            continue
        # A service after release belongs to the release before it; a milestone names its stay.
        seen = [
            (kind, on) for kind, on in life.ecm
            if on <= AS_OF and kind != "outreach" and (kind != "service" or on >= released)
        ]  # fmt: skip
        enrolled = min((on for kind, on in seen if kind != "ecm_contact"), default=None)
        contacts = sorted({on for _, on in seen if on >= released})
        for days in (30, 90, 365):
            last = released + timedelta(days=days)
            told[f"enrolled_{days}_days"].append(
                "unknown" if is_member is None
                else _by(enrolled is not None and enrolled <= last, last)
            )  # fmt: skip
        last = _second_business_day(released)
        told["contact_2_business_days"].append(
            "unknown" if is_member is None else _by(bool(contacts) and contacts[0] <= last, last)
        )
        last = released + timedelta(days=7)
        told["contact_again_in_week"].append(
            "unknown" if is_member is None
            else _by(len([on for on in contacts if on <= last]) >= 2, last)
        )  # fmt: skip
    return {name: _tally(verdicts) for name, verdicts in told.items()}


ORACLES = dict(zip(NAMES, (r03, r05, r08, r10, r15), strict=True))


def _facts(lives: list[Life]) -> dict[str, pl.DataFrame]:
    """The same lives as the tables that the measures read."""
    numbered = [(f"P{number}", life) for number, life in enumerate(lives)]
    tables: dict[str, list[dict[str, Any]]] = {
        "custody_stays": [
            {"stay_id": who, "person_id": who, "facility_id": "A",
             "booked_at": county.noon(life.booked.isoformat()),
             "released_at": county.noon(life.released.isoformat()) if life.released else None,
             "released_to": life.went_to, "release_certainty": life.certainty}
            for who, life in numbered
        ],
        "custody_episodes": [
            {"episode_id": who, "person_id": who, "stay_ids": [who]} for who, _ in numbered
        ],
        "people": [{"person_id": who} for who, _ in numbered],
        "applications": [
            {"application_id": f"{who}{n}", "person_id": who, "stay_id": who, "submitted_on": on,
             "decision": decision, "decided_on": decided}
            for who, life in numbered
            for n, (on, decision, decided) in enumerate(life.applications)
        ],
        "enrollment_timeline": [
            {"episode_id": who, "event": event, "occurred_on": on}
            for who, life in numbered
            for event, on in life.medi_cal
        ],
        "care_milestones": [
            {"stay_id": who, "milestone": kind, "occurred_on": on}
            for who, life in numbered
            for kind, on in [
                *(("warm_handoff", on) for on in life.handoffs),
                *([("care_plan_finalized", life.plan_finalized)] if life.plan_finalized else []),
                *((kind, on) for kind, on in life.ecm if kind.startswith("ecm")),
            ]
        ],
        "care_managers": [
            {"stay_id": who, "phase": phase, "assigned_on": FIRST,
             "manager_npi" if manager.startswith("N") else "manager_staff_id": manager}
            for who, life in numbered
            for phase, manager in (("pre_release", life.manager_before),
                                   ("post_release", life.manager_after))
            if manager
        ],
    }  # fmt: skip
    contracts = {**FEEDS, **DERIVED}
    made = {
        name: contracts[name].conform(
            pl.DataFrame(rows, infer_schema_length=None) if rows else contracts[name].empty()
        )
        for name, rows in tables.items()
    }
    return {**county.empty(), **made, **_others(numbered)}


def _others(numbered: list[tuple[str, Life]]) -> dict[str, pl.DataFrame]:
    like = county.facts()
    rows: dict[str, list[dict[str, Any]]] = {
        "activations": [
            {"person_id": who, "from_on": on, "to_on": to}
            for who, life in numbered for on, to in life.activated
        ],
        "service_lines": [
            {"person_id": who, "stay_id": who, "facility_id": "A", "service_date": on,
             "service_category": category}
            for who, life in numbered for on, category in life.services
        ],
        "plan_spans": [
            {"person_id": who, "from_on": life.plan_from, "plan_code": "X"}
            for who, life in numbered if life.plan_from
        ],
        "residents": [
            {"person_id": who, "is_plan_county": life.is_plan_county} for who, life in numbered
        ],
        "post_release": [
            {"service_id": f"{who}-{n}", "person_id": who, "service_date": on, "kind": "ECM",
             "is_outreach": kind == "outreach"}
            for who, life in numbered
            for n, (kind, on) in enumerate(life.ecm)
            if kind in ("service", "outreach")
        ],
    }  # fmt: skip
    return {name: pl.DataFrame(told, schema=like[name].schema) for name, told in rows.items()}


# Not shrunk: each try counts everything, and an example is small enough to read.
@settings(max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(_life(), min_size=8, max_size=16))
def test_every_count_is_what_counting_one_by_one_gives(lives: list[Life]) -> None:
    asked = {"starts_on": FIRST, "ends_on": LAST, "trend_from": FIRST, "as_of": AS_OF}
    asked |= parameters(NAMES, Policy(shipped_text()), AS_OF)
    found = measure(NAMES, _facts(lives), asked).filter(stratum="all")
    columns = ("numerator", "denominator", "exempt", "open", "unknown")
    counted = {
        (name, part): tuple(told)
        for name, part, *told in found.select("measure", "part", *columns).iter_rows()
        if told[0] is not None
    }
    expected = {
        (name, part): told
        for name, recount in ORACLES.items()
        for part, told in recount(lives).items()
    }
    assert counted == expected
