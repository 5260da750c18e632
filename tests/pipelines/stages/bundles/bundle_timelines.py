"""Timelines: what happened to a person in custody, drawn as words on a day line, as `Care`.

Day 0 is the booking, 2026-06-01. A word is WHAT@DAY, with /N for minutes or days of supply, `!` for
a note that is not signed, `~` for one signed without a licence, (cpo) for who took part.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from contracts.derived import DERIVED
from contracts.feeds import facts
from pipelines.stages.bundles.care import Care

DAY_0 = date(2026, 6, 1)
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
MILESTONES = {
    "assigned": "care_manager_assigned",
    "meet": "first_meeting",
    "assess": "needs_assessment",
    "consent": "consent_signed",
    "consult": "consultation",
    "start": "care_plan_started",
    "final": "care_plan_finalized",
    "share": "care_plan_shared_with_post_release_manager",
    "handoff": "warm_handoff",
    "meds": "medications_supplied",
    "link": "behavioral_health_link",
    "appoint": "appointment_scheduled",
    "follow": "follow_up",
    "refuse": "declined",
}
WHO = {"c": "client", "p": "pre_release_manager", "o": "post_release_manager", "x": "other"}
STAFF = [("NURSE", "RN"), ("CLERK", "OTHER"), ("OUTSIDE", "OTHER")]
_WORD = re.compile(r"^([a-z0-9_]+)(?:@(-?\d+))?(?:-(-?\d+))?(?:/(\d+))?([!~]?)(?:\((\w+)\))?$")
BILLED = pl.Schema(
    {
        "stay_id": pl.String(), "bundle_id": pl.String(), "ordinal": pl.Int64(),
        "service_date": pl.Date(), "person_id": pl.String(),
    }
)  # fmt: skip
VERSIONS = pl.Schema(
    {"stay_id": pl.String(), "release_certainty": pl.String(),
     "received_at": pl.Datetime("us", "UTC")}
)  # fmt: skip


def on(day: int) -> date:
    return DAY_0 + timedelta(days=day)


def at(day: int, hour: int = 12) -> datetime:
    return datetime.combine(on(day), time(hour), LOS_ANGELES).astimezone(UTC)


class Drawing:
    """The rows of one or more persons' feeds, gathered word by word."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.days: list[dict[str, Any]] = []
        self.versions: list[dict[str, Any]] = []
        self.count = 0

    def add(self, feed: str, **values: Any) -> None:
        self.count += 1
        origin = {
            "file_id": "f1", "row_number": self.count, "received_at": at(0),
            "row_hash": f"{self.count:064d}", "record_status": None,
        }  # fmt: skip
        self.rows.setdefault(feed, []).append(origin | values)

    def feed(self, name: str) -> pl.DataFrame:
        held = self.rows.get(name, [])
        table = facts(name)
        if not held:
            return table.empty()
        return table.conform(pl.DataFrame(held, infer_schema_length=None))

    def care(self, billed: Any = ()) -> Care:
        names = (
            "custody_stays", "people", "cin_aliases", "facilities", "providers", "coverage",
            "ji_activations", "screenings", "care_milestones", "care_managers", "consents",
            "orders", "pharmacy_fills", "encounters",
        )  # fmt: skip
        days = pl.DataFrame(self.days, schema=DERIVED["billable_days"].schema)
        return Care(
            **{name: self.feed(name) for name in names},
            stay_versions=pl.DataFrame(self.versions, schema=VERSIONS),
            billable_days=days,
            billed=pl.DataFrame(list(billed), schema=BILLED, orient="row"),
        )


def drawn(*timelines: str, billed: Any = ()) -> Care:
    """`Care` of persons P1, P2, … with a timeline each; their stays are S1, S1b, S2, …"""
    drawing = Drawing()
    for name, kind in (("JAIL", "county_jail"), ("YOUTH", "youth_correctional")):
        drawing.add("facilities", facility_id=name, facility_type=kind, live_from=on(-900))
    for staff, credential in STAFF:
        drawing.add(
            "providers", staff_id=staff, entity_type="person", credential=credential,
            npi="1234567893" if staff == "NURSE" else None, last_name_or_organization=staff,
        )  # fmt: skip
    for number, timeline in enumerate(timelines, start=1):
        _draw(drawing, f"{number}", timeline.split())
    return drawing.care(billed)


def _draw(drawing: Drawing, number: str, words: list[str]) -> None:
    person, stays = f"P{number}", list[str]()
    drawing.add("people", person_id=person, cin=f"9{int(number):07d}A", birth_date=on(-9000))
    told = [_WORD.match(word) for word in words]
    assert all(told), [word for word, match in zip(words, told, strict=True) if not match]
    parts = [match.groups() for match in told if match]
    flags = {what for what, day, *_ in parts if day is None}
    covered = "uncovered" not in flags
    if covered:
        drawing.add(
            "coverage", cin=f"9{int(number):07d}A", aid_code="M1", starts_on=on(-400),
            county_code="34", coverage_status="active", is_ji_aid_code=False,
        )  # fmt: skip
    _custody(drawing, person, number, parts, flags, stays)
    for what, day, until, amount, mark, who in parts:
        if day is not None and what not in _CUSTODY:
            _happened(drawing, person, stays[0], what, int(day), until, amount, mark, who)
    for flag in flags:
        _standing(drawing, person, stays[0], flag)


