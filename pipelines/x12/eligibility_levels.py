"""Under whom each segment of a 271 (005010X279A1) stands: source, receiver, person, benefit.

Here: levels, rejections (AAA) and whom they concern. Not here: what a benefit says.
Levels are told by the order of the HL segments, not by HL02: the guide sets that order, and a
wrong parent number would hand one person's answer to another.
"""

from typing import Final

import polars as pl

from pipelines.x12.eligibility_places import BENEFIT, PERSON, RELATED
from pipelines.x12.reading import latest, segments_of
from pipelines.x12.wire import element

# HL03 and what it stands for; a subscriber stands under a receiver, a dependent under both.
LEVELS: Final = {"20": "source", "21": "receiver", "22": "subscriber", "23": "dependent"}
PERSONS: Final = ("subscriber", "dependent")
_NUMBERED: Final = ("source", "receiver", "subscriber")


def placed(tokens: pl.DataFrame) -> pl.DataFrame:
    """Segments of 271 sets with level, the number of the level of each kind they stand under
    (source, receiver, subscriber, person), benefit (number of the EB) and loop.
    """
    segments = segments_of(tokens, "271")
    identity = pl.col("segment_id")
    begins = identity.is_in(["ST", "HL"])
    code = latest(begins, pl.when(identity == "HL").then(element(3)))
    level = code.replace_strict(LEVELS, default="", return_dtype=pl.String)
    numbers = {name: _number(upto) for upto, name in enumerate(_NUMBERED, start=1)}
    return (
        segments.with_columns(level=level, hl_code=code)
        .with_columns(**numbers, person=begins.cum_sum())
        .with_columns(
            benefit=identity.is_in(["ST", "HL", "EB"]).cum_sum(),
            loop=_loop(),
        )
        .drop("hl_code")
    )


def _number(upto: int) -> pl.Expr:
    """Counts the levels of the first `upto` kinds: each of them begins a new one of the last."""
    identity = pl.col("segment_id")
    outer = list(LEVELS)[:upto]
    return ((identity == "ST") | ((identity == "HL") & pl.col("hl_code").is_in(outer))).cum_sum()


def _loop() -> pl.Expr:
    """After an EB an NM1 is of 2120, whether or not LS announces it; elsewhere it is the person's.

    LS and LE therefore begin nothing.
    """
    identity = pl.col("segment_id")
    mark = latest(identity.is_in(["ST", "HL", "EB", "SE"]), identity)
    named = latest(identity.is_in(["ST", "HL", "EB", "NM1", "SE"]), identity) == "NM1"
    return (
        pl.when((mark == "EB") & named)
        .then(pl.lit(RELATED))
        .when(mark == "EB")
        .then(pl.lit(BENEFIT))
        .when((mark == "HL") & pl.col("level").is_in(PERSONS))
        .then(pl.lit(PERSON))
        .otherwise(pl.lit(""))
    )


def rejected(segments: pl.DataFrame) -> pl.DataFrame:
    """One row an AAA of `placed` segments: set_ordinal, segment_ordinal, level, reject_code
    (AAA03), follow_up_code (AAA04), and the numbers of the levels it stands under.
    """
    return segments.filter(pl.col("segment_id") == "AAA").select(
        *("set_ordinal", "segment_ordinal", "level", *_NUMBERED, "person"),
        reject_code=element(3),
        follow_up_code=element(4),
    )


def rejections_of(persons: pl.DataFrame, rejections: pl.DataFrame) -> pl.DataFrame:
    """Codes by person, `|`-joined: their own and those of the levels above.

    `persons` have the level numbers of `placed`.
    """
    concerned = [
        persons.select("person", level).join(
            rejections.filter(level=level).drop("person"), on=level
        )
        for level in _NUMBERED
    ]
    own = persons.select("person").join(rejections.filter(level="dependent"), on="person")
    columns = ["person", "segment_ordinal", "reject_code", "follow_up_code"]
    codes = pl.concat([one.select(columns) for one in (*concerned, own)])
    listed = codes.sort("segment_ordinal", maintain_order=True).group_by("person")
    return listed.agg(
        reject_codes=_list("reject_code"), follow_up_codes=_list("follow_up_code")
    ).with_columns(is_rejected=pl.lit(True))


def _list(column: str) -> pl.Expr:
    text = pl.col(column).drop_nulls().unique(maintain_order=True).str.join("|")
    return pl.when(text != "").then(text)
