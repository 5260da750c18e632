"""Closing: which rows, of all that came between two runs, may have closed a finding.

A row is told where its edit reads what the row changed, of its own subject or of a fact that the
subject rests on (sources). Several may be told; whether one alone would have done is not.
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

from contracts.fields import INSTANT
from contracts.tables import Table
from pipelines.stages.edits.sources import Source, sources_of

PRESENCE: Final = ("received", "deleted", "withdrawn", "sent again")
EVENTS: Final = pl.Schema(
    {
        "subject": pl.String(),
        "subject_id": pl.String(),
        "feed": pl.String(),
        "link": pl.String(),
        "feed_key": pl.String(),
        "at": INSTANT,
        "change": pl.String(),
        "columns": pl.List(pl.String()),
        "file_id": pl.String(),
        "row_number": pl.Int64(),
    }
)
_ROW: Final = ("feed", "feed_key", "change", "columns", "file_id", "row_number")
_TEXTS: Final = pl.List(pl.String)


def turns(feed: Table, versions: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """What became of each key of a feed, and when: feed_key, at, change, columns, file_id,
    row_number (null where a file withdrew the key by not naming it).

    `versions`: as `history` gives them, with record_status; `files`: file_id, received_at.
    """
    key = pl.concat_str([pl.col(name).cast(pl.String) for name in feed.key], separator="/")
    keyed = versions.with_columns(feed_key=key)
    is_gone = (pl.col("record_status") == "deleted").fill_null(False)
    first = pl.col("changed").is_null()
    came = keyed.select(
        "feed_key",
        at="received_at",
        change=pl.when(is_gone).then(pl.lit("deleted")).when(first).then(pl.lit("received"))
        .otherwise(pl.lit("changed")),
        columns=pl.col("changed").fill_null([]).cast(_TEXTS),
        file_id="file_id",
        row_number="row_number",
    )  # fmt: skip
    gone = keyed.select("feed_key", file_id="withdrawn_by").explode("file_id").drop_nulls()
    again = (
        keyed.filter(pl.col("withdrawn_by").list.len() > 0)
        .select("feed_key", again="seen_again")
        .explode("again")
        .drop_nulls()
        .unnest("again")
    )
    told = [came, _by_file(gone, "withdrawn", files), _by_file(again, "sent again", files)]
    return pl.concat(one.select(came.columns) for one in told)


def _by_file(rows: pl.DataFrame, change: str, files: pl.DataFrame) -> pl.DataFrame:
    numbered = rows if "row_number" in rows.columns else rows.with_columns(row_number=None)
    return numbered.join(files.rename({"received_at": "at"}), on="file_id").with_columns(
        pl.col("row_number").cast(pl.Int64),
        change=pl.lit(change),
        columns=pl.lit([], _TEXTS),
    )


def closing_rows(closed: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The rows that may have closed each finding: finding_id, feed, feed_key, change, columns,
    file_id, row_number; of each key the newest between the two runs.

    `closed`: finding_id, edit_id, subject, subject_id, after and until (what the run before and the
    closing run knew). `events`: `EVENTS`.
    """
    between = closed.join(events, on=["subject", "subject_id"]).filter(
        pl.col("at") > pl.col("after"), pl.col("at") <= pl.col("until")
    )
    told = between.join(_sources(closed["edit_id"].unique()), on=["edit_id", "feed", "link"])
    counts = pl.col("columns").list.set_intersection("columns_read")
    any_counts = pl.col("columns_read").list.len() == 0
    is_presence = pl.col("change").is_in(PRESENCE) | pl.col("columns").list.contains(
        "record_status"
    )
    kept = told.with_columns(columns=pl.when(any_counts).then("columns").otherwise(counts)).filter(
        is_presence | (pl.col("columns").list.len() > 0)
    )
    of_key = (
        kept.sort("at", "row_number")
        .group_by("finding_id", "feed", "feed_key")
        .agg(
            pl.col("columns").explode().drop_nulls().unique().sort(),
            pl.col("change", "file_id", "row_number").last(),
        )
    )
    return of_key.select("finding_id", *_ROW).sort("finding_id", "feed", "feed_key")


def _sources(edit_ids: Iterable[str]) -> pl.DataFrame:
    """What each edit reads of rows: edit_id, feed, link, columns_read (none: all count)."""
    rows = [
        (edit_id, source.feed, source.link, list(source.columns))
        for edit_id in edit_ids
        for source in sources_of(edit_id)
        if isinstance(source, Source)
    ]
    texts = ("edit_id", "feed", "link")
    schema = pl.Schema([*((name, pl.String()) for name in texts), ("columns_read", _TEXTS)])
    return pl.DataFrame(rows, schema=schema, orient="row")
