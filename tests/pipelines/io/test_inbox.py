"""Inbox: the commit protocol, end to end on a real ledger and a real lake."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import UsageError
from contracts.feeds import EXACT_DUPLICATES, FEEDS, QUARANTINE, RESPONSES, facts
from pipelines.io import copies
from pipelines.io.home import Home
from pipelines.io.inbox import Inbox, landed
from pipelines.io.lake import Lake
from pipelines.io.ledger import files
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outcome import Outcome
from pipelines.io.readers import limits
from pipelines.io.receipts import receipts
from pipelines.io.workspace import Workspace, open_lake
from pipelines.stages import facts as stage_facts

START = datetime(2026, 11, 1, 18, tzinfo=UTC)
AGENCY, FEED = "34", "cin_aliases"
TABLE = facts(FEED)
HEADER = "alias_cin,cin,reason,valid_from"
NAMED = "SMITH_JOHN_19800101"

LAKES: dict[Path, Lake] = {}


@pytest.fixture(scope="module")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("extensions")


@pytest.fixture
def home(home: Home, extensions: Path) -> Iterator[Home]:
    """As everywhere, but its lake is opened once: that costs more than all the rest."""
    (home.root / "lake" / "extensions").symlink_to(extensions)
    with open_lake(home, AGENCY) as LAKES[home.root]:
        yield home
    del LAKES[home.root]


@contextmanager
def at_work(home: Home, *, hour: int = 0) -> Iterator[Workspace]:
    """The home, open some hours after the start."""
    now = START + timedelta(hours=hour)
    ledger = Ledger.open(home.ledger_url, now=now, is_sandbox=home.settings.sandbox)
    try:
        yield Workspace(home, home.agency(AGENCY), "admin", ledger, LAKES[home.root])
    finally:
        ledger.close()


def rows(*drawn: str) -> bytes:
    """A file of `alias cin` pairs; anything else after them stands for reason and valid_from."""
    lines = []
    for row in drawn:
        alias, cin, *more = row.split()
        lines.append(",".join([alias, cin, *(more or ["merged", "2026-01-01"])]))
    return "\n".join([HEADER, *lines, ""]).encode()


def put(home: Home, content: bytes, name: str = "export.csv", feed: str = FEED) -> Path:
    path = home.inbox(AGENCY, feed) / name
    path.write_bytes(content)
    return path


def take_all(home: Home, **when: Any) -> list[Outcome]:
    with at_work(home, **when) as workspace:
        return list(workspace.inbox.take_all())


def told(outcome: Outcome) -> tuple[Any, ...]:
    """State, then accepted, quarantined and duplicates, or the code of the refusal."""
    counts = outcome.counts
    if counts is None:
        return (outcome.state, outcome.code)
    return (
        outcome.state,
        *(counts.accepted_count, counts.quarantined_count, counts.duplicate_count),
    )


def state(home: Home) -> dict[str, Any]:
    """All that is kept of the feed, and where the files lie."""
    with at_work(home) as one, one.ledger.read() as connection:
        assert all(seen.is_conserved for seen in receipts(one).values())
        columns = ["file_id", "received_at", "row_number", "alias_cin", "cin"]
        return {
            "facts": one.lake.read(TABLE, columns=columns).sort(columns).rows(),
            "quarantine": one.lake.read(QUARANTINE).sort(QUARANTINE.key).rows(),
            "files": [
                (f.file_id, f.state, f.received_at, f.row_count)
                for f in files.everything(connection, AGENCY)
            ],
            "inbox": sorted(path.name for path in home.inbox(AGENCY, FEED).iterdir()),
            "archive": sorted(
                str(path.relative_to(home.archive(AGENCY)))
                for path in home.archive(AGENCY).rglob("*")
                if path.is_file() and path.suffix != ".lock"
            ),
        }


def current(home: Home) -> dict[str, str]:
    """Key to value of the rows that hold."""
    with at_work(home) as one:
        kept, again = one.lake.read(TABLE), one.lake.read(EXACT_DUPLICATES)
        held = stage_facts.current(FEEDS[FEED], kept, again, one.agency.feed(FEED))
    return dict(held.select("alias_cin", "cin").rows())


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


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


def _kill(*_: object, **__: object) -> None:
    raise Killed


COMPARED_WITH_THE_FIRST, COMPARED_WITH_BOTH = (1, 0, 1), (0, 0, 2)
KILLS: list[tuple[str, Any, str, tuple[int, int, int]]] = [
    # where, and what then becomes of the rows of a later file that is taken first
    ("before the lake's transaction", Inbox, "_store", COMPARED_WITH_THE_FIRST),
    ("within the lake's transaction", Lake, "append", COMPARED_WITH_THE_FIRST),
    ("between lake and ledger", files, "accept", COMPARED_WITH_THE_FIRST),
    ("between ledger and archive", copies.Copy, "keep", COMPARED_WITH_BOTH),
    ("between archive and inbox", copies.Copy, "remove_landed", COMPARED_WITH_BOTH),
]


@pytest.mark.parametrize(("said", "owner", "step", "later"), KILLS)
def test_a_kill_at_any_step_is_made_good_by_the_next_pass(
    home: Home, monkeypatch: pytest.MonkeyPatch, said: str, owner: Any, step: str,
    later: tuple[int, int, int],
) -> None:  # fmt: skip
    put(home, rows("b 1", "c 1"), "0.csv")
    take_all(home)
    put(home, rows("a 1", "b 1", "c 3 whim", "c 2"), "1.csv")
    with at_work(home, hour=1) as workspace, monkeypatch.context() as fault:
        fault.setattr(owner, step, _kill)
        with pytest.raises(Killed):
            list(workspace.inbox.take_all())
        with workspace.ledger.read() as connection:
            begun = files.everything(connection, AGENCY)[-1]
    put(home, rows("b 1", "c 2"), "0.csv")
    assert told(take_all(home, hour=2)[0]) == ("accepted", *later), said
    kept = state(home)
    assert (begun.file_id, "accepted", begun.received_at, 4) in kept["files"]
    rows_of_it = [row[2:] for row in kept["facts"] if row[0] == begun.file_id]
    assert rows_of_it == [(1, "a", "1"), (4, "c", "2")]
    assert kept["inbox"] == []
    assert f"{FEED}/{begun.file_id}.csv" in kept["archive"]
    assert current(home) == {"a": "1", "b": "1", "c": "2"}


DIES = """
import os, signal, sys
from datetime import datetime
from pipelines.io.home import Home, Path
from pipelines.io.ledger import files
from pipelines.io.workspace import Workspace
files.accept = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
now = datetime.fromisoformat(sys.argv[2])
with Workspace.open(Home.open(Path(sys.argv[1])), "34", now=now, user_id="admin") as workspace:
    list(workspace.inbox.take_all())
