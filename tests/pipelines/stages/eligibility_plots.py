"""Plots: files of eligibility that belong together, since by chance alone they would seldom meet.

Each goes on from the opening.
"""

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import strategies as st
from test_eligibility_oracle import CINS, PERSONS, START, STAYS

Row = dict[str, str | None]
Step = tuple[str, list[Row]]
Plot = Callable[[int, date, int], list[Step]]
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
