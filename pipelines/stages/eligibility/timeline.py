"""Timeline: spans laid over stays and swept once, so that each day between two turns is alike.

Belongs here: the sweep, and the looking up in it. Not here: what the spans mean (gates). A span is
stay (row of Evidence.stays), from_on, to_on; a turn is a day of a stay from which on something may
differ. Stay and day are one integer, `moment`; with what opens or closes, still one: a plain sort
of integers, which carries nothing along, orders millions of them.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import polars as pl

from pipelines.stages.eligibility.stays import DAWN, FAR

_DAYS_OF_A_STAY: Final = 1 << 32
_DAY_ZERO: Final = 1 << 31  # added, so that days before 1970 stay within their stay
_MARKS: Final = 1 << 5  # what may be said of a moment: twice the number of kinds, and one
_NOTHING: Final = 0
_STAYS_AT_ONCE: Final = 100_000  # so that counts of every kind take little memory


def moment(day: str) -> pl.Expr:
    """Column `stay` and a day as one Int64, ordered by stay, then day."""
    number = pl.col(day).to_physical().cast(pl.Int64) + _DAY_ZERO
    return pl.col("stay").cast(pl.Int64) * _DAYS_OF_A_STAY + number


def swept(stays: pl.DataFrame, spans: Mapping[str, pl.DataFrame], told: pl.Expr) -> pl.DataFrame:
    """Turns of each stay: stay, from_on, moment, and what is told of how many spans are open.

    `told` reads a column of each kind. What a turn says holds until the stay's next; its first is
    DAWN. Sorted by moment; a turn that says what the one before said is left out.
    """
    dawn = stays.select("stay", pl.lit(DAWN).alias("from_on")).select(_marked("from_on", _NOTHING))
    opening = {kind: 2 * number for number, kind in enumerate(spans, start=1)}
    events = [dawn, *(_events(spans[kind], mark) for kind, mark in opening.items())]
    ordered = pl.concat(events).to_series().sort()
    parts = [_turns(part, opening, told) for part in _by_stays(ordered, stays.height)]
    turns = pl.concat(parts)
    return turns.select(*_stay_and_day(stays), pl.all())


def _by_stays(ordered: pl.Series, stays: int) -> Iterator[pl.Series]:
    """The events cut between stays: as spans all close, each part's sums begin with nothing."""
    firsts = pl.int_range(0, max(stays, 1), _STAYS_AT_ONCE, eager=True)
    cuts = ordered.search_sorted(firsts * (_DAYS_OF_A_STAY * _MARKS)).to_list()
    for begin, end in pairwise([*cuts, ordered.len()]):
        yield ordered.slice(begin, end - begin)


def _turns(ordered: pl.Series, opening: Mapping[str, int], told: pl.Expr) -> pl.DataFrame:
    marks = pl.DataFrame({"marked": ordered}).select(
        moment=pl.col("marked") // _MARKS, mark=(pl.col("marked") & (_MARKS - 1)).cast(pl.UInt8)
    )
    is_last_of_day = (pl.col("moment") != pl.col("moment").shift(-1)).fill_null(True)
    turns = (
        marks.with_columns(_open(mark).alias(kind) for kind, mark in opening.items())
        .filter(is_last_of_day)
        .select("moment", told)
    )
    said = (pl.col(told.meta.output_name()), pl.col("moment") // _DAYS_OF_A_STAY)
    is_news = pl.any_horizontal((value != value.shift(1)).fill_null(True) for value in said)
    return turns.filter(is_news)


def _events(spans: pl.DataFrame, opening: int) -> pl.DataFrame:
    to_on = pl.min_horizontal(pl.col("to_on").fill_null(FAR), pl.lit(FAR))
    valid = spans.with_columns(to_on=to_on).filter(pl.col("from_on") <= pl.col("to_on"))
    closed = valid.select("stay", closes_on=pl.col("to_on") + pl.duration(days=1))
    opens, closes = _marked("from_on", opening), _marked("closes_on", opening + 1)
    return pl.concat([valid.select(opens), closed.select(closes)])


def _marked(day: str, mark: int) -> pl.Expr:
    return (moment(day) * _MARKS + mark).alias("marked")


def _open(opening: int) -> pl.Expr:
    """How many spans are open; each closes, at FAR if need be: one sum is right for all stays."""
    mark = pl.col("mark")
    return (
        ((mark == opening).cast(pl.Int8) - (mark == opening + 1).cast(pl.Int8))
        .cast(pl.Int32)
        .cum_sum()
    )


def _stay_and_day(stays: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    at = pl.col("moment")
    day = ((at & (_DAYS_OF_A_STAY - 1)) - _DAY_ZERO).cast(pl.Int32).cast(pl.Date)
    return (at // _DAYS_OF_A_STAY).cast(stays.schema["stay"]).alias("stay"), day.alias("from_on")


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
