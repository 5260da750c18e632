"""Quarantined rows of an agency: which are open, closed by whom, and written out to be mended.

Reading, writing and closing by hand; what closes a row by itself is the stage's to say.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import EXACT_DUPLICATES, FEEDS, QUARANTINE, RECEIVED, facts
from contracts.mapping import Mapping
from pipelines.io import mappings
from pipelines.io.home import write_private
from pipelines.io.ledger import quarantine_closings
from pipelines.io.ledger.files import FileRow
from pipelines.io.publishing import withheld
from pipelines.io.quarantine_keys import mapping_of
from pipelines.io.workspace import View, Workspace
from pipelines.stages import quarantine as stage
from reports.repair_files import SUFFIXES, repair_csv, repair_workbook


@dataclass
class Exported:
    """Files written, and rows that are in them or not: counted by row, not by broken rule."""

    files: list[str] = field(default_factory=list)
    rows: int = 0
    without_columns: int = 0  # misshapen rows and transaction sets
    withheld: int = 0  # of Part 2, without a consent in force
    snapshots: list[str] = field(default_factory=list)  # feeds that must be sent whole


def quarantined(view: View, feed: str | None = None) -> pl.DataFrame:
    """Quarantine rows of accepted files, in order, with their state and what closed them.

    Raises UsageError for a feed there is not.
    """
    if feed is not None and feed not in RECEIVED:
        raise UsageError("feed", f"no such feed. Name one of: {', '.join(RECEIVED)}.")
    files = view.files if feed is None else view.files_of(feed)
    taken = {file.file_id: file for file in files}
    rows = view.workspace.lake.read_files(QUARANTINE, list(taken))
    rows = rows if feed is None else rows.filter(feed=feed)
    closings = [_closings(view, name, part, taken) for name, part in _by_feed(rows)]
    by_rows = pl.concat([stage.CLOSED.to_frame(), *closings])
    with view.workspace.ledger.read() as connection:
        agency = view.workspace.agency.id
        by_hand = quarantine_closings.known(connection, agency, view.known_at)
    ordered = rows.sort("feed", "received_at", "row_number", "column_name", nulls_last=False)
    return stage.stated(ordered, by_rows, by_hand)


def naming(view: View, feed: str, key: dict[str, object]) -> pl.DataFrame:
    """As `quarantined`, the rows of a feed that name a key (its columns and their values)."""
    rows = quarantined(view, feed)
    taken = {file.file_id: file for file in view.files_of(feed)}
    places = [
        _keyed(view, feed, taken[file_id], part).filter(**key).select(stage.PLACE)
        for file_id, part in _by_file(rows)
    ]
    return rows.join(pl.concat(places), on=stage.PLACE, how="semi") if places else rows


def _keyed(view: View, feed: str, file: FileRow, rows: pl.DataFrame) -> pl.DataFrame:
    """The keys of a file's quarantined rows, as far as they can be read."""
    keys = stage.keys(FEEDS[feed], _mapping(view, file), stage.arrived(rows))
    return keys.with_columns(file_id=pl.lit(file.file_id))


def _by_feed(rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    parts = rows.partition_by("feed", as_dict=True)
    return [(str(name), part) for (name,), part in parts.items() if name in FEEDS]


def _by_file(rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    parts = rows.partition_by("file_id", as_dict=True, maintain_order=True)
    return [(str(name), part) for (name,), part in parts.items()]


def _closings(view: View, feed: str, rows: pl.DataFrame, taken: dict[str, FileRow]) -> pl.DataFrame:
    """What later sound rows of the feed closed."""
    table, lake = FEEDS[feed], view.workspace.lake
    keyed = pl.concat(_keyed(view, feed, taken[file_id], part) for file_id, part in _by_file(rows))
    ids = [file.file_id for file in view.files_of(feed)]
    origin = [*stage.PLACE, "received_at", "row_hash"]
    versions = lake.read_files(facts(feed), ids, dict.fromkeys([*origin, *table.key]))
    sound = stage.sound(table, versions, lake.read_files(EXACT_DUPLICATES, ids, origin))
    return stage.closed_by_rows(table, rows, keyed, sound)


def _mapping(view: View, file: FileRow) -> Mapping:
    return mapping_of(view.workspace.home, view.workspace.agency.id, file)


def close_by_hand(workspace: Workspace, file_id: str, row_number: int, reason: str) -> bool:
    """Close a quarantined row; says whether it was not closed by hand before.

    Raises UsageError for a row that is not in quarantine.
    """
    there = workspace.lake.read(
        QUARANTINE, where="file_id = ? AND row_number = ?", values=[file_id, row_number]
    )
    if there.is_empty():
        raise UsageError(
            "quarantine_row_unknown",
            f"row {row_number} of that file is not in quarantine. `reentry quarantine` lists "
            "file_id and row_number of each.",
        )
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        return quarantine_closings.close(tx, file_id, row_number, reason)


def export(view: View, rows: pl.DataFrame, path: Path) -> Exported:
    """Write open quarantine rows as they arrived: one file, or a folder with one a feed.

    Files of a feed that came with other columns than the rest get a file of their own.
    Raises UsageError for another kind of file than CSV and XLSX.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError("export_kind", "name a file that ends in .csv or .xlsx.")
    opened, done = rows.filter(state="open"), Exported()
    repairs = [one for feed, part in _by_feed(opened) for one in _repairs(view, feed, part, done)]
    done.without_columns = opened.n_unique(stage.PLACE) - done.rows - done.withheld
    stems: dict[str, int] = {}
    for feed, frame in repairs:
        stems[feed] = stems.get(feed, 0) + 1
        name = feed if stems[feed] == 1 else f"{feed}-{stems[feed]}"
        target = path if len(repairs) == 1 else path.with_suffix("") / f"{name}{path.suffix}"
        content = _content(view.workspace, feed, frame, target, view.workspace.ledger.now)
        done.files.append(str(write_private(target, content)))
    return done


def _repairs(
    view: View, feed: str, rows: pl.DataFrame, done: Exported
) -> list[tuple[str, pl.DataFrame]]:
    """A feed's rows to mend, a frame for each set of columns in which they arrived."""
    taken = {file.file_id: file for file in view.files}
    grouped: dict[tuple[str, ...], list[pl.DataFrame]] = {}
    for file_id, part in _by_file(rows):
        texts = stage.arrived(part)
        mapping = _mapping(view, taken[file_id])
        shown, hidden = withheld(view, stage.persons(FEEDS[feed], mapping, texts))
        texts = texts.join(shown.select("row_number"), on="row_number", how="semi")
        done.withheld += hidden
        done.rows += texts.height
        if not texts.is_empty():
            frame = stage.to_repair(file_id, part, texts)
            grouped.setdefault(tuple(sorted(frame.columns)), []).append(frame)
    if grouped and view.workspace.agency.feed(feed).mode == "snapshot":
        done.snapshots.append(feed)
    return [(feed, pl.concat(frames, how="diagonal")) for frames in grouped.values()]


def _content(
    workspace: Workspace, feed: str, frame: pl.DataFrame, path: Path, now: datetime
) -> bytes:
    if path.suffix.lower() == ".xlsx":
        return repair_workbook(feed, frame, now)
    mapping = mappings.read(workspace.home, workspace.agency.id, feed) or Mapping()
    return repair_csv(frame, mapping.separator)
