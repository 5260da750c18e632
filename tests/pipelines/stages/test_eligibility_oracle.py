"""Eligibility against the day-by-day oracle, on histories that nobody would think of drawing.

Everything happens within ten weeks and the clock runs for 20 days, so that spans collide.
"""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from eligibility_facts import frame_of, policy_of
from eligibility_oracle import Oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from soak_profile import IS_SOAK

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from pipelines.stages.eligibility import timeline
from pipelines.stages.eligibility.days import billable_days, gate_reasons
from pipelines.stages.eligibility.stays import custody_episodes, stay_episodes
from pipelines.stages.eligibility.windows import prerelease_windows
from pipelines.stages.people import numbers, survivors

START = date(2026, 2, 1)  # the ten weeks hold a change of clocks
CLOCK = 20
PERSONS = ["p0", "p1", "p2", "p3"]
CINS = ["90000000A", "90000001A", "90000002A", "90000003A"]
STAYS = ["s0", "s1", "s2", "s3", "s4"]

offsets = st.integers(0, 70)
days = offsets.map(lambda offset: str(START + timedelta(days=offset)))
yes_no = st.sampled_from(["yes", "no"])


def mostly(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(strategy, strategy, st.none())


@st.composite
def span(draw: st.DrawFn, first: str, last: str) -> dict[str, str | None]:
    begin = draw(offsets)
    length = draw(mostly(st.integers(-2, 40)))
    ends = None if length is None else str(START + timedelta(days=begin + length))
    return {first: str(START + timedelta(days=begin)), last: ends}


@st.composite
def custody(draw: st.DrawFn) -> dict[str, str | None]:
    booked = datetime(2026, 2, 1) + timedelta(hours=draw(st.integers(0, 50 * 24)))  # noqa: DTZ001
    length = draw(mostly(st.sampled_from([0, 1, 5, 24, 26, 49, 24 * 8, 24 * 20 + 3, 24 * 45])))
    released = None if length is None else booked + timedelta(hours=length)
    outcomes = st.sampled_from(["community", "transfer", "transfer", "hospital", "deceased"])
    return {
        "person_id": draw(st.sampled_from([*PERSONS[:2], *PERSONS, "stranger"])),
        "facility_id": draw(st.sampled_from(["jail", "jail", "late", "youth", "unknown"])),
        "booked_at": _local(booked),
        "released_at": released and _local(released),
        "released_to": draw(outcomes) if released else None,
        "expected_release_on": draw(mostly(days)),
    }


def _local(moment: datetime) -> str:
    # 02:00 to 03:00 on 8 March does not exist in Los Angeles.
    skipped = moment.date() == date(2026, 3, 8) and moment.hour == 2
    return f"{moment + timedelta(hours=skipped):%Y-%m-%d %H:%M}"


def rows(
    *parts: st.SearchStrategy,
    ids: list[str] | None = None,
    key: str | None = None,
    least: int = 0,
    most: int = 5,
) -> st.SearchStrategy:
    """Rows made of the parts; with a key, each has an id of its own."""
    row = st.tuples(*parts).map(lambda found: {k: v for part in found for k, v in part.items()})
    lists = st.lists(row, min_size=least, max_size=len(ids) if ids else most)
    if key is None:
        return lists
    name = ids or [f"{key}{n}" for n in range(most)]
    return lists.map(lambda found: [{key: i, **r} for i, r in zip(name, found, strict=False)])


def fields(**columns: st.SearchStrategy) -> st.SearchStrategy:
    return st.fixed_dictionaries(columns)


numbers_of = st.sampled_from([*CINS, CINS[0], f"{CINS[1]}45001", None])

History = dict[str, list[dict[str, str | None]]]

HISTORY = st.fixed_dictionaries(
    {
        "people": rows(
            fields(cin=numbers_of, merged_into=st.sampled_from([None, None, *PERSONS, "nobody"])),
            ids=PERSONS,
            key="person_id",
            least=2,
        ),
        "cin_aliases": rows(
            fields(
                alias_cin=st.sampled_from(CINS),
                cin=st.sampled_from(CINS),
                reason=st.sampled_from(["merged", "changed", "typo"]),
            ),
            most=2,
        ),
        "custody_stays": rows(custody(), ids=STAYS, key="stay_id", least=1).map(
            lambda found: found[::-1]
        ),
        "coverage": rows(
            fields(cin=st.sampled_from(CINS), is_ji_aid_code=yes_no), span("starts_on", "ends_on")
        ),
        "ji_activations": rows(
            fields(
                person_id=st.sampled_from(PERSONS),
                deactivation_reason=st.sampled_from(["expired", "expired", "deceased", None]),
            ),
            span("activated_on", "deactivated_on"),
            key="activation_id",
            most=3,
        ),
        "screenings": rows(
            fields(
                stay_id=st.sampled_from(STAYS),
                screening_type=st.sampled_from(["pre_release_access"] * 3 + ["medi_cal"]),
                screened_on=days,
                declined=st.sampled_from(["no", "no", "yes"]),
                outcome=st.sampled_from(["meets", "meets", "does_not_meet", "incomplete"]),
            ),
            key="screening_id",
        ),
        "eligibility_answers": rows(
            fields(
                cin=st.sampled_from(CINS),
                month=st.sampled_from(["2026-02", "2026-03", "2026-04"]),
                share_of_cost_amount=st.sampled_from([None, "0.00", "250.00"]),
                share_of_cost_met_on=mostly(days),
            ),
            most=3,
        ),
    }
)
FACILITIES = [
    {"facility_id": "jail", "facility_type": "county_jail", "live_from": "2024-10-01"},
    {"facility_id": "late", "facility_type": "county_jail", "live_from": "2026-02-20"},
    {"facility_id": "youth", "facility_type": "youth_correctional", "live_from": "2024-10-01"},
]
WINDOWS = st.sampled_from(
    [("activation_clock", "yes"), ("release_lookback", "yes"), ("release_lookback", "no")]
)
examples = settings(max_examples=2_000 if IS_SOAK else 60, derandomize=not IS_SOAK, deadline=None)


def facts_of(history: History) -> dict[str, pl.DataFrame]:
    drawn = {**history, "facilities": FACILITIES}
    return {feed: frame_of(feed, found) for feed, found in drawn.items()}


def oracle_of(frames: dict[str, pl.DataFrame], window: tuple[str, str], as_of: date) -> Oracle:
    name, needs = window
    return Oracle(
        frames,
        look_back=name == "release_lookback",
        needs_activation=needs == "yes",
        days=CLOCK,
        as_of=as_of,
    )


@examples
@given(HISTORY, WINDOWS, offsets)
def test_days_and_pairs_agree_with_the_oracle(
    history: History, window: tuple[str, str], offset: int
) -> None:
    frames, as_of = facts_of(history), START + timedelta(days=offset)
    policy, oracle = policy_of(*window, days=CLOCK), oracle_of(frames, window, as_of)

    found = billable_days(**frames, policy=policy, as_of=as_of)
    assert found.to_dicts() == oracle.billable_days()
    assert broken_rules(DERIVED["billable_days"], found) == {}

    pairs = pl.DataFrame(
        [(s, START + timedelta(days=d)) for d in range(-3, 80, 4) for s in STAYS],
        schema={"stay_id": pl.String, "day": pl.Date},
        orient="row",
    )
    answered = gate_reasons(pairs, **frames, policy=policy, as_of=as_of)
    assert answered["reasons"].to_list() == [oracle.reasons(*pair) for pair in pairs.iter_rows()]


@examples
@given(HISTORY)
def test_persons_and_episodes_agree_with_the_oracle(history: History) -> None:
    frames = facts_of(history)
    oracle = oracle_of(frames, ("activation_clock", "yes"), START)
    people, stays = frames["people"], frames["custody_stays"]
    survivor = {person: oracle.survivor(person) for person in people["person_id"]}
    assert dict(survivors(people).iter_rows()) == survivor
    assert set(numbers(people, frames["cin_aliases"]).iter_rows()) == {
        (person, cin) for person in survivor.values() for cin in oracle.numbers(person)
    }
    assert set(stay_episodes(stays, people).iter_rows()) == {
        (stay, oracle.episode(stay)[0], oracle.person_of(stay)) for stay in oracle.stays
    }
    episodes = custody_episodes(stays, people)
    for episode_id, ids in episodes.select("episode_id", "stay_ids").iter_rows():
        assert ids == oracle.episode(episode_id)


@examples
@given(HISTORY, WINDOWS, offsets)
def test_a_billable_day_lies_in_a_window_of_its_stay(
    history: History, window: tuple[str, str], offset: int
) -> None:
    frames, policy = facts_of(history), policy_of(*window, days=CLOCK)
    as_of = START + timedelta(days=offset)
    windows = prerelease_windows(**frames, policy=policy, as_of=as_of)
    assert broken_rules(DERIVED["prerelease_windows"], windows) == {}
    assert set(windows["stay_id"]) == set(frames["custody_stays"]["stay_id"])
    days_found = billable_days(**frames, policy=policy, as_of=as_of).filter("billable")
    within = days_found.join(windows, on="stay_id").filter(
        pl.col("day").is_between("starts_on", "ends_on")
    )
    assert days_found.join(within, on=["stay_id", "day"], how="anti").is_empty()


@examples
@given(HISTORY, WINDOWS, offsets)
def test_stays_taken_one_at_a_time_have_the_same_days(
    history: History, window: tuple[str, str], offset: int
) -> None:
    """A million stays are swept in parts; where they are cut changes nothing."""
    frames, as_of = facts_of(history), START + timedelta(days=offset)
    policy = policy_of(*window, days=CLOCK)
    at_once = billable_days(**frames, policy=policy, as_of=as_of)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "_STAYS_AT_ONCE", 1)
        one_by_one = billable_days(**frames, policy=policy, as_of=as_of)
    assert one_by_one.equals(at_once)
