"""Places: where a payer puts a value that no implementation guide gives one place to.

Here: how a place is declared and read. Not here: which places an 834 or a 271 has; those tables
stand beside their readers, each row with its source and how well it is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from pipelines.x12.wire import element

# What DHCS joins several values of one element with; no delimiter that ISA declares.
JOINED_BY: Final = ";"


@dataclass(frozen=True, slots=True)
class Place:
    """A value's place. An `unset` one is only named: nothing is read from it.

    `pattern` finds the value in the text and has one group, the value; every match counts.
    `part` is the value's 1-based place among values joined by `;`, 0 the whole element; with
    `every`, also each `every`-th value after it.
    """

    column: str
    loop: str
    segment_id: str
    qualifier: str | None  # element 1; None admits any
    element: int
    pattern: str
    status: Literal["verified", "unverified", "unset"]
    source: str
    part: int = 0
    every: int = 0


def found(segments: pl.DataFrame, places: Sequence[Place], column: str, *by: str) -> pl.DataFrame:
    """Every value of `column`: `by`, segment_ordinal, position (in its element), rank, value.

    `segments` are tokens with `loop`, `qualifier` (element 1) and `by`. Rank 0 is the place
    named first in `places`.
    """
    wanted = [one for one in places if one.column == column and one.status != "unset"]
    frames = [_read(segments, one, rank, by) for rank, one in enumerate(wanted)]
    empty = segments.clear().select(
        *by,
        "segment_ordinal",
        position=pl.lit(0, pl.Int64),
        rank=pl.lit(0, pl.Int64),
        value=pl.lit("", pl.String),
    )
    return pl.concat([empty, *frames])


def best(values: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Of what was `found`, the values of the first place that has any, in the order they stand."""
    first = values.filter(pl.col("rank") == pl.col("rank").min().over(by))
    return first.sort("segment_ordinal", "position", maintain_order=True)


def first_value(values: pl.DataFrame, column: str, *by: str) -> pl.DataFrame:
    """One row for each `by`: the first value of its best place, named `column`."""
    chosen = best(values, *by).unique(by, keep="first", maintain_order=True)
    return chosen.select(*by, pl.col("value").alias(column))


def _read(segments: pl.DataFrame, place: Place, rank: int, by: Sequence[str]) -> pl.DataFrame:
    wanted = {"loop": place.loop, "segment_id": place.segment_id}
    if place.qualifier is not None:
        wanted["qualifier"] = place.qualifier
    named = segments.lazy().filter(**wanted)
    values = named.select(*by, "segment_ordinal", value=element(place.element)).collect()
    texts = _every_part(values, place) if place.every else _one_part(values, place)
    return (
        _matches(texts, place.pattern)
        .filter(pl.col("value").is_not_null())
        .select(*by, "segment_ordinal", "position", pl.lit(rank, pl.Int64).alias("rank"), "value")
    )


def _one_part(values: pl.DataFrame, place: Place) -> pl.DataFrame:
    text = pl.col("value")
    if place.part:
        text = text.str.split(JOINED_BY).list.get(place.part - 1, null_on_oob=True)
    return values.with_columns(value=text, position=pl.lit(0, pl.Int64))


def _every_part(values: pl.DataFrame, place: Place) -> pl.DataFrame:
    parts = pl.col("value").str.split(JOINED_BY).list.slice(place.part - 1)
    listed = values.with_columns(value=parts.list.gather_every(place.every))
    numbered = listed.with_columns(position=pl.int_ranges(pl.col("value").list.len()))
    return numbered.explode("value", "position").filter(pl.col("value") != "")


def _matches(texts: pl.DataFrame, pattern: str) -> pl.DataFrame:
    if not pattern.startswith("^"):  # an anchored pattern matches once
        texts = texts.with_columns(value=pl.col("value").str.extract_all(pattern)).explode("value")
    return texts.with_columns(value=pl.col("value").str.extract(pattern, 1))
