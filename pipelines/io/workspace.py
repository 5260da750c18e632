"""Workspace: one agency of an open home, its ledger, lake, inbox and code sets, at one `now`.

A `View` is what a run looks at: facts and ledger rows as far as they were known at its instant.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from codesets.loader import CodeSets
from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError, UsageError
from contracts.feeds import EXACT_DUPLICATES, FEEDS, X12, facts, sources
from contracts.parsing import LOCAL_ZONE
from contracts.policy import Policy
from contracts.settings import Agency
from contracts.tables import Table, table
from pipelines.io.home import Home
from pipelines.io.inbox import Inbox
from pipelines.io.lake import Lake, catalog_of
from pipelines.io.ledger import batch_claims, claim_lines, files, runs, submissions
from pipelines.io.ledger.files import FileRow
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.runs import RunRow
from pipelines.io.quarantine_keys import named_in_quarantine
from pipelines.io.recent import Recent
from pipelines.stages import facts as stage_facts

EVER = datetime.max.replace(tzinfo=UTC)

# Which run wrote each derived table last: a run overtaken by another cannot be completed.
WRITTEN_BY = table("written_by", "The run that wrote each derived table.", "*table_name run_id")


def local_day(instant: datetime) -> date:
    """The Los Angeles date of an instant."""
    return instant.astimezone(ZoneInfo(LOCAL_ZONE)).date()


def end_of_day(day: date) -> datetime:
    """The last microsecond of a Los Angeles day."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(LOCAL_ZONE))
    return midnight - timedelta(microseconds=1)


def known_until(as_of: date, now: datetime) -> datetime | None:
    """Default of known-at: for a past day its end; for today everything (None)."""
    today = local_day(now)
    refuse_day_to_come(as_of, today)
    return end_of_day(as_of) if as_of < today else None


def refuse_day_to_come(as_of: date, today: date) -> None:
    """Raise UsageError for an as-of day that nobody can know yet."""
    if as_of > today:
        raise UsageError("as_of_to_come", f"--as-of {as_of} is later than today, {today}.")


@dataclass(frozen=True)
class Workspace:
    """An agency of a home, open. Use `Workspace.open`."""

    home: Home
    agency: Agency
    user_id: str
    ledger: Ledger
    lake: Lake

    @classmethod
    @contextmanager
    def open(
        cls, home: Home, agency: str | None, *, now: datetime, user_id: str
    ) -> Iterator["Workspace"]:
        """Open ledger and lake; closed again at the end of the block."""
        chosen = home.agency(agency)
        ledger = Ledger.open(home.ledger_url, now=now, is_sandbox=home.settings.sandbox)
        try:
            with open_lake(home, chosen.id) as lake:
                yield cls(home, chosen, user_id, ledger, lake)
        finally:
            ledger.close()

    def today(self) -> date:
        """The Los Angeles day of now."""
        return local_day(self.ledger.now)

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.home, self.agency.id, self.user_id, self.ledger, self.lake)

    @property
    def policy(self) -> Policy:
        return self.home.policy

    @cached_property
    def recent(self) -> Recent:
        """Facts that were read lately: rows of accepted files never change."""
        return Recent()

    @cached_property
    def code_sets(self) -> CodeSets:
        return CodeSets(home=self.home.root / "codesets")

    def submissions(self, known_at: datetime) -> pl.DataFrame:
        """Submissions as they were known at an instant."""
        with self.ledger.read() as connection:
            return submissions.known(connection, self.agency.id, known_at)

    def open_batch_claims(self, known_at: datetime) -> pl.DataFrame:
        """Claims in a batch that is neither withdrawn nor done with, as known at an instant."""
        with self.ledger.read() as connection:
            return batch_claims.known(connection, self.agency.id, known_at)

    def view(self, run: RunRow) -> "View":
        """What a run saw."""
        return View(self, run.as_of, run.known_at, run)

    def view_now(self, as_of: date | None = None) -> "View":
        """Everything that is recorded by now."""
        return View(self, as_of or self.today(), EVER)

    def view_on(self, as_of: date | None = None) -> "View":
        """What was known at the end of a past day, or is recorded by now. Raises UsageError for a
        day to come.
        """
        day = as_of or self.today()
        return View(self, day, known_until(day, self.ledger.now) or EVER)

    def last_run(self, as_of: date | None = None) -> RunRow | None:
        """The complete run that knows most of the latest day, or of the given one."""
        with self.ledger.read() as connection:
            return runs.latest_complete(connection, self.agency.id, as_of=as_of)

    def last_view(self, as_of: date | None = None) -> "View":
        """The view of the last complete run. Raises UsageError where there is none."""
        refuse_day_to_come(as_of or self.today(), self.today())
        run = self.last_run(as_of)
        if run is None:
            when, how = (f" as of {as_of}", f" --as-of {as_of}") if as_of else ("", "")
            told = f"no run{when} is complete yet. Run `reentry run{how}` first."
            raise UsageError("no_run", told)
        return self.view(run)


