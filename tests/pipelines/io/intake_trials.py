"""Trials of intake: one ledger and one lake on disk, in which each trial is an agency of its own.

Opening a lake costs more than a trial. Agencies share it here: what a file has brought is known by
its id, which covers the agency.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import polars as pl

from contracts.feeds import EXACT_DUPLICATES, QUARANTINE, facts
from contracts.settings import FeedSettings
from contracts.tables import Table
from pipelines.io.home import Home, settings_text, write_private
from pipelines.io.inbox import Outcome
from pipelines.io.ledger import files
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.workspace import View, Workspace, open_lake

NOW = datetime(2026, 11, 1, 18, tzinfo=UTC)
START = NOW - timedelta(days=30)
LAKE = "34"
TRIALS_A_HOME = 50
ORIGIN = ["file_id", "received_at", "row_number", "mapping_hash"]


@dataclass
class Trial:
    """One agency; its files are received an hour apart."""

    workspace: Workspace
    hours: Iterator[int] = field(default_factory=count)

    def take(
        self, feed: str, content: bytes, *, again: bool = False, received_at: datetime | None = None
    ) -> Outcome:
        """Receive a file, withdrawals accepted."""
        hour = next(self.hours)
        path = self.workspace.home.root / "landed.csv"
        path.write_bytes(content)
        return self.workspace.inbox.take(
            feed, path, received_at=received_at or START + timedelta(hours=hour), again=again,
            accept_withdrawals=True,
        )  # fmt: skip

    def accepted(self) -> list[files.FileRow]:
        with self.workspace.ledger.read() as connection:
            return files.accepted(connection, self.workspace.agency.id, NOW)

    def archived(self, file: files.FileRow) -> bytes:
        folder = self.workspace.home.archive(self.workspace.agency.id) / file.feed
        return (folder / f"{file.file_id}.csv").read_bytes()

    def current(self, feed: str) -> pl.DataFrame:
        """The rows that hold, without where they came from."""
        return View(self.workspace, NOW.date(), NOW).current(feed).drop(ORIGIN)

    def fates(self, file_id: str, feed: str) -> list[list[int]]:
        """Row numbers accepted, quarantined and exact duplicates, each of them sorted."""
        tables = (facts(feed), QUARANTINE, EXACT_DUPLICATES)
        accepted, quarantined, duplicate = (
            self._rows(table, [file_id])["row_number"].to_list() for table in tables
        )
        return [accepted, sorted(set(quarantined)), duplicate]

    def kept(self, feeds: list[str]) -> dict[str, list[tuple[object, ...]]]:
        """All that the lake holds of the accepted files."""
        ids = [file.file_id for file in self.accepted()]
        tables = [*map(facts, feeds), QUARANTINE, EXACT_DUPLICATES]
        return {table.name: self._rows(table, ids).rows() for table in tables}

    def _rows(self, table: Table, ids: list[str]) -> pl.DataFrame:
        return self.workspace.lake.read_files(table, ids).sort("file_id", "row_number", pl.all())


class Trials:
    """Homes in which trials are made: a new one after some trials, as a lake grows slower."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._numbers = count()
        self._left = 0
        self._open = ExitStack()

    def close(self) -> None:
        self._open.close()

    def begin(self, feeds: dict[str, FeedSettings] | None = None, agency: str = "") -> Trial:
        """An agency that has received nothing yet, its feeds set so."""
        number = next(self._numbers)
        if not self._left:
            self._renew(self.root / f"home{number}")
        self._left -= 1
        agency = agency or f"trial{number}"
        sections = [
            f'[agency.{agency}.feed.{name}]\nversion_order = "{one.version_order}"\n'
            f'mode = "{one.mode}"\n'
            for name, one in (feeds or {}).items()
        ]
        text = settings_text(agency, "34", sandbox=True) + "".join(sections)
        write_private(self._home / "reentry.toml", text.encode())
        home = Home(self._home)
        return Trial(Workspace(home, home.agency(agency), "admin", self._ledger, self._lake))

    def _renew(self, root: Path) -> None:
        self._open.close()
        home = Home.init(root, LAKE, "34", sandbox=True)
        self._home, self._left = home.root, TRIALS_A_HOME
        self._ledger = Ledger.create_or_upgrade(home.ledger_url, now=NOW, is_sandbox=True)
        self._open.callback(self._ledger.close)
        self._lake = self._open.enter_context(open_lake(home, LAKE))
