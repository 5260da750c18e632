"""Inbox: taking a landed file by the commit protocol: ledger, lake, ledger, archive.

A kill at any point leaves a file that the next pass takes again with the same result. What of a
file is taken is decided by the pure stage; this module only moves bytes and rows.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from contracts.errors import RefusedInputError
from contracts.feeds import EXACT_DUPLICATES, FEEDS, QUARANTINE, RECEIVED, RESPONSES, X12, facts
from contracts.tables import Table
from pipelines.io import readers
from pipelines.io.home import Home, private_folder, sync_folder
from pipelines.io.lake import Lake
from pipelines.io.ledger import files
from pipelines.io.ledger.files import FileCounts, FileRow
from pipelines.io.ledger.ledger import Ledger
from pipelines.stages import facts as stage_facts
from pipelines.stages import intake as stage
from pipelines.x12 import wire

KINDS = (".csv", ".parquet")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What became of one file. `state`: accepted, refused, or known (bytes seen before)."""

    file_id: str
    feed: str
    state: str
    counts: FileCounts | None = None
    code: str | None = None
    message: str | None = None


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
        """Take one file. A refused one is an outcome, not an exception."""
        copy, sha256, size = self._copy(path)
        try:
            with self.ledger.write(self.agency, self.user_id) as tx:
                row = files.begin(
                    tx, sha256=sha256, feed=feed, file_name=path.name, size_bytes=size,
                    received_at=received_at, again=again,
                )  # fmt: skip
            outcome = self._settle(row, copy, path.suffix, accept_withdrawals=accept_withdrawals)
            self._archive(copy, row, path)
        finally:
            copy.unlink(missing_ok=True)
        return outcome

    def _copy(self, path: Path) -> tuple[Path, str, int]:
        """A private copy and its digest: what is read can no longer change underfoot."""
        folder = private_folder(self.home.archive(self.agency) / ".tmp")
        copy = folder / f"{os.getpid()}-{os.urandom(8).hex()}{path.suffix.lower()}"
        digest, size = hashlib.sha256(), 0
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(source, "rb") as reader, copy.open("xb") as writer:
            while block := reader.read(_BLOCK):
                digest.update(block)
                writer.write(block)
                size += len(block)
                if size > readers.MOST_BYTES:
                    copy.unlink()
                    raise RefusedInputError(
                        "too_large",
                        f"a file in inbox/{self.agency} is over {readers.MOST_BYTES} bytes. "
                        "Split the export by month.",
                    )
            writer.flush()
            os.fsync(writer.fileno())
        return copy, digest.hexdigest(), size

    def _settle(
        self, row: FileRow, copy: Path, suffix: str, *, accept_withdrawals: bool
    ) -> Outcome:
        if row.state != "receiving":
            return _seen_before(row)
        try:
            counts = (
                self._take_responses(row, copy)
                if row.feed == X12
                else self._take_feed(row, copy, suffix, accept_withdrawals=accept_withdrawals)
            )
        except RefusedInputError as refusal:
            with self.ledger.write(self.agency, self.user_id) as tx:
                files.refuse(tx, row.file_id, refusal.code, refusal.message)
            return Outcome(row.file_id, row.feed, "refused", None, refusal.code, refusal.message)
        with self.ledger.write(self.agency, self.user_id) as tx:
            files.accept(tx, row.file_id, counts, mapping_hash=None)
        return Outcome(row.file_id, row.feed, "accepted", counts)

    def _take_feed(
        self, row: FileRow, copy: Path, suffix: str, *, accept_withdrawals: bool
    ) -> FileCounts:
        table, place = FEEDS[row.feed], f"{row.feed} file {row.file_id}"
        if suffix.lower() not in KINDS:
            raise RefusedInputError(
                "unknown_kind", f"{place}: neither CSV nor Parquet. Export it as one of the two."
            )
        stage.check_columns(table, readers.header(copy, place), place)
        raw = readers.read(copy, place)
        settings = self.home.agency(self.agency).feed(row.feed)
        held, duplicates = self._held(table, row)
        newest = stage_facts.newest(table, held, settings)
        origin = stage.Origin(row.file_id, row.received_at)
        taken = stage.take(table, raw.rows, raw.misshapen, newest, settings, origin)
        if settings.mode == "snapshot":
            before = stage_facts.current(table, held, duplicates, settings)
            stage.check_withdrawals(table, before, taken, place, accepted=accept_withdrawals)
        self._store(row, facts(row.feed), taken.facts, taken.quarantine, taken.duplicates)
        return FileCounts(taken.facts.height, taken.quarantined_count, taken.duplicates.height)

    def _take_responses(self, row: FileRow, copy: Path) -> FileCounts:
        sets = wire.read(copy.read_bytes(), file_id=row.file_id).transaction_sets
        origin = stage.Origin(row.file_id, row.received_at)
        sound, damaged = stage.take_responses(sets, origin)
        self._store(row, RESPONSES, sound, damaged, EXACT_DUPLICATES.empty())
        return FileCounts(sound.height, damaged.height, 0)

    def _held(self, table: Table, row: FileRow) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Keys and versions of the feed that were accepted before this file."""
        with self.ledger.read() as connection:
            accepted = files.accepted(connection, self.agency, row.received_at)
        ids = [one.file_id for one in accepted if one.feed == row.feed]
        where = "list_contains(?, file_id)"
        origin = ["file_id", "row_number", "received_at", "row_hash"]
        columns = [*origin, *table.key, "source_updated_at", "record_status"]
        held = self.lake.read(facts(row.feed), columns=columns, where=where, values=[ids])
        duplicates = self.lake.read(EXACT_DUPLICATES, where=where, values=[ids])
        return held, duplicates

    def _store(
        self, row: FileRow, table: Table, taken: pl.DataFrame, quarantine: pl.DataFrame,
        duplicates: pl.DataFrame,
    ) -> None:  # fmt: skip
        """One lake transaction: everything of this file out, everything of this file in."""
        parts = ((table, taken), (QUARANTINE, quarantine), (EXACT_DUPLICATES, duplicates))

        def work(lake: Lake) -> None:
            for contract, frame in parts:
                lake.remove(contract, "file_id", row.file_id)
                lake.append(contract, frame)

        self.lake.transact(work)

    def _archive(self, copy: Path, row: FileRow, path: Path) -> None:
        """The bytes as they came, under the file's id; then the landed file goes."""
        with self.ledger.read() as connection:
            settled = files.get(connection, self.agency, row.file_id)
        below = "refused" if settled.state == "refused" else row.feed
        folder = private_folder(self.home.archive(self.agency) / below)
        kept = folder / f"{row.file_id}{path.suffix.lower()}"
        if not kept.exists():
            copy.replace(kept)
            sync_folder(folder)
        if path.is_relative_to(self.home.root / "inbox"):
            path.unlink(missing_ok=True)


def landed(home: Home, agency: str) -> list[tuple[str, Path]]:
    """Files that wait, by feed: reference data first, each feed in order of name."""
    return [
        (feed, path)
        for feed in RECEIVED
        for path in sorted(home.inbox(agency, feed).glob("*"))
        if path.is_file() and not path.is_symlink() and not _unfinished(path)
    ]


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
