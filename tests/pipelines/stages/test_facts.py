"""Facts: which version of a key is the current one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from received_files import (
    BY_SOURCE,
    SNAPSHOT,
    USUAL,
    Received,
    at,
    history,
    rows_of,
)

from contracts.settings import FeedSettings
from pipelines.stages.facts import known

HISTORIES: list[tuple[str, FeedSettings, list[str], dict[str, str]]] = [
    ("the version received later is the newer", USUAL, ["a 1\nb 1", "a 2"], {"a": "2", "b": "1"}),
    ("back to an older version", USUAL, ["a 1", "a 2", "a 1"], {"a": "1"}),
    ("deleted withdraws", USUAL, ["a 1\nb 1", "a 1 deleted"], {"b": "1"}),
    ("and active brings back", USUAL, ["a 1", "a 1 deleted", "a 1"], {"a": "1"}),
    ("of an unknown key, too", USUAL, ["a 1 deleted"], {}),
    ("a delta says nothing of other keys", USUAL, ["a 1\nb 1", "c 1"],
     {"a": "1", "b": "1", "c": "1"}),
    ("the last row of a key in a file", USUAL, ["a 1\nb 1\na 2"], {"a": "2", "b": "1"}),
    ("by the source's clock, whenever received", BY_SOURCE,
     ["a 1 active 9", "a 2 active 11", "a 3 active 10"], {"a": "2"}),
    ("at the same time of the source, the one received later", BY_SOURCE,
     ["a 1 active 9", "a 2 active 9"], {"a": "2"}),
    ("the source deleted it before it changed it", BY_SOURCE,
     ["a 2 active 11", "a 1 deleted 10"], {"a": "2"}),
    ("a snapshot withdraws what it does not name", SNAPSHOT, ["a 1\nb 1", "a 1"], {"a": "1"}),
    ("by versions new and same alike", SNAPSHOT, ["a 1\nb 1\nc 1", "a 2\nb 1"],
     {"a": "2", "b": "1"}),
    ("a key that comes back", SNAPSHOT, ["a 1\nb 1", "b 1", "a 1\nb 1"], {"a": "1", "b": "1"}),
    ("a snapshot may say deleted as well", SNAPSHOT, ["a 1\nb 1", "a 1\nb 1 deleted"], {"a": "1"}),
    ("a snapshot in which the source's clock went back names its keys all the same",
     FeedSettings("source_updated_at", "snapshot"),
     ["a 2 active 11\nb 1 active 9", "a 1 active 10"], {"a": "2"}),
]  # fmt: skip


@pytest.mark.parametrize(("said", "settings", "files", "expected"), HISTORIES)
def test_versions(
    said: str, settings: FeedSettings, files: list[str], expected: dict[str, str]
) -> None:
    assert history(*files, settings=settings).current() == expected, said


def test_the_past_is_as_it_was_known() -> None:
    received = history("a 1\nb 1", "a 2", "b 1 deleted")
    assert [received.current(until) for until in (1, 2, 3, 4)] == [
        {},
        {"a": "1", "b": "1"},
        {"a": "2", "b": "1"},
        {"a": "2"},
    ]


def test_only_rows_of_accepted_files_are_known() -> None:
    frame = history("a 1", "a 2", "a 3").facts
    seen = known(frame, ["file1", "file3"], at(2))
    assert seen.select("file_id", "cin").rows() == [("file1", "1")]


FILES = st.lists(
    st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"), min_size=1),
    min_size=3,
    max_size=3,
)


def drawn(file: dict[str, str]) -> str:
    return "\n".join(f"{key} {value}" for key, value in file.items())


@given(data=st.data(), files=FILES)
def test_no_order_of_work_changes_what_holds(
    data: st.DataObject, files: list[dict[str, str]]
) -> None:
    """A kill or a second process may finish an earlier file after a later one."""
    last: dict[str, str] = {}
    for file in files:
        last |= file
    received = Received(USUAL)
    for number in data.draw(st.permutations(range(len(files)))):
        received.take(number + 1, rows_of(drawn(files[number])))
    assert received.current() == last


def test_a_duplicate_outlives_a_change_that_was_worked_through_later() -> None:
    received = Received(USUAL)
    for number, drawing in ((1, "b 1"), (3, "b 1"), (2, "b 2")):
        received.take(number, rows_of(drawing))
    assert received.duplicates.height == 1
    assert received.current() == {"b": "1"}
    assert received.current(until=3) == {"b": "2"}


@given(files=FILES)
def test_a_snapshot_feed_holds_its_newest_file(files: list[dict[str, str]]) -> None:
    received = Received(SNAPSHOT)
    for number, file in enumerate(files, start=1):
        received.take(number, rows_of(drawn(file)))
        assert received.current() == file


@given(
    versions=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 23)), min_size=1, max_size=4)
)
def test_by_the_sources_clock_its_last_change_holds(versions: list[tuple[str, int]]) -> None:
    received = Received(BY_SOURCE)
    last: dict[str, tuple[int, int]] = {}
    for number, (key, hour) in enumerate(versions, start=1):
        received.take(number, rows_of(f"{key} {number} active {hour}"))
        last[key] = max(last.get(key, (-1, -1)), (hour, number))
    assert received.current() == {key: str(number) for key, (_, number) in last.items()}
