"""Inbox: the commit protocol, end to end on a real ledger and a real lake."""

from datetime import timedelta
from pathlib import Path

import pytest
from inbox_life import (
    AGENCY,
    FEED,
    HEADER,
    NAMED,
    START,
    TABLE,
    at_work,
    current,
    put,
    rows,
    state,
    take_all,
    told,
)

from contracts.errors import UsageError
from pipelines.io import copies
from pipelines.io.home import Home
from pipelines.io.inbox import landed
from pipelines.io.readers import limits
from pipelines.io.receipts import receipts

pytestmark = pytest.mark.usefixtures("lake_opened_once")


def test_a_file_goes_from_inbox_to_facts_and_archive(home: Home) -> None:
    content = rows("a 1", "b 2", "c 3 whim")
    put(home, content, f"{NAMED}.CSV")
    (outcome,) = take_all(home)
    assert told(outcome) == ("accepted", 2, 1, 0)
    kept = state(home)
    assert [row[3:] for row in kept["facts"]] == [("a", "1"), ("b", "2")]
    assert kept["inbox"] == []
    assert kept["archive"] == [f"{FEED}/{outcome.file_id}.csv"]
    archived = home.archive(AGENCY) / FEED / f"{outcome.file_id}.csv"
    assert archived.read_bytes() == content
    assert archived.stat().st_mode & 0o777 == 0o600


def test_bytes_seen_before_change_nothing_unless_asked_for(home: Home) -> None:
    content = rows("a 1")
    put(home, content)
    (first,) = take_all(home)
    before = state(home)
    put(home, content, "the same again.csv")
    (second,) = take_all(home, hour=1)
    assert told(second) == ("known", None)
    assert second.file_id == first.file_id
    assert state(home) == before
    with at_work(home, hour=2) as workspace:
        path = put(home, content)
        third = workspace.inbox.take(FEED, path, again=True)
    assert told(third) == ("accepted", 0, 0, 1)
    assert third.file_id != first.file_id
    assert current(home) == {"a": "1"}


def test_later_files_change_earlier_facts(home: Home) -> None:
    for hour, content in enumerate((rows("a 1", "b 1"), rows("a 2", "b 1"), rows("a 1"))):
        put(home, content)
        take_all(home, hour=hour)
    assert current(home) == {"a": "1", "b": "1"}
    assert len(state(home)["facts"]) == 4  # b is an exact duplicate once


REFUSED: list[tuple[str, str, bytes, str]] = [
    ("empty", "export.csv", b"", "empty_file"),
    ("no CSV", "export.csv", f'{HEADER}\n"SMITH'.encode(), "not_csv"),
    ("not UTF-8", "export.csv", HEADER.encode() + b"\nSM\xffTH,1,merged,2026-01-01\n", "not_utf8"),
    ("a column is missing", "export.csv", b"alias_cin\nSMITH\n", "missing_column"),
    ("no header", "export.csv", b"SMITH,1,merged,2026-01-01\n", "missing_column"),
    ("a column is foreign", "export.csv", f"{HEADER},SMITH\n".encode(), "unknown_column"),
    ("a column stands twice", "export.csv", f"{HEADER},cin\n".encode(), "repeated_column"),
    ("another kind of file", "export.xls", rows("a 1"), "unknown_kind"),
    ("no suffix", "export", rows("a 1"), "unknown_kind"),
    ("Parquet in name only", "export.parquet", rows("SMITH 1"), "wrong_kind"),
]


@pytest.mark.parametrize(("said", "name", "content", "code"), REFUSED)
def test_a_refused_file_leaves_no_row_and_lies_apart(
    home: Home, said: str, name: str, content: bytes, code: str
) -> None:
    put(home, content, f"{NAMED}.{name}")
    (outcome,) = take_all(home)
    assert told(outcome) == ("refused", code), said
    assert outcome.message is not None
    assert outcome.file_id in outcome.message
    assert "SMITH" not in outcome.message
    kept = state(home)
    assert (kept["facts"], kept["quarantine"], kept["inbox"]) == ([], [], [])
    (lies,) = kept["archive"]
    assert lies.startswith(f"refused/{outcome.file_id}")
    assert "SMITH" not in lies
    assert (home.archive(AGENCY) / lies).read_bytes() == content
    put(home, content, name)
    assert told(take_all(home, hour=1)[0]) == ("known", code)


def test_a_file_put_into_the_wrong_folder_may_be_put_into_the_right_one(home: Home) -> None:
    put(home, rows("a 1"), feed="people")
    assert told(take_all(home)[0]) == ("refused", "missing_column")
    put(home, rows("a 1"))
    assert told(take_all(home, hour=1)[0]) == ("accepted", 1, 0, 0)