def open_lake(home: Home, agency: str) -> Lake:
    """The agency's lake, wherever settings put its catalog and data."""
    settings, folder = home.settings, home.lake(agency)
    data = f"{settings.lake_data_url}/{agency}" if settings.lake_data_url else str(folder / "data")
    catalog = catalog_of(folder, agency, settings.lake_catalog_url)
    return Lake(catalog, f"{data}/")


@dataclass(frozen=True)
class View:
    """What is seen as of a day, bounded by an instant: by a run, or without one at this moment."""

    workspace: Workspace
    as_of: date
    known_at: datetime
    recorded: RunRow | None = None

    @property
    def run(self) -> RunRow:
        """The run that looks so."""
        if self.recorded is None:
            raise BrokenInvariantError("view_without_run", "this view belongs to no run.")
        return self.recorded

    @cached_property
    def files(self) -> list[FileRow]:
        """Files whose facts count, in order of receipt."""
        with self.workspace.ledger.read() as connection:
            return files.accepted(connection, self.workspace.agency.id, self.known_at)

    def files_of(self, feed: str) -> list[FileRow]:
        """Files that brought rows of a feed: its own, and the payer's answers if they fill it."""
        return [file for file in self.files if file.feed in sources(feed)]

    @property
    def answers(self) -> list[str]:
        """Ids of the files of the payer's answers."""
        return [file.file_id for file in self.files if file.feed == X12]

    def current(self, feed: str) -> pl.DataFrame:
        """The feed's current facts."""
        ids = [file.file_id for file in self.files_of(feed)]
        if self.workspace.agency.feed(feed).mode == "snapshot":  # quarantine closes meanwhile
            return self._current(feed, ids)
        return self.workspace.recent.get((feed, *ids), lambda: self._current(feed, ids))

    def duplicates(self, files: Iterable[FileRow]) -> pl.DataFrame:
        """Exact duplicates that files brought, of whatever feed.

        The ledger counts those of a feed's file; what the payer's answers repeat the lake tells.
        """
        ids = [file.file_id for file in files if file.feed == X12 or file.duplicate_count != 0]
        return self.workspace.lake.read_files(EXACT_DUPLICATES, ids)

    def _current(self, feed: str, ids: list[str]) -> pl.DataFrame:
        table, lake = FEEDS[feed], self.workspace.lake
        rows = lake.read_files(facts(feed), ids)
        duplicates = self.duplicates(self.files_of(feed)).filter(feed=feed)
        settings = self.workspace.agency.feed(feed)
        quarantined = self._quarantined(table) if settings.mode == "snapshot" else None
        return stage_facts.current(table, rows, duplicates, settings, self.answers, quarantined)

    def newest(self, feed: str, among: pl.DataFrame) -> pl.DataFrame:
        """The newest version of each row that `among` (columns of the feed) names, also of those
        that are current no more.
        """
        table, lake = FEEDS[feed], self.workspace.lake
        ids = [file.file_id for file in self.files_of(feed)]
        rows = lake.read_files(facts(feed), ids, among=among)
        again = lake.read_files(EXACT_DUPLICATES, ids, among=rows.select("row_hash").unique())
        settings = self.workspace.agency.feed(feed)
        return stage_facts.newest(table, rows, again.filter(feed=feed), settings)

    def _quarantined(self, table: Table) -> pl.DataFrame:
        """Keys of the quarantined rows of the newest snapshot, which withdraws none of them."""
        own = [file for file in self.files if file.feed == table.name]
        whole = [file for file in own if (file.accepted_count or 0) + (file.duplicate_count or 0)]
        workspace = self.workspace
        return named_in_quarantine(
            workspace.home, workspace.agency.id, workspace.lake, table, whole[-1:]
        )

    def derived(
        self, name: str, *, where: str = "TRUE", values: Iterable[object] = ()
    ) -> pl.DataFrame:
        """A derived table: of a complete run as it was completed, else as it is now.

        `where`: only rows for which this holds, SQL over its columns with a `?` for each value.
        """
        version = self.run.lake_snapshot
        return self.workspace.lake.read(DERIVED[name], version=version, where=where, values=values)

    def count(self, name: str) -> int:
        """How many rows a derived table has."""
        return self.workspace.lake.count(DERIVED[name], version=self.run.lake_snapshot)

    def codes(self, names: Iterable[str]) -> dict[str, pl.DataFrame]:
        """All rows of code sets, as far as their editions were known."""
        return {name: self.workspace.code_sets.table(name, self.known_at) for name in names}

    def bound_lines(self) -> pl.DataFrame:
        """Service lines and the claims that own them."""
        with self.workspace.ledger.read() as connection:
            return claim_lines.bound(connection, self.workspace.agency.id, self.known_at)
