"""History: what became of each version of a key, and by which file."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from received_files import BY_SOURCE, FEED, SNAPSHOT, USUAL, Received, history, rows_of

from contracts.settings import FeedSettings
from pipelines.stages.history import history as versions_of

BOTH = FeedSettings("source_updated_at", "snapshot")


def files_of(received: Received) -> pl.DataFrame:
    columns = ["file_id", "received_at"]
    return pl.concat([received.facts.select(columns), received.duplicates.select(columns)]).unique()


def told(received: Received, key: str | None = None) -> pl.DataFrame:
    facts = received.facts if key is None else received.facts.filter(alias_cin=key)
    return versions_of(
        FEED, facts, received.duplicates, files_of(received), received.settings
    ).join(received.facts.select("file_id", "row_number", "cin"), on=["file_id", "row_number"])


def drawn(received: Received) -> list[str]:
    """`file value status changed withdrawn-by seen-again`, a version of key a a line."""
    return [
        " ".join(
            (
                row["file_id"].removeprefix("file"),
                row["cin"],
                row["status"],
                "-" if row["changed"] is None else ",".join(row["changed"]) or "none",
                ",".join(row["withdrawn_by"]).replace("file", "") or "-",
                ",".join(f"{one['file_id'][4:]}:{one['row_number']}" for one in row["seen_again"])
                or "-",
            )
        )
        for row in told(received, "a").sort("version").iter_rows(named=True)
    ]


# One file a text; then the versions of key a: file value status changed withdrawn-by seen-again.
HISTORIES: list[tuple[str, FeedSettings, list[str], list[str]]] = [
    ("a later file brings a newer version", USUAL, ["a 1", "b 1\na 2"],
     ["1 1 superseded - - -",
      "2 2 current cin - -"]),
    ("back to an older one is a version again", USUAL, ["a 1", "a 2", "a 1"],
     ["1 1 superseded - - -",
      "2 2 superseded cin - -",
      "3 1 current cin - -"]),
    ("equal rows are seen again, each by the version it equals", USUAL,
     ["a 1", "b 1\na 1", "a 2", "a 1", "a 1"],
     ["1 1 superseded - - 2:2",
      "3 2 superseded cin - -",
      "4 1 current cin - 5:1"]),
    ("deleted", USUAL, ["a 1", "a 1 deleted"],
     ["1 1 superseded - - -",
      "2 1 deleted record_status - -"]),
    ("deleted and back", USUAL, ["a 1", "a 1 deleted", "a 1"],
     ["1 1 superseded - - -",
      "2 1 superseded record_status - -",
      "3 1 current record_status - -"]),
    ("a delta that does not name a key says nothing", USUAL, ["a 1", "b 1"],
     ["1 1 current - - -"]),
    ("a snapshot that does not name it withdraws it, once", SNAPSHOT,
     ["a 1\nb 1", "b 1", "b 2"],
     ["1 1 withdrawn - 2 -"]),
    ("and one that names it again brings it back", SNAPSHOT, ["a 1\nb 1", "b 1", "a 1\nb 1"],
     ["1 1 current - 2 3:1"]),
    ("withdrawn, back as another, withdrawn", SNAPSHOT, ["a 1\nb 1", "b 1", "a 2\nb 1", "b 1"],
     ["1 1 superseded - 2 -",
      "3 2 withdrawn cin 4 -"]),
    ("a late older version comes before the one it precedes", BY_SOURCE,
     ["a 1 active 9", "a 3 active 11", "a 2 active 10"],
     ["1 1 superseded - - -",
      "3 2 superseded cin,source_updated_at - -",
      "2 3 current cin,source_updated_at - -"]),
    ("a snapshot withdraws the newest, though an older one was seen last", BOTH,
     ["a 2 active 11\nb 1 active 9", "a 1 active 10\nb 1 active 9", "b 1 active 9"],
     ["2 1 superseded - - -",
      "1 2 withdrawn cin,source_updated_at 3 -"]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "settings", "files", "expected"), HISTORIES)
def test_versions_of_a_key(
    said: str, settings: FeedSettings, files: list[str], expected: list[str]
) -> None:
    assert drawn(history(*files, settings=settings)) == expected, said


def test_a_key_nobody_sent_has_no_history() -> None:
    assert drawn(history("b 1")) == []


LINES = st.dictionaries(
    st.sampled_from("abc"),
    st.tuples(
        st.sampled_from("12"), st.sampled_from(["active", "deleted"]), st.integers(8, 11)
    ),
    min_size=1,
)  # fmt: skip


@given(
    files=st.lists(LINES, min_size=1, max_size=4),
    settings=st.sampled_from([USUAL, SNAPSHOT, BY_SOURCE, BOTH]),
)
def test_the_current_versions_are_the_current_facts(
    files: list[dict[str, tuple[str, str, int]]], settings: FeedSettings
) -> None:
    received = Received(settings)
    for number, file in enumerate(files, start=1):
        text = "\n".join(f"{key} {' '.join(map(str, line))}" for key, line in file.items())
        received.take(number, rows_of(text))
    rows = told(received)
    current = rows.filter(status="current").select("alias_cin", "cin").rows()
    assert sorted(current) == sorted(received.current().items())
    withdrawn = rows.filter(status="withdrawn")
    assert all(withdrawn["withdrawn_by"].list.len() > 0)
    seen = rows["seen_again"].list.len().sum()
    assert rows.height + seen == received.facts.height + received.duplicates.height