def test_a_file_over_the_limit_is_refused_and_the_others_are_taken(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 80)
    put(home, rows(*(f"k{number} 1" for number in range(20))), "1.csv")
    put(home, rows("a 1"), "2.csv")
    assert [told(one) for one in take_all(home)] == [
        ("refused", "too_large"),
        ("accepted", 1, 0, 0),
    ]


def test_a_file_received_in_the_past_is_for_sandboxes(home: Home) -> None:
    put(home, rows("a 2"))
    take_all(home)
    earlier = START - timedelta(days=1)
    path = put(home, rows("a 1"))
    with at_work(home, hour=1) as workspace:
        assert told(workspace.inbox.take(FEED, path, received_at=earlier))[0] == "accepted"
    assert current(home) == {"a": "2"}  # what was received later holds
    text = home.settings_path.read_text().replace("sandbox = true", "sandbox = false")
    home.settings_path.write_text(text)
    path = put(home, rows("a 0"))
    with (
        at_work(Home(home.root), hour=1) as workspace,
        pytest.raises(UsageError, match="not after agency 34's last receipt"),
    ):
        workspace.inbox.take(FEED, path, received_at=earlier + timedelta(hours=1))
    assert path.exists()


def test_links_are_not_followed_and_unfinished_files_wait(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(rows("a 1"))
    link = home.inbox(AGENCY, FEED) / f"{NAMED}.csv"
    link.symlink_to(elsewhere)
    for name in (".hidden.csv", "export.csv.part", "export.tmp", "export.filepart"):
        put(home, rows("b 1"), name)
    (home.inbox(AGENCY, FEED) / "folder.csv").mkdir()
    assert landed(home, AGENCY) == []
    with at_work(home) as workspace:
        outcome = workspace.inbox.take(FEED, link)
    assert told(outcome) == ("refused", "unreadable")
    assert "SMITH" not in str(outcome)
    assert link.is_symlink()
    assert elsewhere.exists()


def test_a_file_that_is_gone_is_an_outcome(home: Home) -> None:
    with at_work(home) as workspace:
        outcome = workspace.inbox.take(FEED, home.inbox(AGENCY, FEED) / f"{NAMED}.csv")
    assert told(outcome) == ("gone", None)
    assert "SMITH" not in str(outcome)


def test_a_file_written_to_while_it_was_read_is_not_removed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export written over last night's, under the same name, must not get lost."""
    path = put(home, rows("a 1"))
    keep = copies.Copy.keep

    def overwritten(copy: copies.Copy, kept: Path) -> None:
        path.write_bytes(rows("a 2"))
        keep(copy, kept)

    monkeypatch.setattr(copies.Copy, "keep", overwritten)
    assert told(take_all(home)[0]) == ("accepted", 1, 0, 0)
    monkeypatch.undo()
    assert told(take_all(home, hour=1)[0]) == ("accepted", 1, 0, 0)
    assert current(home) == {"a": "2"}


def test_a_named_file_outside_the_inbox_stays_where_it_is(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(rows("a 1"))
    with at_work(home) as workspace:
        assert told(workspace.inbox.take(FEED, path)) == ("accepted", 1, 0, 0)
    assert path.exists()


def test_a_snapshot_that_withdraws_much_is_taken_on_demand(home: Home) -> None:
    with home.settings_path.open("a") as settings:
        settings.write(f'\n[agency.{AGENCY}.feed.{FEED}]\nmode = "snapshot"\n')
    home = Home(home.root)
    put(home, rows("a 1", "b 1", "c 1"))
    take_all(home)
    half = rows("a 1")
    put(home, half)
    assert told(take_all(home, hour=1)[0]) == ("refused", "withdrawals")
    assert current(home) == {"a": "1", "b": "1", "c": "1"}
    path = put(home, half)
    with at_work(home, hour=2) as workspace:
        taken = workspace.inbox.take(FEED, path, again=True, accept_withdrawals=True)
    assert told(taken) == ("accepted", 0, 0, 1)
    assert current(home) == {"a": "1"}


def test_rows_that_the_lake_has_lost_or_doubled_break_the_receipts(home: Home) -> None:
    put(home, rows("a 1", "b 1"))
    (outcome,) = take_all(home)
    changes = [
        lambda lake: lake.append(TABLE, lake.read(TABLE).head(1)),
        lambda lake: lake.remove(TABLE, "alias_cin", "b"),
    ]
    sound = state(home)
    for change in changes:
        with at_work(home) as workspace:
            kept = workspace.lake.read(TABLE)
            workspace.lake.transact(change)
            assert receipts(workspace)[FEED].breaks == (outcome.file_id,)
            workspace.lake.transact(lambda lake, kept=kept: lake.replace(TABLE, kept))
    assert state(home) == sound
