"""Corrections: encounter lines with the values that people corrected, as long as those stand.

Facts are never rewritten: what comes out is the frame that every later stage reads instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.decisions import EMPTY
from contracts.feeds import FEEDS
from contracts.parsing import Parsed, as_text, parse
from contracts.settings import FeedSettings
from contracts.tables import Table
from pipelines.stages.decisions.in_force import line_subject
from pipelines.stages.facts import ORDERS

LAPSED: Final = pl.Schema(
    {"subject_id": pl.String(), "field": pl.String(), "lapsed_at": pl.Datetime("us", "UTC")}
)


@dataclass(frozen=True)
class Corrected:
    """`encounters` with corrected values; `lapsed` (`LAPSED`) tells which corrections fell."""

    encounters: pl.DataFrame
    lapsed: pl.DataFrame


def parsed_value(field: str, texts: pl.Series) -> Parsed:
    """Texts read by the contract of one column of `encounters`; `row_number` counts from 0.

    `EMPTY` stands for no value, which an optional column admits.
    """
    encounters = FEEDS["encounters"]
    column = Table(encounters.name, encounters.meaning, (encounters.column(field),))
    told = texts.rename(field).replace(EMPTY, None)
    return parse(
        column, told.to_frame().with_row_index("row_number").cast({"row_number": pl.Int64})
    )


def corrected(
    encounters: pl.DataFrame, versions: pl.DataFrame, decided: pl.DataFrame, settings: FeedSettings
) -> Corrected:
    """Apply the corrections that stand.

    `encounters`: current facts. `versions`: every version received of the corrected keys.
    `decided`: corrections in force. One stands until a version later than the one that the decider
    saw has another value in that field; it has lapsed where the line now has neither the value that
    was seen nor the one that was decided.
    """
    if decided.is_empty():
        return Corrected(encounters, LAPSED.to_frame())
    places = encounters.select(line_subject()).with_row_index("place")
    ranked = _ranked(versions, settings)
    frame, lapsed = encounters, [LAPSED.to_frame()]
    for field, asked in _by_field(decided):
        known = asked.join(places, on="subject_id", maintain_order="left")
        changed = _changed(field, known, ranked)
        now = _texts(encounters[known["place"]].select(field))
        is_fallen = (changed["changed_at"].is_not_null() | ~known["is_read"]).alias("fallen")
        standing = known.filter(~is_fallen)
        frame = _written(frame, field, standing)
        lapsed_at = pl.coalesce(changed["changed_at"], "recorded_at")
        fallen = known.with_columns(now=now, lapsed_at=lapsed_at).filter(is_fallen)
        unlike = fallen.filter(pl.col("now").ne_missing(pl.col("decided")))
        lapsed.append(unlike.select(LAPSED.names()))
    return Corrected(frame, pl.concat(lapsed).sort("subject_id", "field"))


def _by_field(decided: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Corrections of each field with their typed `typed` and its text `decided`.

    One that the contract no longer reads is not `is_read`.
    """
    for field in decided["field"].unique().sort():
        asked = decided.filter(pl.col("field") == field).with_row_index("row_number")
        rows = parsed_value(field, asked["value"]).rows.select("row_number", typed=field)
        told = rows.with_columns(decided=_texts(rows.select("typed")), is_read=pl.lit(True))
        yield (
            field,
            asked.cast({"row_number": pl.Int64})
            .join(told, on="row_number", how="left", maintain_order="left")
            .with_columns(pl.col("is_read").fill_null(False)),
        )


def _texts(column: pl.DataFrame) -> pl.Series:
    """A column's values in the one text form in which two of them compare."""
    return as_text(column).to_series()


def _ranked(versions: pl.DataFrame, settings: FeedSettings) -> pl.DataFrame:
    """Versions with `subject_id` and `rank`, in the order in which one takes another's place."""
    order = [name for name in ORDERS[settings.version_order] if name in versions.columns]
    ordered = versions.sort(order, nulls_last=False).with_columns(line_subject())
    return ordered.with_row_index("rank")


def _changed(field: str, asked: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """`changed_at` of each asked row: when the first later version with another value came.

    Where the version that was seen is not among those known, the correction has nothing to stand
    on: it is taken as changed when it was recorded.
    """
    told = ranked.select(
        "subject_id", "row_hash", "received_at", "rank", text=_texts(ranked.select(field))
    )
    seen = (
        told.join(asked, on="subject_id")
        .filter(pl.col("row_hash") == pl.col("seen_version"))
        .filter(pl.col("received_at") <= pl.col("recorded_at"))
        .sort("rank")
        .unique("subject_id", keep="last")
        .select("subject_id", seen_rank="rank", seen_text="text")
    )
    later = (
        told.join(seen, on="subject_id")
        .filter(
            pl.col("rank") > pl.col("seen_rank"), pl.col("text").ne_missing(pl.col("seen_text"))
        )
        .group_by("subject_id")
        .agg(changed_at=pl.col("received_at").min())
    )
    is_unseen = pl.col("seen_rank").is_null()
    return (
        asked.select("subject_id", "recorded_at")
        .join(seen, on="subject_id", how="left", maintain_order="left")
        .join(later, on="subject_id", how="left", maintain_order="left")
        .select(
            changed_at=pl.when(is_unseen).then("recorded_at").otherwise("changed_at"),
        )
    )


def _written(frame: pl.DataFrame, field: str, standing: pl.DataFrame) -> pl.DataFrame:
    """The frame with the values of one field put in their places."""
    if standing.is_empty():
        return frame
    which = pl.zeros(frame.height, pl.Int64, eager=True) - 1
    which = which.scatter(standing["place"], pl.int_range(standing.height, eager=True))
    is_corrected = which >= 0
    value = standing["typed"].gather(pl.select(pl.when(is_corrected).then(which)).to_series())
    return frame.with_columns(
        pl.when(is_corrected).then(value).otherwise(pl.col(field)).alias(field)
    )
