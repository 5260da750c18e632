"""Hostile files: each ends in one refusal, or in quarantined rows, and harms no neighbour.

All of them wait in one inbox together, names and contents bearing a person's name, and one pass
takes them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hostile_content import CANARY, HEAD, ONE, PERSON, SHEET, parquet
from hostile_refused import REFUSED
from workbook_parts import HEADER, SOUND, row, workbook

from contracts.feeds import EXACT_DUPLICATES, QUARANTINE, facts
from pipelines.io.home import Home
from pipelines.io.inbox import landed, overlooked
from pipelines.io.ledger import files, users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outcome import Outcome
from pipelines.io.workspace import Workspace

AGENCY, FEED = "34", "cin_aliases"
NOW = datetime(2026, 11, 1, 18, tzinfo=UTC)

# Rows accepted and quarantined; a person's row never reaches the facts by half.
TAKEN: list[tuple[str, str, bytes | str, tuple[int, int]]] = [
    ("a NUL in a value", "csv", f"{ONE}SM\0TH,C2,merged,2026-01-01\n", (1, 1)),
    ("control characters in values", "csv",
     f"{ONE}\x1b[2J,C2,merged,2026-01-01\nA3,\x07,merged,2026-01-01\n", (1, 2)),
    ("a NUL in a cell", "xlsx", workbook(SHEET + row(2, "SM_x0000_TH", *SOUND[1:])), (0, 1)),
    ("a NUL in Parquet", "parquet", parquet(
        alias_cin=["SM\0TH"], cin=["1"], reason=["merged"], valid_from=["2026-01-01"]
    ), (0, 1)),
    ("line ends of three kinds", "csv",
     f"{HEAD}\r\nB1,C1,merged,2026-01-01\nB2,C2,merged,2026-01-01\r\nB3,C3,merged,2026-01-01\r",
     (3, 0)),
    ("rows too long and too short", "csv", f"{ONE}{PERSON}\n{PERSON},1,merged,2026-01-01,x\n",
     (1, 2)),
    ("a header alone", "csv", HEAD, (0, 0)),
    ("Parquet without a row", "parquet", parquet(**{name: pl.Series([], dtype=pl.String)
     for name in HEADER}), (0, 0)),
    ("a header alone in a sheet", "xlsx", workbook(SHEET), (0, 0)),
    ("a cell beside the table", "xlsx", workbook(SHEET + row(2, *SOUND, PERSON)), (0, 1)),
    ("an entity that XML itself has", "xlsx", workbook(
        SHEET + row(2, "A&amp;B", *SOUND[1:])
    ), (1, 0)),
]  # fmt: skip


@dataclass(frozen=True)
class Taken:
    home: Home
    workspace: Workspace
    outcomes: dict[str, Outcome]


def opened(home: Home) -> Workspace:
    ledger = Ledger.create_or_upgrade(home.ledger_url, now=NOW, is_sandbox=True)
    with ledger.write(AGENCY, "admin") as tx:
        users.save(tx, "admin", users.RIGHTS)
    ledger.close()
    return Workspace.open(home, AGENCY, now=NOW, user_id="admin")


def path_of(home: Home, said: str, ending: str) -> Path:
    return home.inbox(AGENCY, FEED) / f"{PERSON} {said}.{ending}"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """One pass over an inbox in which every hostile file waits, and after them a sound one."""
    home = Home.init(tmp_path_factory.mktemp("hostile") / "home", AGENCY, "34", sandbox=True)
    names = {}
    for said, ending, content, _ in [*REFUSED, *TAKEN]:
        path = path_of(home, said, ending)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        names[path] = said
    neighbour = home.inbox(AGENCY, FEED) / "zz neighbour.csv"
    neighbour.write_bytes(CANARY.encode())
    names[neighbour] = "neighbour"
    with opened(home) as workspace:
        outcomes = {
            names[path]: workspace.inbox.take(feed, path) for feed, path in landed(home, AGENCY)
        }
        yield Taken(home, workspace, outcomes)


@pytest.mark.parametrize(("said", "ending", "code"), [(a, b, d) for a, b, _, d in REFUSED])
def test_a_hostile_file_is_refused_in_one_message_that_names_no_value(
    taken: Taken, said: str, ending: str, code: str
) -> None:
    outcome = taken.outcomes[said]
    assert (outcome.state, outcome.code) == ("refused", code), outcome.message
    assert outcome.message
    assert outcome.message.startswith(f"{FEED} file {outcome.file_id}")
    assert outcome.message.endswith((".", "?"))
    assert PERSON not in outcome.message
    assert not path_of(taken.home, said, ending).exists()
    with taken.workspace.ledger.read() as connection:
        known = files.get(connection, AGENCY, outcome.file_id)
    assert (known.state, known.refusal_code) == ("refused", code)
    assert (known.refusal_message, known.row_count) == (outcome.message, None)


@pytest.mark.parametrize(("said", "counts"), [(a, d) for a, _, _, d in TAKEN])
def test_rows_that_may_not_be_are_quarantined(
    taken: Taken, said: str, counts: tuple[int, int]
) -> None:
    outcome = taken.outcomes[said]
    assert outcome.state == "accepted", outcome.message
    told = outcome.counts
    assert told is not None
    assert (told.accepted_count + told.duplicate_count, told.quarantined_count) == counts


def test_nothing_of_a_refused_file_is_kept_and_its_neighbour_is_taken(taken: Taken) -> None:
    neighbour = taken.outcomes["neighbour"]
    assert neighbour.state == "accepted"
    accepted = {one.file_id for one in taken.outcomes.values() if one.state == "accepted"}
    lake = taken.workspace.lake
    for table in (facts(FEED), QUARANTINE, EXACT_DUPLICATES):
        assert set(lake.read(table)["file_id"]) <= accepted
    kept = lake.read(facts(FEED))
    assert kept.filter(pl.col("alias_cin").str.contains(PERSON))["file_id"].to_list() == [
        neighbour.file_id
    ]
    assert not kept["alias_cin"].str.contains("\0").any()
    private = taken.home.archive(AGENCY) / ".tmp"
    assert [path.suffix for path in private.iterdir()] == [".lock"]


ROWS = [
    ("Latin-1", "row 2"),
    ("one bad byte far down", "row 5002"),
    ("an open quote", "row 2"),
    ("a row without end", "row 2"),
]


@pytest.mark.parametrize(("said", "where"), ROWS)
def test_the_row_is_named_at_which_a_text_breaks(taken: Taken, said: str, where: str) -> None:
    assert f", {where}: the text " in str(taken.outcomes[said].message)


def test_what_is_no_file_is_left_and_told(taken: Taken, tmp_path: Path) -> None:
    """Links, folders, pipes: none is opened, none is removed, and none hangs."""
    folder = taken.home.inbox(AGENCY, FEED)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{PERSON}.csv").write_text(CANARY)
    (folder / "link.csv").symlink_to(elsewhere / f"{PERSON}.csv")
    (folder / "dangling.csv").symlink_to(tmp_path / "nowhere")
    (folder / "folder.csv").mkdir()
    (folder / "folder.csv" / "inside.csv").write_text(CANARY)
    os.mkfifo(folder / "pipe.csv")
    people = taken.home.inbox(AGENCY, "people")
    people.rmdir()
    people.symlink_to(elsewhere)
    assert landed(taken.home, AGENCY) == []
    assert {path.name for path in overlooked(taken.home, AGENCY)} == {
        "link.csv", "dangling.csv", "inside.csv", "pipe.csv", "people",
    }  # fmt: skip
    for name in ("link.csv", "pipe.csv", "folder.csv"):
        outcome = taken.workspace.inbox.take(FEED, folder / name)
        assert (outcome.state, outcome.code) == ("refused", "unreadable")
        assert PERSON not in str(outcome.message)
        assert os.path.lexists(folder / name)


def test_a_file_that_may_not_be_read_stays(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    path = taken.home.inbox(AGENCY, FEED) / f"{PERSON}.csv"
    path.write_text(CANARY)
    path.chmod(0)
    opened = os.open

    def denied(name: Path, *flags: int) -> int:
        """As for everybody but the superuser, who runs the tests on some machines."""
        if name == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(name, *flags)

    monkeypatch.setattr(os, "open", denied)
    outcome = taken.workspace.inbox.take(FEED, path)
    monkeypatch.undo()
    assert path.exists()
    assert (outcome.state, outcome.code) == ("refused", "unreadable")
    assert PERSON not in str(outcome.message)
    path.unlink()
