"""Inbox: taking a landed file by the commit protocol: ledger, lake, ledger, archive.

A kill at any point leaves a file that the next pass takes again with the same result. What of a
file is taken is decided by the pure stage; this module only moves bytes and rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl

from codesets.loader import CodeSets
from contracts.errors import RefusedInputError, UsageError
from contracts.feeds import (
    EXACT_DUPLICATES,
    FEEDS,
    QUARANTINE,
    RECEIVED,
    RESPONSES,
    SAID,
    X12,
    facts,
    sources,
)
from contracts.mapping import Mapping
from contracts.remittances import REMITTED
from contracts.tables import Table
from pipelines.io import mappings, outcome, readers, responses
from pipelines.io.copies import Copy, StillWrittenError, copied, turn
from pipelines.io.home import Home, private_folder
from pipelines.io.lake import Lake
from pipelines.io.ledger import files, inquiries
from pipelines.io.ledger.files import FileCounts, FileRow, file_id_of
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import TICK, Transaction
from pipelines.io.members import ZIP, is_archive, suffix_of, unpacked
from pipelines.io.outcome import Outcome
from pipelines.io.quarantine_keys import named_in_quarantine
from pipelines.io.readers import limits
from pipelines.io.readers.archive import UnsoundArchiveError
from pipelines.stages import facts as stage_facts
from pipelines.stages import intake as stage
from pipelines.stages import quarantine as stage_quarantine
from pipelines.stages.mapping import check_header, header_of
from pipelines.x12 import wire

_ORIGIN = ("file_id", "row_number", "received_at", "row_hash")


@dataclass(frozen=True)
class _Terms:
    """On what terms a file is taken."""

    mapping: Mapping | None
    received_at: datetime | None
    again: bool
    accept_withdrawals: bool
    unsound: UnsoundArchiveError | None = None

    def of(self, position: int) -> "_Terms":
        """The terms of a member: no two files of an agency are received at the same time."""
        given = self.received_at
        return replace(self, received_at=given and given + (position - 1) * TICK)


@dataclass(frozen=True)
class Inbox:
    """One agency's inbox, with where its files go."""

    home: Home
    agency: str
    user_id: str
    ledger: Ledger
    lake: Lake

    def take_all(self) -> Iterator[Outcome]:
        """Take every file that waits, and of archives every member."""
        for feed, path in landed(self.home, self.agency):
            yield from self.take(feed, path).each

    def take(
        self, feed: str, path: Path, *, received_at: datetime | None = None, again: bool = False,
        accept_withdrawals: bool = False,
    ) -> Outcome:  # fmt: skip
        """Take one file, or all of an archive. A refused one is an outcome, not an exception.

        Raises UsageError for a `received_at` that may not be.
        """
        try:
            mapping = mappings.read(self.home, self.agency, feed)
        except UsageError as trouble:
            return outcome.unmapped(feed, trouble.code, trouble.message)
        terms = _Terms(mapping, received_at, again, accept_withdrawals)
        beside = (*SAID, *REMITTED.values(), QUARANTINE, EXACT_DUPLICATES)
        self.lake.prepare(*RECEIVED.values(), *beside)
        try:
            # Two processes that store the same file at the same time would double its rows.
            with (
                turn(self._private, feed),
                copied(path, self._private, suffix_of(feed, path.name)) as copy,
            ):
                return self._take_landed(feed, copy, terms)
        except FileNotFoundError:
            return Outcome("", feed, "gone")
        except StillWrittenError:
            return outcome.still_written(self.agency, feed)
        except OSError as trouble:
            return outcome.unreadable(self.agency, feed, trouble)

    @property
    def _private(self) -> Path:
        return self.home.archive(self.agency) / ".tmp"

    def _take_landed(self, feed: str, copy: Copy, terms: _Terms) -> Outcome:
        take = self._take_archive if is_archive(feed, copy.path) else self._take
        told = take(feed, copy, terms)
        is_settled = all(one.file_id for one in told.each)
        if is_settled and copy.landed and copy.landed.is_relative_to(self.home.root / "inbox"):
            copy.remove_landed()
        return told

    def _take_archive(self, feed: str, copy: Copy, terms: _Terms) -> Outcome:
        """Each member as a file of its own; the ledger knows an archive only as refused."""
        try:
            with unpacked(copy.path, copy.name, self._private, feed) as members:
                told = tuple(
                    replace(self._take(feed, member, terms.of(position)), member=position)
                    for position, member in enumerate(members, 1)
                )
        except UnsoundArchiveError as unsound:
            return self._take(feed, copy, replace(terms, unsound=unsound))
        file_id = file_id_of(self.agency, copy.sha256, 1)
        copy.keep(private_folder(self.home.archive(self.agency) / feed) / f"{file_id}{ZIP}")
        return Outcome(file_id, feed, "unpacked", members=told)

    def _take(self, feed: str, copy: Copy, terms: _Terms) -> Outcome:
        try:
            with self.ledger.write(self.agency, self.user_id) as tx:
                row, is_new = _begin(tx, feed, copy, terms)
        except RefusedInputError as refusal:  # begun as another feed: that comes first
            return outcome.refused(feed, refusal.code, refusal.message)
        told = self._settle(row, copy, terms, is_new=is_new)
        self._archive(copy, row, told)
        return told

    def _settle(self, row: FileRow, copy: Copy, terms: _Terms, *, is_new: bool) -> Outcome:
        if row.state != "receiving":
            return outcome.seen_before(row)
        try:
            _check_whole(row, terms)
            counts, said = (
                self._take_responses(row, copy, is_new=is_new)
                if row.feed == X12
                else (self._take_feed(row, copy, terms, is_new=is_new), None)
            )
        except RefusedInputError as refusal:
            with self.ledger.write(self.agency, self.user_id) as tx:
                files.refuse(tx, row.file_id, refusal.code, refusal.message)
            return outcome.refused(row.feed, refusal.code, refusal.message, file_id=row.file_id)
        if terms.mapping:
            mappings.keep(self.home, self.agency, terms.mapping)
        with self.ledger.write(self.agency, self.user_id) as tx:
            files.accept(tx, row.file_id, counts, mapping_hash=_digest(terms.mapping))
        return Outcome(row.file_id, row.feed, "accepted", counts, message=said)

    def _take_feed(self, row: FileRow, copy: Copy, terms: _Terms, *, is_new: bool) -> FileCounts:
        table, place = FEEDS[row.feed], f"{row.feed} file {row.file_id}"
        raw = read_feed(table, terms.mapping, copy.path, place)
        settings = self.home.agency(self.agency).feed(row.feed)
        newest = partial(self._newest, row.received_at, table)
        origin = stage.Origin(row.file_id, row.received_at, _digest(terms.mapping))
        taken = stage.take(table, raw.rows, raw.misshapen, newest, settings, origin, terms.mapping)
        if settings.mode == "snapshot":
            self._check_withdrawals(row, table, taken, terms)
        parts = (facts(row.feed), taken.facts), (EXACT_DUPLICATES, taken.duplicates)
        self._store(row, (*parts, (QUARANTINE, taken.quarantine)), is_new=is_new)
        return FileCounts(taken.facts.height, taken.quarantined_count, taken.duplicates.height)

    def _take_responses(
        self, row: FileRow, copy: Copy, *, is_new: bool
    ) -> tuple[FileCounts, str | None]:
        with copy.path.open("rb") as file:
            data = file.read(wire.MOST_BYTES + 1)  # more of a file is refused, not read
        read = wire.read(data, file_id=row.file_id)
        origin = stage.Origin(row.file_id, row.received_at)
        sound, damaged = stage.take_responses(read.transaction_sets, origin)
        with self.ledger.read() as connection:
            asked = inquiries.known(connection, self.agency, row.recorded_at)
        told = responses.told(
            read,
            self.home.agency(self.agency),
            CodeSets(home=self.home.root / "codesets"),
            asked,
            partial(self._newest, row.received_at),
            origin,
        )
        quarantine = pl.concat([damaged, told.quarantine])
        parts = (RESPONSES, sound), (QUARANTINE, quarantine)
        self._store(row, (*parts, *told.rows), is_new=is_new)
        with self.ledger.write(self.agency, self.user_id) as tx:
            inquiries.record_replies(tx, told.replies)
        counts = FileCounts(sound.height, damaged.height, 0)
        return counts, outcome.brought(row, told.quarantined_count, told.rejections)

    def _check_withdrawals(
        self, row: FileRow, table: Table, taken: stage.Taken, terms: _Terms
    ) -> None:
        settings = self.home.agency(self.agency).feed(table.name)
        own = [file for file in self._before(row.received_at) if file.feed == table.name]
        whole = [file for file in own if (file.accepted_count or 0) + (file.duplicate_count or 0)]
        named = named_in_quarantine(self.home, self.agency, self.lake, table, whole[-1:])
        before = stage_facts.current(table, *self._held(own, table), settings, quarantined=named)
        texts = stage_quarantine.arrived(taken.quarantine)
        mine = stage_quarantine.keys(table, terms.mapping or Mapping(), texts)
        place, accepted = f"{row.feed} file {row.file_id}", terms.accept_withdrawals
        stage.check_withdrawals(table, before, taken, mine, place, accepted=accepted)

    def _newest(self, received_at: datetime, table: Table, keys: pl.DataFrame) -> pl.DataFrame:
        """The newest version of each key, as it was before a file. Other keys are not read."""
        brought = sources(table.name)
        ids = [one.file_id for one in self._before(received_at) if one.feed in brought]
        columns = dict.fromkeys([*_ORIGIN, *table.key, "source_updated_at", "record_status"])
        held = self.lake.read_files(facts(table.name), ids, columns, among=keys)
        hashes = held.select("row_hash").unique()
        again = self.lake.read_files(EXACT_DUPLICATES, ids, among=hashes)
        settings = self.home.agency(self.agency).feed(table.name)
        return stage_facts.newest(table, held, again.filter(feed=table.name), settings)

    def _held(self, own: list[FileRow], table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Keys and versions that files brought."""
        ids = [one.file_id for one in own]
        columns = dict.fromkeys([*_ORIGIN, *table.key, "source_updated_at", "record_status"])
        return (
            self.lake.read_files(facts(table.name), ids, columns),
            self.lake.read_files(EXACT_DUPLICATES, ids),
        )

    def _before(self, received_at: datetime) -> list[FileRow]:
        with self.ledger.read() as connection:
            return files.accepted(connection, self.agency, received_at)

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

    def _archive(self, copy: Copy, row: FileRow, told: Outcome) -> None:
        """The bytes as they came, under the file's id."""
        is_refused = told.state == "refused" or row.state == "refused"
        folder = self.home.archive(self.agency) / ("refused" if is_refused else row.feed)
        copy.keep(private_folder(folder) / f"{row.file_id}{copy.path.suffix}")


def read_feed(table: Table, mapping: Mapping | None, path: Path, place: str) -> readers.Raw:
    """A file's rows, not yet mapped. Raises RefusedInputError where it has not the feed's shape."""
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
    row = files.begin(
        tx,
        sha256=copy.sha256,
        feed=feed,
        file_name=copy.name,
        size_bytes=copy.size_bytes,
        received_at=terms.received_at,
        again=terms.again or (seen is not None and _was_misplaced(seen, feed, copy)),
    )
    return row, row.recorded_at == tx.recorded_at


def _was_misplaced(seen: FileRow, feed: str, copy: Copy) -> bool:
    """Whether a file was refused that now lies in another folder, or has another ending."""
    is_elsewhere = seen.feed != feed or suffix_of(feed, seen.file_name) != copy.path.suffix
    return seen.state == "refused" and is_elsewhere


def _check_whole(row: FileRow, terms: _Terms) -> None:
    place = f"{row.feed} file {row.file_id}"
    if row.size_bytes > limits.MOST_BYTES:
        raise RefusedInputError(
            "too_large", f"{place}: over {limits.MOST_BYTES} bytes. Split the export by month."
        )
    if terms.unsound:
        raise terms.unsound.at(place)


def landed(home: Home, agency: str) -> list[tuple[str, Path]]:
    """Files that wait, by feed: reference data first, each feed in order of name."""
    return [
        (feed, path)
        for feed in RECEIVED
        for path in _direct(home.inbox(agency, feed))
        if path.is_file() and not path.is_symlink() and not _unfinished(path)
    ]


def _direct(folder: Path) -> list[Path]:
    """What lies in a feed's folder, in order of name; a link in its place is not followed."""
    return [] if folder.is_symlink() else sorted(folder.glob("*"))


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
