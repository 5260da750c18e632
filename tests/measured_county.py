"""A quarter of ten people, drawn so that every measure has its cases: July to September 2026, seen
on October 1. What stands in a row is there for the measure that its comment names.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import billed_county
import polars as pl

from contracts.derived import DERIVED
from contracts.feeds import FEEDS

AS_OF = date(2026, 10, 1)
PARAMETERS = {
    "starts_on": date(2026, 7, 1),
    "ends_on": date(2026, 9, 30),
    "trend_from": date(2026, 4, 1),
    "as_of": AS_OF,
}
Rows = Iterable[tuple[Any, ...]]


def on(text: str | None) -> date | None:
    """`07-15` is July 15, 2026."""
    return None if text is None else date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def noon(text: str | None) -> datetime | None:
    day = on(text)
    return None if day is None else datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


_STAYS = [
    # stay  person at booked   released released to   certainty
    ("S1",  "P1",  "A", "07-01", "09-15", "community", "known"),
    ("S2",  "P2",  "A", "07-05", "08-20", None,        "known"),  # activated 8 days before: short
    ("S3",  "P3",  "A", "07-10", "09-01", "community", "known"),
    ("S4a", "P4",  "A", "08-01", "08-10", "transfer",  "known"),  # goes on in S4b: one episode
    ("S4b", "P4",  "Y", "08-10", "09-10", "deceased",  "known"),  # no release
    ("S5",  "P5",  "A", "09-29", None,    None,        "known"),  # its three days are not over
    ("S6",  "P6",  "A", "06-15", "07-02", "community", "known"),  # booked before the quarter
    ("S7",  "P7",  "Y", "08-15", None,    None,        "known"),  # a youth facility
    ("S8",  "P8",  "A", "09-20", None,    None,        "known"),
    ("S9",  "P9",  "A", "09-25", "10-09", "community", "known"),  # released after the as-of day
    ("S10", "P10", "A", "06-20", "09-30", "community", "known"),
    ("S12", "P12", "A", "06-21", "08-30", "community", "known"),
]  # fmt: skip
_EPISODES = {"S4a": ["S4a", "S4b"]}

_PEOPLE = [
    # person born       sex  race                ethnicity  language residence
    ("P1",  "2007-05-05", "F", ["2106-3"],           "2186-5", "en", None),
    ("P2",  "1990-01-01", "M", ["2054-5", "2106-3"], None,     "es", "Yuba County"),
    ("P3",  "1980-01-01", "M", ["2106-3"],           "2135-2", None, None),  # no residence told
    ("P4",  "1950-01-01", "M", None,                 None,     "xx", "Yuba"),
    ("P5",  "1961-10-01", "U", ["1006-6"],           None,     "en", "Yuba"),  # a tribe
    ("P6",  "1990-01-01", "M", ["2028-9"],           None,     "en", "Yuba"),
    ("P7",  "2010-01-01", "M", ["2028-9"],           None,     "en", "Yuba"),
    ("P8",  "2026-10-01", "M", ["?"],                None,     "en", "Yuba"),  # born to come
    ("P9",  "1999-01-01", "M", ["2028-9"],           None,     "en", "Yuba"),
    ("P10", "1990-01-01", "M", ["2028-9"],           None,     "en", "Yuba"),
    ("P12", "2007-01-01", "M", ["2028-9"],           None,     "en", "Reno"),
]  # fmt: skip

_SCREENINGS = [
    # stay  kind         on       declined status         outcome   conditions
    ("S1",  "medi_cal", "07-02", False, "enrolled",     None, None),
    ("S2",  "medi_cal", "07-20", False, "not_enrolled", None, None),  # late
    ("S3",  "medi_cal", "07-11", True,  None,           None, None),
    ("S4b", "medi_cal", "08-12", False, "enrolled",     None, None),  # late, in the second stay
    ("S7",  "medi_cal", "08-16", False, "enrolled",     None, None),
    ("S8",  "medi_cal", "09-21", False, "not_enrolled", None, None),  # never applies
    ("S9",  "medi_cal", "09-28", False, "not_enrolled", None, None),  # on the third day
    ("S5",  "medi_cal", "10-02", False, "enrolled",     None, None),  # after the as-of day
    ("S1",  "pre_release_access", "07-10", False, None, "meets",
     ["substance_use_disorder", "chronic_condition"]),
    ("S2",  "pre_release_access", "08-10", False, None, "meets",
     ["mental_illness", "serious_mental_illness"]),
    ("S3",  "pre_release_access", "07-15", False, None, "meets", ["opioid_use_disorder"]),
    ("S6",  "pre_release_access", "07-01", False, None, "meets", ["chronic_condition"]),
    ("S8",  "pre_release_access", "09-22", False, None, "does_not_meet", None),
    ("S9",  "pre_release_access", "09-29", False, None, "meets", ["tbi"]),
    ("S10", "pre_release_access", "06-22", False, None, "meets", ["serious_mental_illness"]),
    ("S12", "pre_release_access", "06-24", False, None, "meets", ["substance_use_disorder"]),
    ("S4a", "pre_release_access", "08-02", True,  None, None, ["hiv_aids"]),  # declined
]  # fmt: skip

_APPLICATIONS = [
    # id   person stay  submitted received decision   decided  reason
    ("A0", "P2", None, "06-25", "06-30", "approved",  "07-01", None),  # before the quarter
    ("A1", "P1", None, "06-20", "07-01", "withdrawn", "07-05", None),
    ("A2", "P2", "S2", "07-21", "07-23", "approved",  "08-10", None),
    ("A4", "P4", None, "08-05", None,    "denied",    "10-20", "residency"),  # not yet known
    ("A6", "P6", "S6", "07-01", "07-03", "denied",    "07-20", "income"),
    ("A9", "P9", None, "09-30", None,    "pending",   None,    None),
]  # fmt: skip

_ACTIVATIONS = [
    # person from    to
    ("P1",  "07-15", "09-15"),
    ("P2",  "08-12", "08-20"),
    ("P3",  "07-20", None),
    ("P7",  "08-20", None),
    ("P10", "06-25", None),  # the 90th day is September 22
    ("P12", "06-26", "08-30"),
    ("P9",  "10-02", None),  # after the as-of day
]  # fmt: skip

_MILESTONES = [
    # stay  milestone                   on       days supplied
    ("S1",  "needs_assessment",         "07-20", None),
    ("S1",  "care_plan_finalized",      "08-20", None),
    ("S1",  "care_plan_shared_with_plan", "09-01", None),
    ("S1",  "warm_handoff",             "08-25", None),
    ("S1",  "mat_started",              "07-25", None),
    ("S1",  "naloxone_supplied",        "09-15", None),
    ("S1",  "dme_supplied",             "09-15", None),
    ("S1",  "behavioral_health_link",   "09-10", None),
    ("S1",  "appointment_scheduled",    "09-14", None),
    ("S1",  "ecm_contact",              "09-16", None),
    ("S1",  "ecm_contact",              "09-18", None),
    ("S1",  "ecm_enrolled",             "09-20", None),
    ("S1",  "follow_up",                "09-25", None),
    ("S2",  "care_plan_finalized",      "08-19", None),
    ("S2",  "warm_handoff",             "08-25", None),  # five days after release
    ("S3",  "care_plan_finalized",      "08-25", None),
    ("S3",  "behavioral_health_link",   "09-20", None),  # 19 days after release
    ("S10", "care_plan_finalized",      "09-29", None),
    ("S10", "medications_supplied",     "09-30", 30),
    ("S12", "care_plan_finalized",      "09-02", None),  # after release
    ("S12", "ecm_contact",              "09-03", None),
    ("S12", "follow_up",                "10-03", None),  # after the as-of day
]  # fmt: skip

_TIMELINE = [
    # episode event              on
    ("S1", "suspended",          "07-29"),  # the 29th day
    ("S1", "unsuspended",        "09-15"),
    ("S2", "coverage_suspended", "08-02"),
    ("S2", "covered",            "08-01"),  # before the suspension: does not end it
    ("S2", "covered",            "08-23"),
    ("S3", "suspended",          "07-20"),  # too early, and never ended
    ("S4a", "suspended",         "08-29"),  # died: no release
]  # fmt: skip

_MANAGERS = [
    # stay  phase         staff  npi
    ("S1",  "pre_release",  "M1", None),
    ("S1",  "post_release", "M2", None),
    ("S2",  "pre_release",  "M1", "1"),
    ("S2",  "post_release", None, "2"),
    ("S3",  "pre_release",  "M1", None),
    ("S3",  "post_release", "M1", None),  # the same person
    ("S10", "pre_release",  "M1", None),  # nobody told for afterwards
]  # fmt: skip

_ORDERS = [
    # order stay  type         ndc   starts   ends     status    continues
    ("O1",  "S1",  "medication", "11", "07-05", None,    "active",  True),
    ("O2",  "S2",  "medication", "11", "07-05", None,    "active",  True),  # 14 days in hand
    ("O3",  "S3",  "medication", "11", "07-15", None,    "stopped", True),
    ("O10", "S10", "medication", "11", "07-15", "09-30", "active",  True),  # told by milestone
    ("O12", "S12", "medication", "11", "07-15", "07-30", "completed", True),  # ended
    ("D1",  "S1",  "dme",        None, None,    None,    "completed", False),
    ("D10", "S10", "dme",        None, None,    None,    "active",  False),
]  # fmt: skip

_FILLS = [
    # stay  order ndc   days handed over release supply
    ("S1",  None, "11", 30, "09-15", True),   # found by its drug code
    ("S1",  "O1", "11", 30, None,    False),
    ("S2",  "O2", "11", 14, "08-20", True),
    ("S3",  None, "99", 1,  "09-01", True),   # naloxone
]  # fmt: skip

LINES = [
    # line person stay facility on     category        verdict  note     billed npi
    ("L1", "P1", "S1", "A", "07-20", "consultation", "clean", "signed", True,  "1"),
    ("L2", "P1", "S1", "A", "08-01", "mat",          "held",  "signed", False, "1"),
    ("L3", "P3", "S3", "A", "08-01", "chw",          "clean", "signed", False, "2"),
    ("L4", "P2", "S2", "A", "08-25", "consultation", "clean", "draft",  False, "9"),
    ("L5", "P1", "S1", "A", "06-30", "chw",          "clean", "signed", False, "2"),  # June
    ("L6", "P1", "S1", "A", "09-10", "consultation", "clean", "signed", True,  "1"),
]  # fmt: skip

_AFTERWARDS = [
    # id   person on       kind   service            outreach plan population
    ("V1", "P1",  "09-20", "ECM", "ECM in person",   False, "X", "transitioning"),
    ("V2", "P1",  "09-22", "ECM", "ECM in person",   False, "X", "transitioning"),
    ("V3", "P12", "09-02", "ECM", "ECM outreach",    True,  "X", None),
    ("V4", "P1",  "09-25", "CS",  "Housing Deposits", False, "X", None),
    ("V5", "P3",  "10-05", "ECM", "ECM in person",   False, "X", None),  # after the as-of day
]  # fmt: skip

_COVERED = [
    # person from         to       JI overlay
    ("P1", "2025-01-01", None, False),
    ("P2", "08-01", None, False),
    ("P3", "2025-01-01", None, False),
    ("P4", "2025-01-01", None, False),
    ("P5", "2025-01-01", "09-01", False),  # ended before the booking
    ("P7", "2025-01-01", None, False),
    ("P9", "2025-01-01", None, True),  # the overlay alone is no enrollment
]


def _frame(names: str, rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=names.split(), orient="row", infer_schema_length=None)


def _dated(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).map_elements(on, return_dtype=pl.Date) for name in columns
    )


def facts(**replaced: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Every table that the population is made of; some of them replaced."""
    care = _care()
    billed = {**billed_county.facts(care["service_lines"]), **billed_county.bundles()}
    return {**_custody(), **_enrollment(), **care, **_lists(), **billed, **replaced}


