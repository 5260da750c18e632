"""Inbox: taking a landed file by the commit protocol: ledger, lake, ledger, archive.

A kill at any point leaves a file that the next pass takes again with the same result. What of a
file is taken is decided by the pure stage; this module only moves bytes and rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from contracts.errors import RefusedInputError, UsageError
from contracts.feeds import EXACT_DUPLICATES, FEEDS, QUARANTINE, RECEIVED, RESPONSES, X12, facts
from contracts.mapping import Mapping
from contracts.settings import FeedSettings
from contracts.tables import Table
from pipelines.io import mappings, readers
from pipelines.io.copies import Copy, copied, turn
from pipelines.io.home import Home, private_folder
from pipelines.io.lake import Lake
from pipelines.io.ledger import files
from pipelines.io.ledger.files import FileCounts, FileRow
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction
from pipelines.stages import facts as stage_facts
from pipelines.stages import intake as stage
from pipelines.stages.mapping import check_header, header_of
from pipelines.x12 import wire

KINDS = (".csv", ".parquet")
_STAYS = "The file stays where it is."


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    `state`: accepted; refused; known (bytes seen before); gone (another process has taken it).
    """

    file_id: str
    feed: str
    state: str
    counts: FileCounts | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class _Terms:
    """On what terms a file is taken."""

    mapping: Mapping | None
    received_at: datetime | None
    again: bool
    accept_withdrawals: bool


@dataclass(frozen=True)
class Inbox:
    """One agency's inbox, with where its files go."""

    home: Home
    agency: str
    user_id: str
    ledger: Ledger
    lake: Lake

    def take_all(self) -> Iterator[Outcome]:
        """Take every file that waits."""
        for feed, path in landed(self.home, self.agency):
            yield self.take(feed, path)

    def take(
        self, feed: str, path: Path, *, received_at: datetime | None = None, again: bool = False,
        accept_withdrawals: bool = False,
    ) -> Outcome:  # fmt: skip
        """Take one file. A refused one is an outcome, not an exception.

        Raises UsageError for a `received_at` that may not be.
        """
        try:
            mapping = mappings.read(self.home, self.agency, feed)
        except UsageError as trouble:
            return Outcome("", feed, "refused", None, trouble.code, f"{trouble} {_STAYS}")
        terms = _Terms(mapping, received_at, again, accept_withdrawals)
        private = self.home.archive(self.agency) / ".tmp"
        self.lake.prepare(*RECEIVED.values(), QUARANTINE, EXACT_DUPLICATES)
        try:
            # Two processes that store the same file at the same time would double its rows.
            with turn(private, feed), copied(path, private, _suffix(feed, path)) as copy:
                return self._take(feed, copy, terms)
        except FileNotFoundError:
            return Outcome("", feed, "gone")
        except OSError as trouble:
            return self._unreadable(feed, trouble)

    def _unreadable(self, feed: str, trouble: OSError) -> Outcome:
        message = (
            f"a file of {self.agency}/{feed} cannot be read ({trouble.strerror}). {_STAYS} "
            "Put the file itself there, not a link, readable by this user."
        )
        return Outcome("", feed, "refused", None, "unreadable", message)

    def _take(self, feed: str, copy: Copy, terms: _Terms) -> Outcome:
        try:
            with self.ledger.write(self.agency, self.user_id) as tx:
                row, is_new = _begin(tx, feed, copy, terms)
        except RefusedInputError as refusal:  # begun as another feed: that comes first
            return Outcome("", feed, "refused", None, refusal.code, refusal.message)
        outcome = self._settle(row, copy, terms, is_new=is_new)
        self._archive(copy, row, outcome)
        return outcome

    def _settle(self, row: FileRow, copy: Copy, terms: _Terms, *, is_new: bool) -> Outcome:
        if row.state != "receiving":
            return _seen_before(row)
        try:
            _check_size(row)
            counts = (
                self._take_responses(row, copy, is_new=is_new)
                if row.feed == X12
                else self._take_feed(row, copy, terms, is_new=is_new)
            )
        except RefusedInputError as refusal:
            with self.ledger.write(self.agency, self.user_id) as tx:
                files.refuse(tx, row.file_id, refusal.code, refusal.message)
            return Outcome(row.file_id, row.feed, "refused", None, refusal.code, refusal.message)
        if terms.mapping:
            mappings.keep(self.home, self.agency, terms.mapping)
        with self.ledger.write(self.agency, self.user_id) as tx:
            files.accept(tx, row.file_id, counts, mapping_hash=_digest(terms.mapping))
        return Outcome(row.file_id, row.feed, "accepted", counts)

    def _take_feed(self, row: FileRow, copy: Copy, terms: _Terms, *, is_new: bool) -> FileCounts:
        table, place = FEEDS[row.feed], f"{row.feed} file {row.file_id}"
        raw = read_feed(table, terms.mapping, copy.path, place)
        settings = self.home.agency(self.agency).feed(row.feed)
        held, duplicates = self._held(table, row)
        newest = stage_facts.newest(table, held, duplicates, settings)
        origin = stage.Origin(row.file_id, row.received_at, _digest(terms.mapping))
        taken = stage.take(table, raw.rows, raw.misshapen, newest, settings, origin, terms.mapping)
        accepted = terms.accept_withdrawals
        _check_withdrawals(table, (held, duplicates), taken, settings, place, accepted=accepted)
        parts = (facts(row.feed), taken.facts), (EXACT_DUPLICATES, taken.duplicates)
        self._store(row, (*parts, (QUARANTINE, taken.quarantine)), is_new=is_new)
        return FileCounts(taken.facts.height, taken.quarantined_count, taken.duplicates.height)

    def _take_responses(self, row: FileRow, copy: Copy, *, is_new: bool) -> FileCounts:
        sets = wire.read(copy.path.read_bytes(), file_id=row.file_id).transaction_sets
        origin = stage.Origin(row.file_id, row.received_at)
        sound, damaged = stage.take_responses(sets, origin)
        self._store(row, ((RESPONSES, sound), (QUARANTINE, damaged)), is_new=is_new)
        return FileCounts(sound.height, damaged.height, 0)

    def _held(self, table: Table, row: FileRow) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Keys and versions of the feed that were accepted before this file."""
        with self.ledger.read() as connection:
            before = files.accepted(connection, self.agency, row.received_at)
        ids = [one.file_id for one in before if one.feed == row.feed]
        origin = ["file_id", "row_number", "received_at", "row_hash"]
        columns = [*origin, *table.key, "source_updated_at", "record_status"]
        return (
            self.lake.read_files(facts(row.feed), ids, columns),
            self.lake.read_files(EXACT_DUPLICATES, ids),
        )

    def _store(
        self, row: FileRow, parts: tuple[tuple[Table, pl.DataFrame], ...], *, is_new: bool
    ) -> None:
        """One lake transaction: everything of this file out, everything of this file in."""
        is_first = is_new

        def work(lake: Lake) -> None:
            nonlocal is_first
            for contract, frame in parts:
                if not is_first:
                    lake.remove(contract, "file_id", row.file_id)
                lake.append(contract, frame)
            is_first = False  # a commit of which no answer came may yet have been made

        self.lake.transact(work)

    def _archive(self, copy: Copy, row: FileRow, outcome: Outcome) -> None:
        """The bytes as they came, under the file's id; then the landed file goes."""
        is_refused = outcome.state == "refused" or row.state == "refused"
        folder = self.home.archive(self.agency) / ("refused" if is_refused else row.feed)
        copy.keep(private_folder(folder) / f"{row.file_id}{copy.path.suffix}")
        if copy.landed.is_relative_to(self.home.root / "inbox"):
            copy.remove_landed()