_CUSTODY = {"book", "out", "expect", "act", "stop", "dead", "again"}


def _custody(
    drawing: Drawing, person: str, number: str, parts: Any, flags: set[str], stays: list[str]
) -> None:
    told = {what: int(day) for what, day, *_ in parts if day is not None and what in _CUSTODY}
    activated = [int(day) for what, day, *_ in parts if what == "act"]
    booked = [int(day) for what, day, *_ in parts if what == "book"] or [0]
    out = sorted(int(day) for what, day, *_ in parts if what == "out")
    certainty = "unknown" if "unknown" in flags else "known"
    facility = "YOUTH" if "youth" in flags else "JAIL"
    for place, begins in enumerate(booked):
        stay = f"S{number}{'' if place == 0 else chr(97 + place)}"
        stays.append(stay)
        released = out[place] if place < len(out) else None
        last = place == len(booked) - 1
        moved = not last and released is not None and booked[place + 1] - released <= 1
        kind = "transfer" if moved else "deceased" if "dead" in flags else "community"
        drawing.add(
            "custody_stays", stay_id=stay, person_id=person, facility_id=facility,
            booking_number=stay, booked_at=at(begins, 8), release_certainty=certainty,
            expected_release_on=on(told["expect"]) if "expect" in told else None,
            released_at=None if released is None else at(released, 18),
            released_to=None if released is None else kind,
        )  # fmt: skip
        drawing.versions.append(
            {"stay_id": stay, "release_certainty": certainty, "received_at": at(begins, 9)}
        )
        _days(drawing, stay, begins, released, activated)
    stop = told.get("stop")
    for place, day in enumerate(activated):
        ends = activated[place + 1] - 1 if place + 1 < len(activated) else stop
        drawing.add(
            "ji_activations", activation_id=f"A{number}{place}", person_id=person, aid_code="Z1",
            activated_on=on(day), deactivated_on=None if ends is None else on(ends),
        )  # fmt: skip


def _days(
    drawing: Drawing, stay: str, begins: int, released: int | None, activated: list[int]
) -> None:
    """Billable from an activation on, for ninety days."""
    for day in range(begins, (200 if released is None else released) + 1):
        billable = any(first <= day <= first + 89 for first in activated)
        drawing.days.append(
            {"stay_id": stay, "day": on(day), "billable": billable,
             "reasons": [] if billable else ["ji_aid_code"]}
        )  # fmt: skip


def _happened(
    drawing: Drawing, person: str, stay: str, what: str, day: int,
    until: str | None, amount: str | None, mark: str, who: str | None,
) -> None:  # fmt: skip
    number = None if amount is None else int(amount)
    if what in ("mgr", "post", "same"):
        phase = "pre_release" if what == "mgr" else "post_release"
        staff = "OUTSIDE" if what == "post" else "NURSE"
        drawing.add(
            "care_managers", stay_id=stay, phase=phase, manager_staff_id=staff, assigned_on=on(day)
        )
    elif what == "sign":
        drawing.add(
            "consents", consent_id=f"K{drawing.count}", person_id=person, granted_on=on(day),
            consent_type="information_sharing",
            revoked_on=None if until is None else on(int(until)),
        )  # fmt: skip
    elif what == "fill":
        drawing.add(
            "pharmacy_fills", fill_id=f"F{drawing.count}", person_id=person, stay_id=stay,
            filled_on=on(day), handed_over_on=on(day), days_supply=number or 30,
            is_release_supply=True, payer_status="paid",
        )  # fmt: skip
    elif what == "casework":
        drawing.add(
            "encounters", source_system="main", encounter_id=f"E{drawing.count}", line_number=1,
            person_id=person, stay_id=stay, facility_id="JAIL", service_date=on(day),
            service_category="case_management", procedure_code="T1017", minutes=number or 30,
            diagnosis_codes=["F32.9"], rendering_npi="1234567893", note_status="signed",
            signed_by_staff_id="NURSE",
        )  # fmt: skip
    else:
        supply = what == "meds"
        drawing.add(
            "care_milestones", milestone_id=f"M{drawing.count}", stay_id=stay, person_id=person,
            milestone=MILESTONES[what], occurred_on=on(day), performed_by_staff_id="NURSE",
            minutes=None if supply else (45 if number is None else number),
            days_supplied=(30 if number is None else number) if supply else None,
            participants=[WHO[letter] for letter in who or "cpo"],
            note_status="complete" if mark == "!" else "signed",
            signed_by_staff_id="CLERK" if mark == "~" else None if mark == "!" else "NURSE",
        )  # fmt: skip


def _standing(drawing: Drawing, person: str, stay: str, flag: str) -> None:
    if flag in ("rx", "dme"):
        drawing.add(
            "orders", order_id=f"O{drawing.count}", person_id=person, stay_id=stay,
            order_type="medication" if flag == "rx" else "dme", ordered_by_npi="1234567893",
            ordered_on=on(0), order_status="active", continue_at_release=True,
        )  # fmt: skip
    elif flag == "smi":
        drawing.add(
            "screenings", screening_id=f"SC{drawing.count}", stay_id=stay, person_id=person,
            screening_type="pre_release_access", screened_on=on(0), declined=False,
            qualifying_conditions=["serious_mental_illness"], outcome="meets",
        )  # fmt: skip