def _custody() -> dict[str, pl.DataFrame]:
    stays = pl.DataFrame(
        [(stay, person, at, noon(into), noon(out), to, sure)
         for stay, person, at, into, out, to, sure in _STAYS],
        schema=["stay_id", "person_id", "facility_id", "booked_at", "released_at", "released_to",
                "release_certainty"],
        orient="row",
    )  # fmt: skip
    owners = {stay: person for stay, person, *_ in _STAYS}
    episodes = [
        (stay, owners[stay], _EPISODES.get(stay, [stay])) for stay in owners if stay != "S4b"
    ]
    return {
        "custody_stays": FEEDS["custody_stays"].conform(stays),
        "custody_episodes": DERIVED["custody_episodes"].conform(
            _frame("episode_id person_id stay_ids", episodes)
        ),
        "facilities": FEEDS["facilities"].conform(
            _frame(
                "facility_id name facility_type",
                [("A", "Main Jail", "county_jail"), ("Y", "Hall", "youth_correctional")],
            )
        ),
        "people": FEEDS["people"].conform(
            _dated(
                _frame(
                    "person_id birth_date sex race ethnicity language county_of_residence", _PEOPLE
                ),
                "birth_date",
            )
        ),
    }


def _enrollment() -> dict[str, pl.DataFrame]:
    screenings = _frame(
        "stay_id screening_type screened_on declined medi_cal_status outcome qualifying_conditions",
        _SCREENINGS,
    ).with_row_index("screening_id")
    applications = _frame(
        "application_id person_id stay_id submitted_on received_by_county_on decision decided_on "
        "denial_reason_code",
        _APPLICATIONS,
    )
    timeline = _frame("episode_id event occurred_on", _TIMELINE)
    activations = _frame("person_id from_on to_on", _ACTIVATIONS)
    covered = _frame("person_id from_on to_on is_ji_aid_code", _COVERED)
    plans = _frame(
        "person_id from_on to_on plan_code",
        [("P1", "2025-01-01", None, "X"), ("P12", "09-15", None, "X")],
    )
    return {
        "screenings": FEEDS["screenings"].conform(_dated(screenings, "screened_on")),
        "applications": FEEDS["applications"].conform(
            _dated(applications, "submitted_on", "received_by_county_on", "decided_on")
        ),
        "enrollment_timeline": DERIVED["enrollment_timeline"].conform(
            _dated(timeline, "occurred_on")
        ),
        "activations": _dated(activations, "from_on", "to_on"),
        "covered": _dated(covered, "from_on", "to_on"),
        "plan_spans": _dated(plans, "from_on", "to_on"),
    }


