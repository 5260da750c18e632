"""Pre-release windows: the hull of the days that can be billed, under either policy."""

from datetime import date

import pytest
from eligibility_facts import frames, policy_of

from contracts.derived import DERIVED
from contracts.feeds import FEEDS, facts
from contracts.policy import Policy
from contracts.schemas import broken_rules
from pipelines.stages.eligibility.windows import prerelease_windows

AS_OF = date(2026, 3, 1)
STAYS = """
    stay_id | person_id | facility_id | booked_at        | released_at      | expected_release_on
    s1      | p1        | {facility}  | 2026-01-05 08:00 | {released}       | {expected}"""


def windows(policy: Policy | None = None, as_of: date = AS_OF, **drawings: str) -> list[tuple]:
    found = prerelease_windows(**frames(**drawings), policy=policy or policy_of(), as_of=as_of)
    assert broken_rules(DERIVED["prerelease_windows"], found) == {}
    columns = ["stay_id", "window_number", "starts_on", "ends_on", "state", "reasons"]
    return [
        (stay, number, str(first), str(last), state, " ".join(reasons))
        for stay, number, first, last, state, reasons in found.select(columns).iter_rows()
    ]


def stay(facility: str = "jail", released: str = "", expected: str = "") -> str:
    return STAYS.format(facility=facility, released=released, expected=expected)


def activations(*spans: tuple[str, str]) -> str:
    lines = [f"a{n} | p1 | {first} | {last}" for n, (first, last) in enumerate(spans)]
    return "\n".join(["activation_id | person_id | activated_on | deactivated_on", *lines])


@pytest.mark.parametrize(
    ("stays", "spans", "expected"),
    [
        # from activation to its 90th day
        (stay(), [("2026-01-07", "")], [(1, "2026-01-07", "2026-04-06", "open", "")]),
        # from booking, where activation lies before it, to the release
        (
            stay(released="2026-02-10 08:00"),
            [("2026-01-01", "")],
            [(1, "2026-01-05", "2026-02-10", "closed", "")],
        ),
        # booked on the 90th day: a window of one day
        (stay(), [("2025-10-08", "")], [(1, "2026-01-05", "2026-01-05", "closed", "")]),
        # released on the as-of day: closed
        (
            stay(released="2026-03-01 08:00"),
            [("2026-01-07", "")],
            [(1, "2026-01-07", "2026-03-01", "closed", "")],
        ),
        # released later than the as-of day: still open on it
        (
            stay(released="2026-03-02 08:00"),
            [("2026-01-07", "")],
            [(1, "2026-01-07", "2026-03-02", "open", "")],
        ),
        # from go-live on 2026-01-10
        (stay("annex"), [("2026-01-07", "")], [(1, "2026-01-10", "2026-04-06", "open", "")]),
        # to the deactivation; then activated again
        (
            stay(),
            [("2026-02-01", ""), ("2026-01-07", "2026-01-20")],
            [
                (1, "2026-01-07", "2026-01-20", "closed", ""),
                (2, "2026-02-01", "2026-05-01", "open", ""),
            ],
        ),
        # activated on the day of release; deactivated on the day of go-live: a window of one day
        (
            stay(released="2026-01-20 08:00"),
            [("2026-01-20", "")],
            [(1, "2026-01-20", "2026-01-20", "closed", "")],
        ),
        (
            stay("annex"),
            [("2026-01-06", "2026-01-10")],
            [(1, "2026-01-10", "2026-01-10", "closed", "")],
        ),
        # deactivated before go-live; the clock ran out before booking
        (
            stay("annex"),
            [("2026-01-06", "2026-01-09"), ("2025-10-07", "")],
            [
                (1, "None", "None", "none", "ninety_days"),
                (2, "None", "None", "none", "facility"),
            ],
        ),
        (stay("unknown"), [("2026-01-07", "")], [(1, "None", "None", "none", "facility")]),
        # no activation, or none that touches the stay
        (stay(), [], [(0, "None", "None", "none", "ji_aid_code")]),
        (
            stay(released="2026-01-20 08:00"),
            [("2025-12-01", "2026-01-04"), ("2026-01-21", "")],
            [(0, "None", "None", "none", "ji_aid_code")],
        ),
    ],
)
def test_activation_clock(stays: str, spans: list[tuple[str, str]], expected: list[tuple]) -> None:
    found = windows(custody_stays=stays, ji_activations=activations(*spans))
    assert found == [("s1", *row) for row in expected]


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        (
            stay(released="2026-04-20 08:00", expected="2026-03-01"),
            (1, "2026-01-21", "2026-04-20", "open", ""),
        ),
        (
            stay(expected="2026-02-20"),
            (1, "2026-01-05", "2026-02-20", "closed", "release_not_final"),
        ),
        (
            stay("annex", expected="2026-03-20"),
            (1, "2026-01-10", "2026-03-20", "open", "release_not_final"),
        ),
        (stay(), (0, "None", "None", "none", "release_not_final")),
        (stay(expected="2026-01-01"), (0, "None", "None", "none", "release_not_final")),
        (
            stay("annex", released="2026-01-09 08:00"),
            (1, "None", "None", "none", "facility"),
        ),
    ],
)
def test_release_lookback(stays: str, expected: tuple) -> None:
    found = windows(policy_of("release_lookback"), custody_stays=stays)
    assert found == [("s1", *expected)]


def test_rows_name_the_survivor_the_facility_and_the_policy() -> None:
    people = """
        person_id | cin       | merged_into
        p1        | 90000001A | p2
        p2        |           | """
    found = prerelease_windows(**frames(people=people), policy=policy_of(), as_of=AS_OF)
    columns = ["person_id", "facility_id", "policy"]
    assert found.select(columns).rows() == [("p2", "jail", "activation_clock")]


def test_without_stays_there_are_no_windows() -> None:
    nothing = {feed: facts(feed).empty() for feed in FEEDS if feed in frames()}
    found = prerelease_windows(**nothing, policy=policy_of(), as_of=AS_OF)
    assert found.equals(DERIVED["prerelease_windows"].empty())
