"""Intake, whatever comes and in whatever order: no row is lost, and the same files give the same
facts. On a real ledger and a real lake.
"""

import csv
import io
from collections.abc import Iterator
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_trials import Trial, Trials
from soak_profile import IS_SOAK

from contracts.feeds import FEEDS
from contracts.fields import Field, Kind
from contracts.settings import FeedSettings

# Fewer examples than Hypothesis's own number, as each receives several files.
FEW = settings() if IS_SOAK else settings(max_examples=6)

SMALL = {
    "cin_aliases": "alias_cin,cin,reason,valid_from",
    "provider_enrollments": "staff_id,program,enrolled_from,enrolled_to",
    "deposits": "deposit_id,trace_number,deposited_on,amount,method",
}
ROWS = {
    "cin_aliases": "{key},{value},merged,2026-01-01",
    "provider_enrollments": "{key},medi_cal,2026-01-01,2026-12-0{value}",
    "deposits": "{key},{value},2026-01-01,{value}.00,eft",
}
BY_SOURCE = FeedSettings(version_order="source_updated_at")
WAYS = [
    FeedSettings(),
    FeedSettings(mode="snapshot"),
    BY_SOURCE,
    FeedSettings(mode="snapshot", version_order="source_updated_at"),
]

# A file of a small feed: keys, each in a version of the source system's.
Delivery = list[tuple[str, int]]
DELIVERIES = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), min_size=1, max_size=4),
    min_size=1,
    max_size=3,
)
SENT = st.dictionaries(st.sampled_from(list(SMALL)), DELIVERIES, min_size=2, max_size=3)


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    made = Trials(tmp_path_factory.mktemp("trials"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    made = Trials(tmp_path_factory.mktemp("elsewhere"))
    yield made
    made.close()


def export(feed: str, rows: Delivery) -> bytes:
    """The version tells the value, when it was written, and whether it is deleted (4 and 8)."""
    lines = [
        f"{ROWS[feed].format(key=key, value=version)},{'' if version % 4 else 'deleted'},"
        f"2026-06-01T0{version}:00Z"
        for key, version in rows
    ]
    return "\n".join([f"{SMALL[feed]},record_status,source_updated_at", *lines, ""]).encode()


def held(trial: Trial, sent: dict[str, list[Delivery]], turns: list[str]) -> dict[str, list[tuple]]:
    """The feeds' current facts once all is received, the feeds taking turns."""
    waiting = {feed: iter(deliveries) for feed, deliveries in sent.items()}
    for feed in turns:
        trial.take(feed, export(feed, next(waiting[feed])))
    return {feed: trial.current(feed).rows() for feed in sorted(sent)}


def turns_of(sent: dict[str, list[Delivery]]) -> list[str]:
    return [feed for feed, deliveries in sent.items() for _ in deliveries]


@FEW
@given(sent=SENT, draw=st.randoms(use_true_random=False))
def test_the_order_in_which_feeds_arrive_never_matters(
    trials: Trials, sent: dict[str, list[Delivery]], draw: Random
) -> None:
    how = {feed: draw.choice(WAYS) for feed in sent}
    one_by_one = turns_of(sent)
    mixed = draw.sample(one_by_one, len(one_by_one))
    assert held(trials.begin(how), sent, mixed) == held(trials.begin(how), sent, one_by_one)


@FEW
@given(sent=SENT, draw=st.randoms(use_true_random=False))
def test_ordered_by_the_source_a_feed_may_arrive_in_any_order(
    trials: Trials, sent: dict[str, list[Delivery]], draw: Random
) -> None:
    how = dict.fromkeys(sent, BY_SOURCE)
    shuffled = {feed: draw.sample(files, len(files)) for feed, files in sent.items()}
    trial = trials.begin(how)
    assert held(trial, sent, turns_of(sent)) == held(trials.begin(how), shuffled, turns_of(sent))
    for feed, deliveries in sent.items():
        rows = trial.current(feed)
        versions = rows["source_updated_at"].dt.hour()
        assert dict(zip(rows[FEEDS[feed].key[0]], versions, strict=True)) == newest(deliveries)


def newest(deliveries: list[Delivery]) -> dict[str, int]:
    """What must hold, told from the files: of each key the highest version, if it is not deleted.

    Of one file the last row of a key counts.
    """
    told = [row for rows in deliveries for row in dict(rows).items()]
    highest = {key: max(version for one, version in told if one == key) for key, _ in told}
    return {key: version for key, version in highest.items() if version % 4}


SOUND = {
    Kind.DATE: "2026-01-02",
    Kind.MONTH: "2026-01",
    Kind.TIMESTAMP: "2026-01-02T08:00:00-08:00",
    Kind.TIME: "08:30",
    Kind.INTEGER: "15",
    Kind.MONEY: "12.50",
    Kind.QUANTITY: "1.5",
    Kind.FLAG: "yes",
}
SINS = [
    "", " ", "31/12/2025", "2026-02-30", "1.250,00", "-1", "|", "N", "not-a-value", "=1+1", "\0",
    "\x85", 'a "quoted" word', "two\r\nlines", "é\u2028\U0001f600", "9" * 40, ",,,", "NULL",
]  # fmt: skip
RICH = ["custody_stays", "screenings", "coverage", "other_payer_payments", "deposits", "people"]


def sound(field: Field, draw: Random) -> str:
    if field.allowed:
        return draw.choice(field.allowed)
    return SOUND.get(field.kind, "34" if field.pattern else "word")


def sinful(feed: str, draw: Random) -> list[list[str]]:
    """Rows of a feed with wrong, missing and strange values, repeated keys, missing columns."""
    rows = []
    for _ in range(draw.randint(0, 7)):
        row = [
            f"k{draw.randint(1, 4)}"
            if column.is_key and column.field.kind is Kind.TEXT
            else sound(column.field, draw)
            for column in FEEDS[feed].columns
        ]
        for _ in range(draw.choice([0, 0, 0, 1, 2])):
            row[draw.randrange(len(row))] = draw.choice(SINS)
        rows.append(draw.choice([row, row, row, row, row[:-1], [*row, "more"], ["x"]]))
    return rows


def as_file(feed: str, rows: list[list[str]], end: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([FEEDS[feed].names, *rows])
    return text.getvalue().encode()


@settings(FEW, max_examples=2 * FEW.max_examples)
@given(feed=st.sampled_from(RICH), draw=st.randoms(use_true_random=False))
def test_every_row_of_a_file_has_one_fate(trials: Trials, feed: str, draw: Random) -> None:
    trial = trials.begin()
    first = sinful(feed, draw)
    second = sinful(feed, draw) + draw.sample(first, len(first) // 2)  # duplicates among them
    for rows in (first, second):
        outcome = trial.take(feed, as_file(feed, rows, draw.choice(["\n", "\r\n"])))
        if outcome.state == "known":  # by chance the same bytes
            continue
        fates = trial.fates(outcome.file_id, feed)
        told = outcome.counts
        assert [*map(len, fates)] == [
            told.accepted_count,
            told.quarantined_count,
            told.duplicate_count,
        ]
        assert sorted(number for one in fates for number in one) == [*range(1, len(rows) + 1)]


REPLAYS = count()


@FEW
@given(draw=st.randoms(use_true_random=False))
def test_the_archive_received_again_gives_the_same(
    trials: Trials, elsewhere: Trials, draw: Random
) -> None:
    feeds = draw.sample(RICH, 2)
    how = {feed: draw.choice(WAYS[:2]) for feed in feeds}
    agency = f"replay{next(REPLAYS)}"  # ids of files cover the agency
    first, sent = trials.begin(how, agency), []
    for _ in range(draw.randint(2, 5)):
        feed = draw.choice(feeds)
        sent.append((feed, as_file(feed, sinful(feed, draw), "\n")))
        first.take(*draw.choice(sent), again=draw.random() < 0.5)
    second = elsewhere.begin(how, agency)
    for file in first.accepted():
        second.take(
            file.feed, first.archived(file), again=file.ordinal > 1, received_at=file.received_at
        )
    assert first.kept(feeds) == second.kept(feeds)
    for feed in feeds:
        assert first.current(feed).equals(second.current(feed))
