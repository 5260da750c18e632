"""History: every version of a key that was received, in the order in which the feed counts them.

Belongs here: what became of each version and by which file. Not here: which version is the current
one (facts), or the versions' values, which stay where they were received.
"""

import polars as pl

from contracts.feeds import COMMON
from contracts.fields import INSTANT
from contracts.settings import FeedSettings
from contracts.tables import Table
from pipelines.stages.facts import ORDERS

SEEN_AGAIN = pl.List(pl.Struct({"file_id": pl.String, "row_number": pl.Int64}))
_TOLD = ("version", "status", "received_at", "file_id", "row_number")
_FOUND = ("changed", "withdrawn_by", "seen_again")


def history(
    feed: Table,
    facts: pl.DataFrame,
    duplicates: pl.DataFrame,
    files: pl.DataFrame,
    settings: FeedSettings,
    quarantined: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every version of the keys in `facts`, oldest first.

    `facts`: the feed's rows of those keys; `duplicates`: its exact duplicates; `files`: file_id and
    received_at of each of its files that brought a sound row. All are bounded by `known`.
    `quarantined`: key columns and received_at of rows that were quarantined: their files name the
    key all the same.

    Returns the key, `version` (counted from 1), `status` (current, superseded, deleted, withdrawn),
    `received_at`, `file_id`, `row_number`, `changed` (columns that differ from the version before),
    `withdrawn_by` (snapshots that no longer named the key, while this version was the last seen)
    and `seen_again` (file_id and row_number of exact duplicates).
    """
    events = _events(feed, facts.with_row_index("place"), duplicates)
    seen = events.group_by("place").agg(pl.col("seen_at").max(), _seen_again())
    versions = facts.with_row_index("place").join(seen, on="place", how="left")
    versions = versions.sort(*feed.key, *ORDERS[settings.version_order], nulls_last=False)
    versions = versions.with_columns(
        (pl.int_range(pl.len()) + 1).over(feed.key).alias("version"),
        (pl.int_range(pl.len()) + 1 == pl.len()).over(feed.key).alias("is_newest"),
        _changed(feed).alias("changed"),
    )
    if settings.mode == "snapshot":
        namings = events if quarantined is None else _also(feed, events, quarantined)
        gaps = _gaps(feed, namings, files, versions)
    else:
        gaps = events.select(
            "place", file_id=pl.lit(None, pl.String), is_last=pl.lit(False)
        ).clear()
    return _told(feed, versions, gaps)


def _events(feed: Table, facts: pl.DataFrame, duplicates: pl.DataFrame) -> pl.DataFrame:
    """Each naming of a key: a version's own row, and every duplicate of the version before it."""
    own = facts.select(
        "place", *feed.key, "row_hash", "file_id", "row_number", seen_at="received_at"
    )
    again = duplicates.filter(pl.col("row_hash").is_in(facts["row_hash"].implode())).select(
        "row_hash", "file_id", "row_number", seen_at="received_at"
    )
    versions = own.select("place", *feed.key, "row_hash", "seen_at").sort("seen_at")
    attached = again.sort("seen_at").join_asof(
        versions, on="seen_at", by="row_hash", strategy="backward", check_sortedness=False
    )
    both = [own.with_columns(is_again=False), attached.with_columns(is_again=True)]
    return pl.concat(both, how="diagonal").filter(pl.col("place").is_not_null())


def _seen_again() -> pl.Expr:
    place = pl.struct("file_id", "row_number").sort_by("seen_at")
    return place.filter(pl.col("is_again").sort_by("seen_at")).alias("seen_again")


def _changed(feed: Table) -> pl.Expr:
    """Names of the value columns that differ from the version before; null for the first."""
    values = [column.name for column in (*feed.columns, *COMMON) if not column.is_key]
    differs = (
        pl.when(pl.col(name).ne_missing(pl.col(name).shift(1).over(feed.key))).then(pl.lit(name))
        for name in values
    )
    return pl.when(pl.int_range(pl.len()).over(feed.key) > 0).then(
        pl.concat_list(differs).list.drop_nulls()
    )


def _also(feed: Table, events: pl.DataFrame, quarantined: pl.DataFrame) -> pl.DataFrame:
    """Namings of a key by quarantined rows as well, each of the version that held then."""
    known = events.select(*feed.key, "seen_at", "place").sort("seen_at")
    named = quarantined.select(*feed.key, seen_at="received_at").sort("seen_at")
    held = named.join_asof(known, on="seen_at", by=feed.key, check_sortedness=False)
    return pl.concat([events, held.drop_nulls("place")], how="diagonal")


def _gaps(
    feed: Table,
    events: pl.DataFrame,
    files: pl.DataFrame,
    versions: pl.DataFrame,
) -> pl.DataFrame:
    """Snapshots that came next after a key was named and did not name it: place, file_id, is_last.

    One after which the key never came back withdraws its newest version, whichever was seen last.
    """
    next_file = files.sort("received_at").select(
        seen_at="received_at",
        next_id=pl.col("file_id").shift(-1),
        next_at=pl.col("received_at").shift(-1).cast(INSTANT),
    )
    named = events.select(*feed.key, next_at="seen_at")
    newest = versions.filter("is_newest").select(*feed.key, newest="place")
    is_last = pl.col("seen_at") == pl.col("seen_at").max().over(feed.key)
    return (
        events.with_columns(is_last=is_last)
        .join(next_file, on="seen_at", how="inner")
        .filter(pl.col("next_id").is_not_null())
        .join(named, on=[*feed.key, "next_at"], how="anti")
        .join(newest, on=feed.key, how="left")
        .sort("next_at")
        .select(
            pl.when("is_last").then("newest").otherwise("place").alias("place"),
            pl.col("next_id").alias("file_id"),
            "is_last",
        )
    )


def _told(feed: Table, versions: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    withdrawn = gaps.group_by("place", maintain_order=True).agg(
        pl.col("file_id").alias("withdrawn_by"), pl.col("is_last").any().alias("is_withdrawn")
    )
    status = (
        pl.when(~pl.col("is_newest"))
        .then(pl.lit("superseded"))
        .when(pl.col("record_status") == "deleted")
        .then(pl.lit("deleted"))
        .when(pl.col("is_withdrawn").fill_null(False))
        .then(pl.lit("withdrawn"))
        .otherwise(pl.lit("current"))
        .alias("status")
    )
    none = pl.lit([], pl.List(pl.String))
    return (
        versions.join(withdrawn, on="place", how="left", maintain_order="left")
        .with_columns(status, pl.col("withdrawn_by").fill_null(none))
        .with_columns(pl.col("seen_again").cast(SEEN_AGAIN))
        .select(*feed.key, *_TOLD, *_FOUND)
    )
