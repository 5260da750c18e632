"""Facts: which version of each key is the current one, as far as was known at an instant.

Facts are rows received and never change; this module only chooses among them.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from contracts.settings import FeedSettings
from contracts.tables import Table

_ORDERS = {
    "received": ["received_at", "row_number"],
    "source_updated_at": ["source_updated_at", "received_at", "row_number"],
}


def known(frame: pl.DataFrame, accepted: Sequence[str], known_at: datetime) -> pl.DataFrame:
    """Rows of accepted files that had been received by an instant."""
    return frame.filter(
        pl.col("received_at") <= known_at,
        pl.col("file_id").is_in(pl.Series(accepted, dtype=pl.String).implode()),
    )


def newest(feed: Table, facts: pl.DataFrame, settings: FeedSettings) -> pl.DataFrame:
    """The newest version of each key, withdrawn ones included."""
    if facts["file_id"].n_unique() <= 1:  # within one file every key stands once
        return facts
    order = _ORDERS[settings.version_order]
    return facts.sort(order, nulls_last=False).unique(feed.key, keep="last", maintain_order=True)


def current(
    feed: Table, facts: pl.DataFrame, duplicates: pl.DataFrame, settings: FeedSettings
) -> pl.DataFrame:
    """The feed's rows that hold: newest versions, less deleted and withdrawn keys.

    `facts` and `duplicates` (exact duplicates of the feed) are already bounded by `known`. A
    `snapshot` feed withdraws each key that its newest file does not name.
    """
    rows = newest(feed, facts, settings).filter(pl.col("record_status") != "deleted")
    if settings.mode == "snapshot" and not facts.is_empty():
        present = snapshot_rows(facts, duplicates)
        rows = rows.filter(pl.col("row_hash").is_in(present.implode()))
    return rows.sort(feed.key)


def snapshot_rows(facts: pl.DataFrame, duplicates: pl.DataFrame) -> pl.Series:
    """Row hashes that the newest file holds, as new versions or as exact duplicates."""
    columns = ["file_id", "received_at", "row_hash"]
    rows = pl.concat([facts.select(columns), duplicates.select(columns)])
    return rows.filter(pl.col("received_at") == pl.col("received_at").max())["row_hash"]