def milestones(rows: Rows = _MILESTONES) -> pl.DataFrame:
    frame = _frame("stay_id milestone occurred_on days_supplied", rows)
    numbered = frame.with_row_index("milestone_id")
    return FEEDS["care_milestones"].conform(_dated(numbered, "occurred_on"))


def handed_off_on(day: str, of_stay: str = "S1") -> pl.DataFrame:
    """The milestones, the warm handoff of one stay on another day."""
    moved = [
        (stay, kind, day if (stay, kind) == (of_stay, "warm_handoff") else when, supplied)
        for stay, kind, when, supplied in _MILESTONES
    ]
    return milestones(moved)


def _care() -> dict[str, pl.DataFrame]:
    managers = _frame("stay_id phase manager_staff_id manager_npi", _MANAGERS)
    orders = _frame(
        "order_id stay_id order_type ndc starts_on ends_on order_status continue_at_release",
        _ORDERS,
    ).with_columns(ordered_on=pl.lit("07-05"))
    fills = _frame(
        "stay_id order_id ndc days_supply handed_over_on is_release_supply", _FILLS
    ).with_row_index("fill_id")
    lines = _frame(
        "encounter_id person_id stay_id facility_id service_date service_category verdict "
        "note_status is_billed rendering_npi",
        LINES,
    ).with_columns(source_system=pl.lit("main"), line_number=1, modality=pl.lit("in_person"),
                   deadline_on=pl.lit(None, pl.Date))  # fmt: skip
    afterwards = _frame(
        "service_id person_id service_date kind service is_outreach plan_code population_of_focus",
        _AFTERWARDS,
    ).with_columns(outreach_outcome=pl.lit(None, pl.String))
    return {
        "care_milestones": milestones(),
        "care_managers": FEEDS["care_managers"].conform(
            managers.with_columns(assigned_on=pl.lit(date(2026, 6, 1)))
        ),
        "orders": FEEDS["orders"].conform(_dated(orders, "ordered_on", "starts_on", "ends_on")),
        "pharmacy_fills": FEEDS["pharmacy_fills"].conform(_dated(fills, "handed_over_on")),
        "service_lines": _dated(lines, "service_date"),
        "post_release": _dated(afterwards, "service_date"),
    }


