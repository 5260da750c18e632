"""Deliveries: files of the feeds of eligibility in time, drawn.

A file is received every five days at noon, beginning with the first of the ten weeks.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from eligibility_plots import OPENING, PLOTS, Row, plot
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

from contracts.feeds import FEEDS

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


def key_of(feed: str, row: Row) -> tuple[str | None, ...]:
    return tuple(row[name] for name in FEEDS[feed].key)


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
