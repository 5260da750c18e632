"""Troubles: which of the cases that are most often got wrong a drawn history holds.

Told from the files and the oracle in plain Python, so that a drawing that lost one is noticed.
"""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Any

from eligibility_deliveries import CHANGE_OF_CLOCKS, Deliveries, noon
from eligibility_known import replayed
from eligibility_oracle import Oracle, local_day
from test_eligibility_oracle import CLOCK, START

Row = dict[str, Any]
LATE = timedelta(days=30)


def troubles(drawn: Deliveries) -> set[str]:
    """Names of TROUBLES in a history, all its files known."""
    frames = replayed(drawn, noon(99))
    told = Oracle(frames, days=CLOCK, as_of=START)
    return {name for name, is_there in TROUBLES.items() if is_there(drawn, told)}


def _pairs(told: Oracle) -> list[tuple[Row, Row]]:
    """Two stays of one surviving person, in order of booking."""
    persons = {told.person_of(stay) for stay in told.stays}
    return [pair for person in persons for pair in combinations(told.stays_of(person), 2)]


def overlapping(_: Deliveries, told: Oracle) -> bool:
    return any(told.overlap(*pair) for pair in _pairs(told))


def rebooked(_: Deliveries, told: Oracle) -> bool:
    return any(
        not told.overlap(one, other)
        and local_day(one["released_at"]) == local_day(other["booked_at"])
        for one, other in _pairs(told)
    )


def transferred(_: Deliveries, told: Oracle) -> bool:
    return any(not told.overlap(*pair) and told.joined(*pair) for pair in _pairs(told))


def merged(_: Deliveries, told: Oracle) -> bool:
    """Somebody in custody is merged into another, and has a number."""
    held = {stay["person_id"] for stay in told.stays.values()}
    return any(
        told.survivor(person) != person and told.numbers(told.survivor(person)) for person in held
    )


def renumbered(_: Deliveries, told: Oracle) -> bool:
    """An alias gives somebody in custody a second number."""
    own = {(told.survivor(p), (row["cin"] or "")[:9]) for p, row in told.people.items()}
    return any(
        (person, number) not in own
        for person in {told.person_of(stay) for stay in told.stays}
        for number in told.numbers(person)
    )


def moved_back_and_forth(drawn: Deliveries, _: Oracle) -> bool:
    """A stay whose release, actual or expected, was put off and brought forward."""
    moves: dict[str, list[str]] = {}
    for file in drawn.files:
        if file.feed == "custody_stays" and file.is_accepted:
            for row in file.rows:
                release = row["released_at"] or row["expected_release_on"]
                moves.setdefault(str(row["stay_id"]), []).append(str(release or ""))
    ways = ({a < b for a, b in pairwise(r) if a != b} for r in moves.values())
    return any(len(way) == 2 for way in ways)


def activated_again(_: Deliveries, told: Oracle) -> bool:
    spans = (told.activations(told.person_of(stay)) for stay in told.stays)
    return any(
        ended is not None and begun > ended
        for of_person in spans
        for _, ended in of_person
        for begun, _ in of_person
    )


def retroactive(drawn: Deliveries, _: Oracle) -> bool:
    """Coverage that reaches back further than a month before its receipt."""
    return any(
        date.fromisoformat(str(row["starts_on"])) + LATE < file.received_on
        for file in drawn.files
        if file.feed == "coverage" and file.number and file.is_accepted
        for row in file.rows
    )


def ended_in_a_month(_: Deliveries, told: Oracle) -> bool:
    """Coverage of somebody in custody ends within a stay and within a month."""
    return any(
        last and (last + timedelta(days=1)).day != 1 and told.in_stay(stay, last)
        for stay_id, stay in told.stays.items()
        for is_overlay in (False, True)
        for _, last in told.coverage(told.person_of(stay_id), is_overlay=is_overlay)
    )


def _released(drawn: Deliveries) -> list[str]:
    rows = (row for file in drawn.files if file.feed == "custody_stays" for row in file.rows)
    return [str(row["released_at"]) for row in rows if row["released_at"]]


def released_at_midnight(drawn: Deliveries, _: Oracle) -> bool:
    return any(released.endswith(" 00:00") for released in _released(drawn))


def clocks_changed(drawn: Deliveries, _: Oracle) -> bool:
    """A release in the night of the change: a day's bounds are 23 hours apart."""
    return any(released.startswith(CHANGE_OF_CLOCKS) for released in _released(drawn))


def deleted(drawn: Deliveries, _: Oracle) -> bool:
    return any(row["record_status"] == "deleted" for file in drawn.files for row in file.rows)


def withdrawn(drawn: Deliveries, _: Oracle) -> bool:
    """A snapshot feed of which a second file came."""
    return any(
        sum(file.feed == feed and file.is_accepted for file in drawn.files) > 1
        for feed in drawn.snapshots
    )


def billable(_: Deliveries, told: Oracle) -> bool:
    """Somebody is billable on some day: else every answer would be alike."""
    told.as_of = START + timedelta(days=70)
    return any(row["billable"] for row in told.billable_days())


TROUBLES: dict[str, Callable[[Deliveries, Oracle], bool]] = {
    "overlapping stays": overlapping,
    "rebooked on the day of release": rebooked,
    "transferred": transferred,
    "merged under one number": merged,
    "number changed": renumbered,
    "release moved back and forth": moved_back_and_forth,
    "activated again after deactivation": activated_again,
    "retroactive coverage": retroactive,
    "coverage ends within a month": ended_in_a_month,
    "released at midnight": released_at_midnight,
    "released in the night of the change of clocks": clocks_changed,
    "key deleted": deleted,
    "withdrawn by a snapshot": withdrawn,
    "a billable day": billable,
}