def _lists() -> dict[str, pl.DataFrame]:
    groups = [
        ("2106-3", "race", "White"), ("2054-5", "race", "Black or African American"),
        ("2028-9", "race", "Asian"), ("1006-6", "race", "American Indian or Alaska Native"),
        ("2135-2", "ethnicity", "Hispanic or Latino"),
        ("2186-5", "ethnicity", "Not Hispanic or Latino"),
    ]  # fmt: skip
    residents = [
        (person, None if residence in (None, "Reno") else True) for person, *_, residence in _PEOPLE
    ]
    return {
        "race_groups": _frame("code kind label", groups),
        "languages": _frame("code label", [("en", "English"), ("es", "Spanish")]),
        "residents": _frame("person_id is_plan_county", residents),
        "credentials": _frame("npi credential", [("1", "MD"), ("2", "CHW")]),
        "naloxone": _frame("ndc", [("99",)]),
    }


def empty() -> Mapping[str, pl.DataFrame]:
    """The same tables without a row."""
    return {name: frame.clear() for name, frame in facts().items()}


_FEW = ("P1", "P2", "P3")
_NAMED = ("person_id", "stay_id", "episode_id", "application_id", "encounter_id", "service_id",
          "screening_id", "milestone_id", "fill_id", "order_id")  # fmt: skip


def grown() -> dict[str, pl.DataFrame]:
    """A county of some hundred people: everybody four times, the first three forty times."""
    told = facts()
    owners = told["custody_stays"].select("stay_id", "person_id")
    return {
        name: pl.concat(_copies(frame, owners))
        if {"person_id", "stay_id"} & set(frame.columns)
        else frame
        for name, frame in told.items()
    }


def _copies(frame: pl.DataFrame, owners: pl.DataFrame) -> Iterable[pl.DataFrame]:
    few = frame.filter(pl.col("person_id").is_in(_FEW)) if "person_id" in frame.columns else (
        frame.join(owners.filter(pl.col("person_id").is_in(_FEW)), on="stay_id", how="semi")
    )  # fmt: skip
    return [_renamed(frame if copy < 4 else few, f"-{copy}") for copy in range(40)]


def _renamed(frame: pl.DataFrame, suffix: str) -> pl.DataFrame:
    names = [pl.col(one) + suffix for one in _NAMED if frame.schema.get(one) == pl.String]
    lists = [pl.col("stay_ids").list.eval(pl.element() + suffix)] if "stay_ids" in frame else []
    return frame.with_columns(*names, *lists)
