"""What the lake holds of deliveries, what the stages make of it, and the same told without them.

Nothing of intake, facts or eligibility is used in the replay: it is plain Python, file by file.
"""

import json
from datetime import datetime

import polars as pl
from eligibility_deliveries import A_ROW, DELETED, Deliveries, File, key_of
from eligibility_facts import frame_of
from eligibility_plots import Row

from contracts.feeds import EXACT_DUPLICATES, FEEDS, facts
from contracts.settings import FeedSettings
from pipelines.stages.facts import current, known

# --- by the stages


def evidence_known(drawn: Deliveries, known_at: datetime) -> dict[str, pl.DataFrame]:
    """Current facts of every feed by the stages, as known at an instant."""
    return {feed: _current(drawn, feed, known_at) for feed in A_ROW}


def _current(drawn: Deliveries, feed: str, known_at: datetime) -> pl.DataFrame:
    files = [file for file in drawn.files if file.feed == feed]
    accepted = [_id(file) for file in files if file.is_accepted]
    rows, again = _held(files)
    settings = FeedSettings(mode="snapshot" if feed in drawn.snapshots else "delta")
    facts_known, duplicates_known = (
        known(frame, accepted, known_at)
        for frame in (_as_facts(feed, rows), _as_duplicates(feed, again))
    )
    return current(FEEDS[feed], facts_known, duplicates_known, settings)


def _held(files: list[File]) -> tuple[list[Row], list[Row]]:
    """Versions and exact duplicates, as intake tells them apart."""
    newest: dict[tuple[str | None, ...], str] = {}
    rows: list[Row] = []
    again: list[Row] = []
    for file in files:
        for place, row in enumerate(file.rows, start=1):
            stamped = row | _stamps(file, place, row)
            key, mark = key_of(file.feed, row), stamped["row_hash"]
            (again if newest.get(key) == mark else rows).append(stamped)
            if file.is_accepted:
                newest[key] = str(mark)
    return rows, again


def _stamps(file: File, place: int, row: Row) -> dict[str, object]:
    mark = json.dumps(row, sort_keys=True)
    return {
        "file_id": _id(file),
        "place": place,
        "at": file.received_at,
        "row_hash": mark,
    }


def _id(file: File) -> str:
    return f"file{file.number}{file.feed}"


def _as_facts(feed: str, rows: list[Row]) -> pl.DataFrame:
    own = [{k: v for k, v in row.items() if k not in ("place", "at")} for row in rows]
    return _placed(frame_of(feed, own), rows)


def _placed(frame: pl.DataFrame, rows: list[Row]) -> pl.DataFrame:
    return frame.with_columns(
        row_number=pl.Series([row["place"] for row in rows], dtype=pl.Int64),
        received_at=pl.Series([row["at"] for row in rows], dtype=pl.Datetime("us", "UTC")),
    )


def _as_duplicates(feed: str, rows: list[Row]) -> pl.DataFrame:
    told = {
        "feed": [feed] * len(rows),
        "file_id": [row["file_id"] for row in rows],
        "row_hash": [row["row_hash"] for row in rows],
    }
    strings = dict.fromkeys(told, pl.String)
    return EXACT_DUPLICATES.conform(_placed(pl.DataFrame(told, schema=strings), rows))


# --- without them


def replayed(drawn: Deliveries, known_at: datetime) -> dict[str, pl.DataFrame]:
    """What holds after reading the files one by one up to an instant, as frames for the oracle."""
    return {feed: _replayed(drawn, feed, known_at) for feed in A_ROW}


def _replayed(drawn: Deliveries, feed: str, known_at: datetime) -> pl.DataFrame:
    holding: dict[tuple[str | None, ...], Row] = {}
    brought: dict[tuple[str | None, ...], Row] = {}  # each key's newest version, held or not
    for file in drawn.files:
        if file.feed != feed or not file.is_accepted or file.received_at > known_at:
            continue
        if feed in drawn.snapshots:
            holding = {}
        for place, row in enumerate(file.rows, start=1):
            key = key_of(feed, row)
            if key not in brought or any(brought[key][name] != row[name] for name in row):
                origin = {"place": place, "at": file.received_at, "file_id": _id(file)}
                brought[key] = row | origin
            holding[key] = brought[key]
            if row["record_status"] == DELETED:
                del holding[key]
    rows = list(holding.values())
    if not rows:
        return facts(feed).empty()
    own = [{k: v for k, v in row.items() if k not in ("place", "at")} for row in rows]
    return _placed(frame_of(feed, own), rows)
