"""Receipts: how many rows of each feed were received, and what became of them.

Told twice, by the ledger when a file was taken and by the lake that holds its rows: they agree.
"""

from dataclasses import dataclass

from contracts.feeds import EXACT_DUPLICATES, QUARANTINE, RECEIVED
from pipelines.io.ledger import files
from pipelines.io.ledger.files import FileRow
from pipelines.io.workspace import EVER, Workspace


@dataclass(frozen=True)
class Receipts:
    """Rows of a feed's accepted files."""

    received: int
    accepted: int
    quarantined: int
    duplicate: int
    breaks: tuple[str, ...]  # file ids whose rows do not add up

    @property
    def is_conserved(self) -> bool:
        return not self.breaks

    def counts(self) -> dict[str, int]:
        return {
            "received": self.received,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "duplicate": self.duplicate,
        }


def receipts(workspace: Workspace) -> dict[str, Receipts]:
    """Every feed's receipts, counted in the lake and compared with the ledger file by file."""
    with workspace.ledger.read() as connection:
        taken = files.accepted(connection, workspace.agency.id, EVER)
    rows = workspace.lake.rows_by_file([*RECEIVED.values(), QUARANTINE, EXACT_DUPLICATES])
    return {
        feed: _receipts(
            [file for file in taken if file.feed == feed],
            (rows[table.name], rows[QUARANTINE.name], rows[EXACT_DUPLICATES.name]),
        )
        for feed, table in RECEIVED.items()
    }


_Counts = dict[tuple[str, str], int]  # by feed and file


def _receipts(taken: list[FileRow], lake: tuple[_Counts, ...]) -> Receipts:
    found = [_found(file, lake) for file in taken]
    sums = [sum(counts) for counts in zip(*found, strict=True)] or [0, 0, 0]
    breaks = tuple(f.file_id for f, seen in zip(taken, found, strict=True) if _told(f) != seen)
    received = sum(file.row_count or 0 for file in taken)
    return Receipts(received, sums[0], sums[1], sums[2], breaks)


def _told(file: FileRow) -> tuple[int | None, ...]:
    return (file.accepted_count, file.quarantined_count, file.duplicate_count)


def _found(file: FileRow, lake: tuple[_Counts, ...]) -> tuple[int, ...]:
    keys = ("", file.file_id), (file.feed, file.file_id)
    return tuple(sum(counts.get(key, 0) for key in keys) for counts in lake)
