"""Weekdays and seasons: which days people are booked, released and seen on.

Expressions over dates; invented shares, no county's statistics.
"""

import polars as pl

from pipelines.demo.draw import Draws

SATURDAY, SUNDAY, MONDAY = 6, 7, 1
QUIET_MONTHS = [1, 2, 12]


def _days(count: pl.Expr | int) -> pl.Expr:
    return pl.duration(days=count)


def off_weekend(draws: Draws, stream: str, index: pl.Expr, day: pl.Expr, percent: int) -> pl.Expr:
    """That share of the weekend's days moved to the Friday before or the Monday after."""
    weekday = day.dt.weekday()
    step = pl.when(weekday == SATURDAY).then(-1).when(weekday == SUNDAY).then(1).otherwise(0)
    return pl.when(draws.chance(stream, index, percent)).then(day + _days(step)).otherwise(day)


def towards_saturday(
    draws: Draws, stream: str, index: pl.Expr, day: pl.Expr, percent: int
) -> pl.Expr:
    """That share of Sunday's and Monday's bookings moved to the Saturday before."""
    weekday = day.dt.weekday()
    back = pl.when(weekday == SUNDAY).then(1).when(weekday == MONDAY).then(2).otherwise(0)
    return pl.when(draws.chance(stream, index, percent)).then(day - _days(back)).otherwise(day)


def seasonal(
    draws: Draws, stream: str, index: pl.Expr, first: pl.Expr, days: int | pl.Expr, percent: int
) -> pl.Expr:
    """A day of the `days` from `first` on; that share of those in quiet months drawn again."""
    once = first + _days(draws.below(stream, index, days))
    again = first + _days(draws.below(f"{stream} again", index, days))
    is_quiet = once.dt.month().is_in(QUIET_MONTHS)
    return (
        pl.when(is_quiet & draws.chance(f"{stream} quiet", index, percent))
        .then(again)
        .otherwise(once)
    )
