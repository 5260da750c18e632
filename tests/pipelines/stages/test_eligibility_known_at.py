"""Eligibility as it was known at an instant, against files replayed one by one and the oracle.

And: what is received later never changes what was known.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from eligibility_deliveries import Deliveries, deliveries, noon
from eligibility_facts import policy_of
from eligibility_known import evidence_known, replayed
from eligibility_troubles import TROUBLES, troubles
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from soak_profile import IS_SOAK
from test_eligibility_oracle import CLOCK, START, WINDOWS, oracle_of

from contracts.feeds import FEEDS
from pipelines.stages.eligibility.days import billable_days
from pipelines.stages.eligibility.windows import prerelease_windows

examples = settings(max_examples=10_000 if IS_SOAK else 100, derandomize=not IS_SOAK, deadline=None)
# Of so many histories drawn for the count below, the share in which each trouble must be.
COUNTED, LEAST_SHARE = 200, 0.05
late_offsets = st.integers(20, 70)  # most of a history lies before
instants = st.integers(2, 14).map(lambda number: noon(number) + timedelta(hours=1))


@examples
@given(deliveries(), instants, WINDOWS, late_offsets)
def test_days_as_known_agree_with_the_oracle(
    drawn: Deliveries, known_at: datetime, window: tuple[str, str], offset: int
) -> None:
    as_of = START + timedelta(days=offset)
    told = replayed(drawn, known_at)
    assert held(evidence_known(drawn, known_at)) == held(told)
    found = answer(drawn, known_at, window, as_of)["days"]
    assert found.to_dicts() == oracle_of(told, window, as_of).billable_days()


@examples
@given(deliveries(), st.integers(1, 12), WINDOWS, late_offsets)
def test_files_received_later_change_nothing_that_was_known(
    drawn: Deliveries, last: int, window: tuple[str, str], offset: int
) -> None:
    as_of, known_at = START + timedelta(days=offset), noon(last)
    until_then = [file for file in drawn.files if file.number <= last]
    then = answer(Deliveries(until_then, drawn.snapshots), known_at, window, as_of)
    now = answer(drawn, known_at, window, as_of)
    assert {name: now[name].equals(frame) for name, frame in then.items()} == dict.fromkeys(
        then, True
    )


def test_every_trouble_is_drawn_in_a_good_share_of_histories() -> None:
    met: Counter[str] = Counter()

    @settings(examples, max_examples=COUNTED, derandomize=True, phases=[Phase.generate],
              database=None)  # fmt: skip
    @given(deliveries())
    def count(drawn: Deliveries) -> None:
        met.update(troubles(drawn))

    count()
    assert {name: met[name] for name in TROUBLES if met[name] < LEAST_SHARE * COUNTED} == {}


def held(frames: dict[str, pl.DataFrame]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that hold of each feed, by their key and with the place they came from."""
    return {
        feed: frame.drop("row_hash").sort(FEEDS[feed].key).rows() for feed, frame in frames.items()
    }


def answer(
    drawn: Deliveries, known_at: datetime, window: tuple[str, str], as_of: date
) -> dict[str, pl.DataFrame]:
    known: dict[str, Any] = evidence_known(drawn, known_at)
    policy = policy_of(*window, days=CLOCK)
    return {
        "days": billable_days(**known, policy=policy, as_of=as_of),
        "windows": prerelease_windows(**known, policy=policy, as_of=as_of),
    }
