"""Timeline: spans laid over stays and swept once, so that each day between two turns is alike.

Belongs here: the sweep, and the looking up in it. Not here: what the spans mean (gates). A span is
stay (row of Evidence.stays), from_on, to_on; a turn is a day of a stay from which on something may
differ. Stay and day are one integer, `moment`: one plain sort orders millions of them.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from pipelines.stages.eligibility.stays import DAWN, FAR

_DAYS_OF_A_STAY: Final = 1 << 32


def moment(day: str) -> pl.Expr:
    """Column `stay` and a day as one Int64, ordered by stay, then day."""
    return pl.col("stay").cast(pl.Int64) * _DAYS_OF_A_STAY + pl.col(day).to_physical()


def swept(stays: pl.DataFrame, spans: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Turns of each stay: stay, from_on, moment, and for each kind how many spans are open.

    What a turn says holds until the stay's next; its first is DAWN. Sorted by moment.
    """
    dawn = stays.select("stay", pl.lit(DAWN).alias("from_on"), kind=_kind(""), change=_change(0))
    events = pl.concat([dawn, *(_events(kind, of) for kind, of in spans.items())])
    is_last_of_day = (pl.col("moment") != pl.col("moment").shift(-1)).fill_null(True)
    # Every span closes, at FAR if need be: one running sum is right for all stays at once.
    return (
        events.with_columns(moment=moment("from_on"))
        .sort("moment")
        .with_columns(
            (pl.col("change") * (pl.col("kind") == kind)).cum_sum().alias(kind) for kind in spans
        )
        .filter(is_last_of_day)
        .drop("kind", "change")
    )


def _events(kind: str, spans: pl.DataFrame) -> pl.DataFrame:
    to_on = pl.min_horizontal(pl.col("to_on").fill_null(FAR), pl.lit(FAR))
    valid = spans.with_columns(to_on=to_on).filter(pl.col("from_on") <= pl.col("to_on"))
    closes_on = (pl.col("to_on") + pl.duration(days=1)).alias("from_on")
    return pl.concat(
        [
            valid.select("stay", "from_on", kind=_kind(kind), change=_change(1)),
            valid.select("stay", closes_on, kind=_kind(kind), change=_change(-1)),
        ]
    )


def _kind(kind: str) -> pl.Expr:
    return pl.lit(kind, pl.Categorical)


def _change(count: int) -> pl.Expr:
    return pl.lit(count, pl.Int32)


def with_ends(turns: pl.DataFrame) -> pl.DataFrame:
    """Turns with to_on, the day before the stay's next turn."""
    is_followed = pl.col("stay") == pl.col("stay").shift(-1)
    next_on = pl.when(is_followed).then(pl.col("from_on").shift(-1))
    return turns.with_columns(to_on=(next_on - pl.duration(days=1)).fill_null(FAR))


def looked_up(pairs: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Pairs (stay, day) in their order, each with what its turn says; nulls where stay is null."""
    return (
        pairs.with_row_index("place")
        .with_columns(moment=moment("day"))
        .sort("moment")
        .join_asof(turns.drop("stay", "from_on"), on="moment")
        .sort("place")
        .drop("place", "moment")
    )
