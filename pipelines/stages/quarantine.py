"""Quarantine: which quarantined rows still wait for repair, and how they stood in their file.

Belongs here: rows as they arrived, their keys, and what closed them. Not here: why a row was
quarantined (intake), nor the files in which people mend rows.

A row is closed by the first sound row of its key that came after it, in its own file or a later
one, as a new version or as an exact duplicate. A row whose key cannot be read is closed by hand.
"""

import json

import polars as pl

from contracts.mapping import Mapping
from contracts.parsing import parse
from contracts.tables import Table
from pipelines.stages.mapping import apply

PLACE = ["file_id", "row_number"]
MARKS = ("x_quarantine_file", "x_quarantine_row", "x_reason", "x_remedy")
CLOSED = pl.Schema(
    [("file_id", pl.String()), ("row_number", pl.Int64()),
     ("closed_file_id", pl.String()), ("closed_row_number", pl.Int64())]
)  # fmt: skip
CLOSED_BY = ("closed_file_id", "closed_row_number", "closed_user_id", "closed_reason")
_FILTERED = "filtered"  # the mapping leaves such a row out on purpose: nothing is to be mended


def arrived(rows: pl.DataFrame) -> pl.DataFrame:
    """Quarantined rows of one file as they arrived: row_number and the file's text columns.

    Misshapen rows and transaction sets have no columns and are left out.
    """
    whole = rows.filter(pl.col("row_text").str.starts_with("{")).unique(
        "row_number", maintain_order=True
    )
    if whole.is_empty():
        return whole.select("row_number")
    names = json.loads(whole["row_text"][0])
    texts = pl.col("row_text").str.json_decode(pl.Struct(dict.fromkeys(names, pl.String)))
    return whole.select("row_number", texts.alias("texts")).unnest("texts")


def keys(feed: Table, mapping: Mapping, texts: pl.DataFrame) -> pl.DataFrame:
    """The key of each arrived row: row_number and the key's columns. Unreadable ones are absent."""
    bare = Table(feed.name, feed.meaning, tuple(one for one in feed.columns if one.is_key))
    mapped = apply(feed, mapping, texts).rows
    there = [name for name in feed.key if name in mapped.columns]
    return parse(bare, mapped.select("row_number", *there)).rows.select("row_number", *feed.key)


def persons(feed: Table, mapping: Mapping, texts: pl.DataFrame) -> pl.DataFrame:
    """Whether each arrived row may be of Part 2, and whose it is: row_number, is_part_2, person_id.

    What is neither empty nor `no` counts as Part 2, and so does a row that cannot be mapped.
    """
    mapped = apply(feed, mapping, texts).rows
    told = mapped.select(
        "row_number",
        *(
            _stripped(name) if name in mapped.columns else pl.lit(None, pl.String).alias(name)
            for name in ("is_part_2", "person_id")
        ),
    )
    said = pl.when("is_mapped").then(pl.col("is_part_2").fill_null("")).otherwise(pl.lit("?"))
    is_part_2 = ~said.is_in(["", "no"]) if "is_part_2" in feed.names else pl.lit(value=False)
    return (
        texts.select("row_number")
        .join(told.with_columns(is_mapped=True), on="row_number", how="left", maintain_order="left")
        .select("row_number", is_part_2.alias("is_part_2"), "person_id")
    )


def _stripped(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars()


def sound(feed: Table, facts: pl.DataFrame, duplicates: pl.DataFrame) -> pl.DataFrame:
    """Every sound row received: the key's columns, file_id, row_number and received_at."""
    origin = [*PLACE, "received_at"]
    versions = facts.select("row_hash", *feed.key).unique("row_hash")
    again = duplicates.select(*origin, "row_hash").join(versions, on="row_hash", how="inner")
    columns = [*feed.key, *origin]
    return pl.concat([facts.select(columns), again.select(columns)])


def closed_by_rows(
    feed: Table, rows: pl.DataFrame, keyed: pl.DataFrame, sound_rows: pl.DataFrame
) -> pl.DataFrame:
    """What closed quarantined rows: file_id, row_number, closed_file_id, closed_row_number.

    `rows`: file_id, row_number and received_at of quarantined rows; `keyed`: their keys.
    """
    is_later = pl.col("closed_at") > pl.col("received_at")
    is_further_down = (pl.col("closed_at") == pl.col("received_at")) & (
        pl.col("closed_row_number") > pl.col("row_number")
    )
    closing = sound_rows.rename(
        {"file_id": "closed_file_id", "row_number": "closed_row_number", "received_at": "closed_at"}
    )
    return (
        rows.select(*PLACE, "received_at")
        .unique(PLACE)
        .join(keyed, on=PLACE, how="inner")
        .join(closing, on=feed.key, how="inner", nulls_equal=True)
        .filter(is_later | is_further_down)
        .sort("closed_at", "closed_row_number")
        .unique(PLACE, keep="first", maintain_order=True)
        .select(CLOSED.names())
    )


def stated(rows: pl.DataFrame, by_rows: pl.DataFrame, by_hand: pl.DataFrame) -> pl.DataFrame:
    """Quarantine rows with `state` (open, closed, left_out) and what closed them.

    `by_hand`: file_id, row_number, closed_user_id, closed_reason. A row that only the mapping's
    filter keeps out is `left_out`: there is nothing to mend.
    """
    is_left_out = (pl.col("rule") == _FILTERED).all().over(PLACE)
    is_closed = pl.any_horizontal(pl.col("closed_file_id", "closed_user_id").is_not_null())
    state = (
        pl.when(is_closed)
        .then(pl.lit("closed"))
        .when(is_left_out)
        .then(pl.lit("left_out"))
        .otherwise(pl.lit("open"))
    )
    return (
        rows.join(by_rows, on=PLACE, how="left", maintain_order="left")
        .join(by_hand, on=PLACE, how="left", maintain_order="left")
        .with_columns(state.alias("state"))
        .select(*rows.columns, "state", *CLOSED_BY)
    )


def to_repair(file_id: str, rows: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """A file's rows as they arrived, then where they stood and what each is waiting for.

    The added columns begin with `x_`, which intake keeps aside: the mended file can be received.
    """
    told = pl.concat_str(pl.col("column_name") + ": ", "reason", ignore_nulls=True)
    why = rows.group_by("row_number").agg(
        told.unique(maintain_order=True).str.join("; ").alias("x_reason"),
        pl.col("remedy").unique(maintain_order=True).str.join(" ").alias("x_remedy"),
    )
    marked = texts.join(why, on="row_number", how="inner", maintain_order="left").with_columns(
        x_quarantine_file=pl.lit(file_id), x_quarantine_row=pl.col("row_number").cast(pl.String)
    )
    columns = [name for name in texts.columns if name != "row_number"]
    return marked.select(*columns, *MARKS)