"""
TAKES = DIES.replace("files.accept = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n", "")


def begin_process(home: Home, program: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", program, str(home.root), START.isoformat()]
    project = str(Path(__file__).parents[3])
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": project})


def test_a_process_that_dies_leaves_nothing_locked_and_nothing_doubled(home: Home) -> None:
    put(home, rows("a 1", "b 1"))
    assert begin_process(home, DIES).wait(120) == -9
    (outcome,) = take_all(home, hour=1)
    assert told(outcome) == ("accepted", 2, 0, 0)
    kept = state(home)
    assert len(kept["facts"]) == 2
    assert len(kept["archive"]) == 2  # and the copy that the kill has left
    with at_work(home) as workspace:
        assert copies.remove_left_behind(home.archive(AGENCY) / ".tmp", 2**40) == 1
        assert workspace.lake.is_whole()


def test_two_processes_over_one_inbox_take_each_file_once(home: Home) -> None:
    for number in range(4):
        put(home, rows(f"k{number} 1", f"m{number} 1"), f"{number}.csv")
    put(home, interchange(SOUND), "answers.txt", "x12")
    takers = [begin_process(home, TAKES) for _ in range(2)]
    assert [taker.wait(120) for taker in takers] == [0, 0]
    kept = state(home)
    assert [file[1] for file in kept["files"]] == ["accepted"] * 5
    assert len(kept["facts"]) == 8
    assert kept["inbox"] == []
    assert current(home) == {f"{letter}{n}": "1" for letter in "km" for n in range(4)}


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


SOUND = "ST*277*0001~HL*1**20*1~SE*3*0001~"
DAMAGED = "ST*277*0002~NM1*IL*1*SMITH~SE*9*0002~"


def interchange(*sets: str, ends: str = "GE*{count}*5~IEA*1*000000001~") -> bytes:
    isa = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*COUNTY         *250701*1200"
    head = f"{isa}*^*00501*000000001*0*T*:~GS*HN*PAYER*COUNTY*20250701*1200*5*X*005010X214A1~"
    return (head + "".join(sets) + ends.format(count=len(sets))).encode()


ANSWERS: list[tuple[str, bytes, tuple[Any, ...], list[tuple[int, str]]]] = [
    ("sound", interchange(SOUND), ("accepted", 1, 0, 0), []),
    ("one damaged among two", interchange(SOUND, DAMAGED), ("accepted", 1, 1, 0),
     [(2, "SE01 differs from the number of segments")]),
    ("an envelope without its end", interchange(SOUND, ends=""), ("accepted", 1, 2, 0),
     [(2, "GE is missing"), (3, "IEA is missing")]),
    ("damaged throughout", interchange(DAMAGED, ends=""), ("accepted", 0, 3, 0),
     [(1, "SE01 differs from the number of segments"), (2, "GE is missing"),
      (3, "IEA is missing")]),
    ("no X12", b"SMITH,JOHN\n", ("refused", "x12_no_interchange"), []),
]  # fmt: skip


@pytest.mark.parametrize(("said", "content", "expected", "damage"), ANSWERS)
def test_answers_of_the_payer_are_taken_set_by_set(
    home: Home, said: str, content: bytes, expected: tuple[Any, ...], damage: list[tuple[int, str]]
) -> None:
    put(home, content, f"{NAMED}.835", "x12")
    (outcome,) = take_all(home)
    assert told(outcome) == expected, said
    assert "SMITH" not in str(outcome)
    with at_work(home, hour=1) as workspace:
        assert all(seen.is_conserved for seen in receipts(workspace).values())
        sets = workspace.lake.read(RESPONSES)
        broken = workspace.lake.read(QUARANTINE).sort("row_number")
    assert sets["body"].to_list() == [SOUND] * sets.height
    assert broken.select("row_number", "reason").rows() == damage
    assert landed(home, AGENCY) == []


def test_rows_that_the_lake_has_lost_or_doubled_break_the_receipts(home: Home) -> None:
    put(home, rows("a 1", "b 1"))
    (outcome,) = take_all(home)
    changes: list[Callable[[Lake], None]] = [
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
