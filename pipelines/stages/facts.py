"""Facts: which version of each key is the current one, as far as was known at an instant.

Facts are rows received and never change; this module only chooses among them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl

from contracts.settings import FeedSettings
from contracts.tables import Table

# By what the versions of a key are ordered, for each `version_order`.
ORDERS = {
    "received": ["seen_at", "received_at", "row_number"],
    "source_updated_at": ["source_updated_at", "seen_at", "received_at", "row_number"],
}


def known(frame: pl.DataFrame, accepted: Sequence[str], known_at: datetime) -> pl.DataFrame:
    """Rows of accepted files that had been received by an instant."""
    return frame.filter(
        pl.col("received_at") <= known_at,
        pl.col("file_id").is_in(pl.Series(accepted, dtype=pl.String).implode()),
    )


def newest(
    feed: Table, facts: pl.DataFrame, duplicates: pl.DataFrame, settings: FeedSettings
) -> pl.DataFrame:
    """The newest version of each key, withdrawn ones included.

    A version is as new as the last file that held it, be it as an exact duplicate: so the order in
    which files were worked through (after a kill, or by two processes) changes nothing.
    """
    if facts["file_id"].n_unique() <= 1:  # within one file every key stands once
        return facts
    again = duplicates.group_by("row_hash").agg(pl.col("received_at").max().alias("again_at"))
    origin = ["received_at", "row_number", "source_updated_at", "row_hash"]
    versions = (
        facts.select(*feed.key, *(name for name in origin if name not in feed.key))
        .with_row_index("place")
        .join(again, on="row_hash", how="left")
        .with_columns(pl.max_horizontal("received_at", "again_at").alias("seen_at"))
        .sort(ORDERS[settings.version_order], nulls_last=False)
        .unique(feed.key, keep="last", maintain_order=True)
    )
    return facts[versions["place"]]


def current(
    feed: Table,
    facts: pl.DataFrame,
    duplicates: pl.DataFrame,
    settings: FeedSettings,
    deltas: Collection[str] = (),
    quarantined: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The feed's rows that hold: newest versions, less deleted and withdrawn keys.

    `facts` and `duplicates` (exact duplicates of the feed) are already bounded by `known`. A
    `snapshot` feed withdraws each key that its newest file does not name; `deltas` are files that
    are none of its own, answers of the payer: they add and change, and withdraw nothing.
    `quarantined`: key columns and received_at of rows that were quarantined; what the newest file
    names in one is not withdrawn, its last sound version holds on.
    """
    rows = newest(feed, facts, duplicates, settings).filter(pl.col("record_status") != "deleted")
    if settings.mode == "snapshot":
        is_delta = pl.col("file_id").is_in(pl.Series(list(deltas), dtype=pl.String).implode())
        keys = snapshot_keys(
            feed, facts.filter(~is_delta), duplicates.filter(~is_delta), quarantined
        )
        named = rows.filter(~is_delta).join(keys, on=feed.key, how="semi", nulls_equal=True)
        rows = pl.concat([named, rows.filter(is_delta)])
    return rows.sort(feed.key)


def snapshot_keys(
    feed: Table,
    facts: pl.DataFrame,
    duplicates: pl.DataFrame,
    quarantined: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Keys that the newest file names: by a new version, an exact duplicate, a quarantined row."""
    columns = ["received_at", "row_hash"]
    rows = pl.concat([facts.select(columns), duplicates.select(columns)])
    newest = rows.filter(pl.col("received_at") == pl.col("received_at").max())
    keys = facts.filter(pl.col("row_hash").is_in(newest["row_hash"].implode())).select(feed.key)
    if quarantined is None:
        return keys
    at_once = quarantined.join(newest.select("received_at").unique(), on="received_at", how="semi")
    return pl.concat([keys, at_once.select(feed.key)])