def _suffix(feed: str, path: Path) -> str:
    """How a copy's name ends; nothing else of an inbound name is kept outside the ledger."""
    if feed == X12:
        return ".x12"
    return path.suffix.lower() if path.suffix.lower() in KINDS else ""


def read_feed(table: Table, mapping: Mapping | None, path: Path, place: str) -> readers.Raw:
    """A file's rows, not yet mapped. Raises RefusedInputError where it has not the feed's shape."""
    if path.suffix.lower() not in KINDS:
        raise RefusedInputError(
            "unknown_kind", f"{place}: neither CSV nor Parquet. Export it as one of the two."
        )
    separator = mapping.separator if mapping else ","
    header = readers.header(path, place, separator)
    if mapping:
        check_header(mapping, header, place)
        header = header_of(table, mapping, header)
    stage.check_columns(table, header, place)
    return readers.read(path, place, separator)


def _digest(mapping: Mapping | None) -> str | None:
    return None if mapping is None else mapping.digest


def _begin(tx: Transaction, feed: str, copy: Copy, terms: _Terms) -> tuple[FileRow, bool]:
    """The file's row, and whether it is new: then nothing of it can be in the lake."""
    seen = files.find(tx.connection, tx.agency, copy.sha256)
    was_misplaced = seen is not None and seen.state == "refused" and seen.feed != feed
    row = files.begin(
        tx,
        sha256=copy.sha256,
        feed=feed,
        file_name=copy.landed.name,
        size_bytes=copy.size_bytes,
        received_at=terms.received_at,
        again=terms.again or was_misplaced,
    )
    return row, row.recorded_at == tx.recorded_at


def _check_size(row: FileRow) -> None:
    if row.size_bytes > readers.MOST_BYTES:
        raise RefusedInputError(
            "too_large",
            f"{row.feed} file {row.file_id}: over {readers.MOST_BYTES} bytes. "
            "Split the export by month.",
        )


def _check_withdrawals(
    table: Table, before: tuple[pl.DataFrame, pl.DataFrame], taken: stage.Taken,
    settings: FeedSettings, place: str, *, accepted: bool,
) -> None:  # fmt: skip
    if settings.mode == "snapshot":
        rows = stage_facts.current(table, *before, settings)
        stage.check_withdrawals(table, rows, taken, place, accepted=accepted)


def landed(home: Home, agency: str) -> list[tuple[str, Path]]:
    """Files that wait, by feed: reference data first, each feed in order of name."""
    return [
        (feed, path)
        for feed in RECEIVED
        for path in sorted(home.inbox(agency, feed).glob("*"))
        if path.is_file() and not path.is_symlink() and not _unfinished(path)
    ]


def overlooked(home: Home, agency: str) -> list[Path]:
    """What lies in the agency's inbox where nothing is taken: a mistyped feed, a folder, a link."""
    taken = {path for _, path in landed(home, agency)}
    root = home.root / "inbox" / agency
    return sorted(
        path
        for path in root.rglob("*")
        if path not in taken and not _unfinished(path) and (path.is_symlink() or not path.is_dir())
    )


def _unfinished(path: Path) -> bool:
    """Names that a transfer gives to files it is still writing."""
    return path.name.startswith(".") or path.suffix in (".part", ".tmp", ".filepart")


def _seen_before(row: FileRow) -> Outcome:
    said = "" if row.refusal_message is None else f" It was refused: {row.refusal_message}"
    return Outcome(
        row.file_id,
        row.feed,
        "known",
        None,
        row.refusal_code,
        f"{row.feed} file {row.file_id}: these bytes were received before; nothing changed.{said} "
        "Use `reentry intake --again FILE` to receive them anew.",
    )
