"""Deliveries: files of the feeds of eligibility in time, drawn; what the lake makes of them; and an
independent replay of them in plain Python.

A file is received every five days at noon, beginning with the first of the ten weeks.
Nothing of intake, facts or eligibility is used in the replay.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl
from eligibility_facts import frame_of
from hypothesis import strategies as st
from test_eligibility_oracle import (
    CINS,
    PERSONS,
    START,
    STAYS,
    custody,
    days,
    fields,
    mostly,
    numbers_of,
    span,
)

from contracts.feeds import EXACT_DUPLICATES, FEEDS, facts
from contracts.settings import FeedSettings
from pipelines.stages.facts import current, known

Row = dict[str, str | None]
ACTIVE, DELETED = "active", "deleted"
A_FILE = timedelta(days=5)
NOON = timedelta(hours=12)
CHANGE_OF_CLOCKS = "2026-03-08"


@dataclass(frozen=True)
class File:
    """Rows of one feed. `is_accepted` is false of a file that was begun and never finished."""

    number: int
    feed: str
    rows: list[Row]
    is_accepted: bool

    @property
    def received_at(self) -> datetime:
        return noon(self.number)

    @property
    def received_on(self) -> date:
        return START + self.number * A_FILE


@dataclass(frozen=True)
class Deliveries:
    files: list[File]
    snapshots: frozenset[str]


def noon(number: int) -> datetime:
    """When file number so and so was received: noon in Los Angeles is 20:00 UTC in winter."""
    return datetime(2026, 2, 1, 20, tzinfo=UTC) + number * A_FILE


# --- drawing


def at_midnight(row: Row) -> Row:
    """The same stay, released when the day of its release ends."""
    if row["released_at"] is None:
        return row
    day = date.fromisoformat(str(row["released_at"])[:10]) + timedelta(days=1)
    return row | {"released_at": f"{day} 00:00"}


def in_the_night_of_the_change(row: Row) -> Row:
    """The same stay, released in the hour after the one that was left out."""
    released = f"{CHANGE_OF_CLOCKS} 03:30"
    return row if str(row["booked_at"]) > released else row | {"released_at": released}


one_custody = st.one_of(
    custody(),
    custody(),
    custody().map(at_midnight),
    custody().map(in_the_night_of_the_change),
)
starts = st.sampled_from([-60, -20, 0, 9, 20, 28, 40]).map(lambda n: str(START + timedelta(n)))
A_ROW: dict[str, st.SearchStrategy[Row]] = {
    "people": fields(
        person_id=st.sampled_from(PERSONS),
        cin=numbers_of,
        merged_into=st.sampled_from([None, None, *PERSONS]),
    ),
    "cin_aliases": fields(
        alias_cin=st.sampled_from(CINS),
        cin=st.sampled_from(CINS),
        reason=st.sampled_from(["merged", "changed", "changed", "typo"]),
    ),
    "facilities": fields(
        facility_id=st.sampled_from(["jail", "jail", "late", "youth"]),
        facility_type=st.sampled_from(["county_jail", "county_jail", "youth_correctional"]),
        live_from=st.sampled_from(["2024-10-01", "2024-10-01", "2026-02-20"]),
    ),
    "custody_stays": st.tuples(fields(stay_id=st.sampled_from(STAYS)), one_custody).map(
        lambda parts: parts[0] | parts[1]
    ),
    "coverage": fields(
        cin=st.sampled_from(CINS),
        aid_code=st.sampled_from(["M1", "M2"]),
        starts_on=starts,
        ends_on=mostly(days),
        is_ji_aid_code=st.sampled_from(["no", "no", "yes"]),
    ),
    "ji_activations": st.tuples(
        fields(
            activation_id=st.sampled_from(["a0", "a1", "a2"]),
            person_id=st.sampled_from(PERSONS),
            deactivation_reason=st.sampled_from(["expired", "expired", "deceased", None]),
        ),
        span("activated_on", "deactivated_on"),
    ).map(lambda parts: parts[0] | parts[1]),
    "screenings": fields(
        screening_id=st.sampled_from(["c0", "c1", "c2", "c3"]),
        stay_id=st.sampled_from(STAYS),
        screening_type=st.sampled_from(["pre_release_access"] * 3 + ["medi_cal"]),
        screened_on=days,
        declined=st.sampled_from(["no", "no", "yes"]),
        outcome=st.sampled_from(["meets", "meets", "does_not_meet", "incomplete"]),
    ),
    "eligibility_answers": fields(
        cin=st.sampled_from(CINS),
        month=st.sampled_from(["2026-02", "2026-03", "2026-04"]),
        share_of_cost_amount=st.sampled_from([None, "0.00", "250.00"]),
        share_of_cost_met_on=mostly(days),
    ),
}
OFTEN = ("custody_stays", "custody_stays", "coverage", "ji_activations", "people")
# So that not every history begins with nobody billable: what most jails begin with.
OPENING = {
    "facilities": [
        {"facility_id": name, "facility_type": kind, "live_from": "2024-10-01"}
        for name, kind in (("jail", "county_jail"), ("youth", "youth_correctional"))
    ],
    "people": [
        {"person_id": person, "cin": cin, "merged_into": None}
        for person, cin in zip(PERSONS, CINS, strict=True)
    ],
    "coverage": [
        {
            "cin": cin,
            "aid_code": "M1",
            "starts_on": "2025-12-03",
            "ends_on": None,
            "is_ji_aid_code": "no",
        }
        for cin in CINS
    ],
    "screenings": [
        {
            "screening_id": f"c{number}",
            "stay_id": stay_id,
            "screening_type": "pre_release_access",
            "screened_on": str(START),
            "declined": "no",
            "outcome": "meets",
        }
        for number, stay_id in enumerate((STAYS[0], STAYS[3]))
    ],
    "ji_activations": [
        {
            "activation_id": "a2",
            "person_id": PERSONS[0],
            "activated_on": str(START + timedelta(days=12)),
            "deactivated_on": None,
            "deactivation_reason": None,
        }
    ],
}


def key_of(feed: str, row: Row) -> tuple[str | None, ...]:
    return tuple(row[name] for name in FEEDS[feed].key)


# --- plots: files that belong together, since by chance alone they would seldom meet

Step = tuple[str, list[Row]]
Plot = Callable[[int, date, int], list[Step]]


@st.composite
def plot(draw: st.DrawFn, tell: Plot, moved_on: int) -> list[Step]:
    """A plot about one person, beginning on some day; its stays so many numbers further on."""
    person = draw(st.sampled_from(range(2)))
    first_on = START + timedelta(days=draw(st.integers(0, 25)))
    hours = {written: draw(st.sampled_from(of)) for written, of in HOURS.items()}
    steps = tell(person, first_on, draw(st.integers(1, 20)))
    own = dict(zip(STAYS, STAYS[moved_on:], strict=False))
    return [
        (feed, [_at_hours(row, hours) | _of_stay(row, own) for row in rows]) for feed, rows in steps
    ]


def _of_stay(row: Row, own: dict[str, str]) -> Row:
    name = row.get("stay_id")
    return {"stay_id": own.get(name, name)} if name else {}


# What a plot writes, and the hours of a day that it may stand for: some lie in two days of UTC.
HOURS = {
    " 08:00": [" 00:00", " 08:00", " 17:00", " 23:30"],
    " 10:00": [" 00:00", " 10:00", " 14:59"],
    " 15:00": [" 15:00", " 16:30", " 23:59"],
}


def _at_hours(row: Row, hours: dict[str, str]) -> Row:
    return {
        name: value and value[:-6] + hours.get(value[-6:], value[-6:])
        for name, value in row.items()
    }


def _stay(number: int, person: int, booked: str, released: str | None = None, **more: str) -> Row:
    told = {
        "stay_id": STAYS[number],
        "person_id": PERSONS[person],
        "facility_id": "jail",
        "booked_at": booked,
        "released_at": released,
        "released_to": released and "community",
        "expected_release_on": None,
    }
    return told | more


def _two_stays(person: int, first_on: date, length: int, gap: int, **first: str) -> list[Step]:
    """Two stays, the second booked so many days after the release of the first."""
    out = first_on + timedelta(days=length)
    again = out + timedelta(days=gap)
    rows = [
        _stay(0, person, f"{first_on} 08:00", f"{out} 10:00", **first),
        _stay(1, person, f"{again} 15:00"),
    ]
    return [("custody_stays", rows[:1]), ("custody_stays", rows[1:])]


def rebooked(person: int, first_on: date, length: int) -> list[Step]:
    return _two_stays(person, first_on, length, 0)


def transferred(person: int, first_on: date, length: int) -> list[Step]:
    return _two_stays(person, first_on, length, length % 2, released_to="transfer")


def overlapping(person: int, first_on: date, length: int) -> list[Step]:
    return _two_stays(person, first_on, length, -1)


def merged(person: int, first_on: date, _: int) -> list[Step]:
    gone, cin = PERSONS[person + 2], CINS[person]
    survivor = {"person_id": gone, "cin": cin, "merged_into": PERSONS[person]}
    return [("custody_stays", [_stay(2, person + 2, f"{first_on} 08:00")]), ("people", [survivor])]


def renumbered(person: int, first_on: date, _: int) -> list[Step]:
    """A new number that nothing covers, until an alias says whose it had been."""
    new = {"person_id": PERSONS[person], "cin": "90000009A", "merged_into": None}
    alias = {"alias_cin": CINS[person], "cin": "90000009A", "reason": "changed"}
    stay = _stay(0, person, f"{first_on} 08:00")
    return [("custody_stays", [stay]), ("people", [new]), ("cin_aliases", [alias])]


def moved(person: int, first_on: date, length: int) -> list[Step]:
    """Put off by ten days, then final and five days sooner than it had been at first."""
    expected, later, final = (first_on + timedelta(days=length + n) for n in (5, 15, 0))
    booked = f"{first_on} 08:00"
    rows = [
        _stay(0, person, booked, expected_release_on=str(expected)),
        _stay(0, person, booked, expected_release_on=str(later)),
        _stay(0, person, booked, f"{final} 10:00", expected_release_on=str(later)),
    ]
    return [("custody_stays", [row]) for row in rows]


def activated_again(person: int, first_on: date, length: int) -> list[Step]:
    ended, again = (first_on + timedelta(days=n) for n in (length, length + 4))
    told = {"person_id": PERSONS[person], "deactivation_reason": "expired"}
    rows = [
        {"activation_id": "a0", "activated_on": str(first_on), "deactivated_on": str(ended)} | told,
        {"activation_id": "a1", "activated_on": str(again), "deactivated_on": None} | told,
    ]
    stay = _stay(0, person, f"{first_on} 08:00")
    return [("custody_stays", [stay]), *(("ji_activations", [row]) for row in rows)]


def ended_in_a_month(person: int, first_on: date, length: int) -> list[Step]:
    """Coverage cut short, then given back."""
    cut = OPENING["coverage"][person] | {"ends_on": str(first_on + timedelta(days=length))}
    stay = _stay(0, person, f"{first_on} 08:00")
    given_back = cut | {"starts_on": str(first_on + timedelta(days=length + 3)), "ends_on": None}
    return [("custody_stays", [stay]), ("coverage", [cut]), ("coverage", [given_back])]


PLOTS = [
    rebooked,
    transferred,
    overlapping,
    merged,
    renumbered,
    moved,
    activated_again,
    ended_in_a_month,
]


@st.composite
def deliveries(draw: st.DrawFn) -> Deliveries:
    """Opening files, then files of any feed (new, changed, repeated, deleted keys) and plots."""
    files = [File(0, feed, _stated(rows), True) for feed, rows in OPENING.items()]
    tales = draw(st.lists(st.sampled_from(PLOTS), min_size=2, max_size=2, unique=True))
    told = [draw(plot(tell, moved_on)) for tell, moved_on in zip(tales, (0, 3), strict=True)]
    steps = [(feed, _stated(rows)) for steps in told for feed, rows in steps]
    by_chance = draw(st.lists(st.sampled_from([*A_ROW, *OFTEN]), min_size=2, max_size=6))
    for feed in by_chance:
        before = [row for file in files if file.feed == feed for row in file.rows]
        place = draw(st.integers(0, len(steps)))
        before += [row for known, rows in steps[:place] if known == feed for row in rows]
        steps.insert(place, (feed, draw(_rows(feed, before))))
    files += [
        File(number, feed, rows, draw(st.integers(0, 14)) > 0)
        for number, (feed, rows) in enumerate(steps, start=1)
    ]
    snapshots = draw(st.frozensets(st.sampled_from(sorted(A_ROW)), min_size=1, max_size=3))
    return Deliveries(files, snapshots)


def _rows(feed: str, before: list[Row]) -> st.SearchStrategy[list[Row]]:
    statuses = st.sampled_from([ACTIVE] * 6 + [DELETED])
    fresh = st.builds(lambda row, status: row | {"record_status": status}, A_ROW[feed], statuses)
    any_row = st.one_of(fresh, fresh, st.sampled_from(before)) if before else fresh
    return st.lists(any_row, min_size=1, max_size=4, unique_by=lambda row: key_of(feed, row))


def _stated(rows: list[Row]) -> list[Row]:
    return [row | {"record_status": ACTIVE} for row in rows]


# --- what the lake holds, and what the stages make of it


def evidence_known(drawn: Deliveries, known_at: datetime) -> dict[str, pl.DataFrame]:
    """Current facts of every feed by the stages, as known at an instant."""
    return {feed: _current(drawn, feed, known_at) for feed in A_ROW}


def _current(drawn: Deliveries, feed: str, known_at: datetime) -> pl.DataFrame:
    files = [file for file in drawn.files if file.feed == feed]
    accepted = [_id(file) for file in files if file.is_accepted]
    rows, again = _held(files)
    settings = FeedSettings(mode="snapshot" if feed in drawn.snapshots else "delta")
    facts_known, duplicates_known = (
        known(frame, accepted, known_at)
        for frame in (_as_facts(feed, rows), _as_duplicates(feed, again))
    )
    return current(FEEDS[feed], facts_known, duplicates_known, settings)


def _held(files: list[File]) -> tuple[list[Row], list[Row]]:
    """Versions and exact duplicates, as intake tells them apart."""
    newest: dict[tuple[str | None, ...], str] = {}
    rows: list[Row] = []
    again: list[Row] = []
    for file in files:
        for place, row in enumerate(file.rows, start=1):
            stamped = row | _stamps(file, place, row)
            key, mark = key_of(file.feed, row), stamped["row_hash"]
            (again if newest.get(key) == mark else rows).append(stamped)
            if file.is_accepted:
                newest[key] = str(mark)
    return rows, again


def _stamps(file: File, place: int, row: Row) -> dict[str, object]:
    mark = json.dumps(row, sort_keys=True)
    return {
        "file_id": _id(file),
        "place": place,
        "at": file.received_at,
        "row_hash": mark,
    }


def _id(file: File) -> str:
    return f"file{file.number}{file.feed}"


def _as_facts(feed: str, rows: list[Row]) -> pl.DataFrame:
    own = [{k: v for k, v in row.items() if k not in ("place", "at")} for row in rows]
    return _placed(frame_of(feed, own), rows)


def _placed(frame: pl.DataFrame, rows: list[Row]) -> pl.DataFrame:
    return frame.with_columns(
        row_number=pl.Series([row["place"] for row in rows], dtype=pl.Int64),
        received_at=pl.Series([row["at"] for row in rows], dtype=pl.Datetime("us", "UTC")),
    )


def _as_duplicates(feed: str, rows: list[Row]) -> pl.DataFrame:
    told = {
        "feed": [feed] * len(rows),
        "file_id": [row["file_id"] for row in rows],
        "row_hash": [row["row_hash"] for row in rows],
    }
    strings = dict.fromkeys(told, pl.String)
    return EXACT_DUPLICATES.conform(_placed(pl.DataFrame(told, schema=strings), rows))


# --- the same told without the stages


def replayed(drawn: Deliveries, known_at: datetime) -> dict[str, pl.DataFrame]:
    """What holds after reading the files one by one up to an instant, as frames for the oracle."""
    return {feed: _replayed(drawn, feed, known_at) for feed in A_ROW}


def _replayed(drawn: Deliveries, feed: str, known_at: datetime) -> pl.DataFrame:
    holding: dict[tuple[str | None, ...], Row] = {}
    brought: dict[tuple[str | None, ...], Row] = {}  # each key's newest version, held or not
    for file in drawn.files:
        if file.feed != feed or not file.is_accepted or file.received_at > known_at:
            continue
        if feed in drawn.snapshots:
            holding = {}
        for place, row in enumerate(file.rows, start=1):
            key = key_of(feed, row)
            if key not in brought or any(brought[key][name] != row[name] for name in row):
                origin = {"place": place, "at": file.received_at, "file_id": _id(file)}
                brought[key] = row | origin
            holding[key] = brought[key]
            if row["record_status"] == DELETED:
                del holding[key]
    rows = list(holding.values())
    if not rows:
        return facts(feed).empty()
    own = [{k: v for k, v in row.items() if k not in ("place", "at")} for row in rows]
    return _placed(frame_of(feed, own), rows)
