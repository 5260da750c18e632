"""Stay days: when each stay begins and ends, when it is activated, on which days it is served.

Reckoned from the release backwards, or from a second booking on. Who stays where is in `stays`.
"""

from datetime import date

import polars as pl

from pipelines.demo.draw import Draws
from pipelines.demo.weekdays import off_weekend, seasonal, towards_saturday

WINDOW_DAYS = 90
SAME_DAY_SHARE = 15  # per cent of the second bookings: on the day of the first release
ACTIVATED_SHARE = {"brief": 0, "short": 60, "usual": 85, "long": 85}
TWICE_ACTIVATED_SHARE = 45  # per cent of the stays with time for two activations
SHORTEST_WAIT_FOR_TWO = 45

KEY, PERSON = pl.col("key"), pl.col("person")
IS = pl.col("leg").eq
LENGTH = pl.col("length").eq
FAULT = pl.col("stay_fault").fill_null("")


def _days(expression: pl.Expr | int) -> pl.Expr:
    return pl.duration(days=expression)


def _month_end(day: date, months_back: int) -> pl.Expr:
    return pl.lit(day).dt.offset_by(f"-{months_back}mo").dt.month_end()


def dated(draws: Draws, stays: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """Adds the days of each stay.

    booked_on, episode_booked_on, leaves_on (planned), released_on (null in custody), is_activated,
    activated_on, earlier_activated_on and earlier_deactivated_on (null but for those activated
    twice), care_from, care_to: the days of service, in the period but for stays whose filing limit
    is at fault.
    """
    return (
        stays.with_columns(_release(draws, start, end))
        .with_columns(_activation(draws, start, end))
        .with_columns(_booking(draws, start, end))
        .with_columns(_before_move(draws))
        .with_columns(_service_days(draws, start, end))
        .with_columns(_stale_activation())
        .with_columns(
            pl.when(pl.col("leaves_on") <= end).then("leaves_on").alias("released_on"),
            is_activated=_is_activated(draws),
            episode_booked_on=pl.col("booked_on").min().over(_episode()),
        )
        .with_columns(_earlier_activation(draws))
    )


def _episode() -> pl.Expr:
    """Legs of a move are one time in custody."""
    return pl.when(IS("moved_from") | IS("moved_to")).then("person").otherwise(-1 - KEY)


def _is_activated(draws: Draws) -> pl.Expr:
    share = pl.col("length").replace_strict(ACTIVATED_SHARE)
    drawn = FAULT.ne("") | draws.chance("activated", KEY, share)
    return ~IS("moved_from") & ~pl.col("is_bystander") & drawn


def _rebooked_on(draws: Draws, start: date, end: date) -> pl.Expr:
    period = (end - start).days
    return pl.lit(start) + _days(period // 2 + draws.below("rebooked", PERSON, period // 10))


def _is_same_day(draws: Draws) -> pl.Expr:
    """Of persons booked twice: the second time on the day of the first release."""
    return draws.chance("same day", PERSON, SAME_DAY_SHARE)


def _release(draws: Draws, start: date, end: date) -> pl.Expr:
    """`leaves_on`: for stays of weeks after two weeks of the period, for some after its end.

    Stays whose filing limit is to be past or near ended 7 or 6 months before `end`: the limit is
    the last day of the sixth month after the month of service.
    """
    period = (end - start).days
    from_on = pl.lit(start) + _days(14)
    usual = seasonal(draws, "release", KEY, from_on, period + 6, 30)
    quick = seasonal(draws, "release", KEY, from_on, period - 15, 30)
    early = from_on + _days(draws.below("release", KEY, period * 9 // 20 - 14))
    rebooked = _rebooked_on(draws, start, end)
    told = pl.when(LENGTH("brief") | LENGTH("short")).then(quick).otherwise(usual)
    return (
        pl.when(FAULT == "filing_limit_passed")
        .then(_month_end(end, 7))
        .when(FAULT == "filing_limit_near")
        .then(_month_end(end, 6))
        .when(IS("first") & _is_same_day(draws))
        .then(rebooked)
        .when(IS("first"))
        .then(early)
        .when(IS("second"))
        .then(rebooked + _days(14 + draws.below("release", KEY, 60)))
        .otherwise(off_weekend(draws, "release day", KEY, told, 60))
        .alias("leaves_on")
    )


def _in_custody(draws: Draws) -> pl.Expr:
    """Days of a stay under two weeks; null for others."""
    some = draws.pick("days", KEY, list("00111223")).cast(pl.Int64)
    return (
        pl.when(LENGTH("brief"))
        .then(some)
        .when(LENGTH("short"))
        .then(4 + draws.below("days", KEY, 10))
    )


def _activation(draws: Draws, start: date, end: date) -> pl.Expr:
    """`activated_on`: 12 to 79 days before release, so that no service lies past the 90th day.

    Of stays under two weeks the second day after booking.
    """
    lead = (
        pl.when(FAULT.str.starts_with("filing_limit"))
        .then(14 + draws.below("lead", KEY, 12))
        .when(pl.col("leaves_on") > end)
        .then(40 + draws.below("lead", KEY, 40))
        .otherwise(12 + draws.below("lead", KEY, 68))
    )
    rebooked = _rebooked_on(draws, start, end) + _days(3 + draws.below("wait", KEY, 4))
    usual = pl.col("leaves_on") - _days(pl.coalesce(_in_custody(draws) - 2, lead))
    return pl.when(IS("second")).then(rebooked).otherwise(usual).alias("activated_on")


def _booking(draws: Draws, start: date, end: date) -> pl.Expr:
    """`booked_on`: a few days before activation, of long stays months or years before."""
    years = pl.when(draws.chance("years", KEY, 12)).then(365 + draws.below("months", KEY, 730))
    months = pl.when(LENGTH("long")).then(years.otherwise(20 + draws.below("months", KEY, 240)))
    wait = 3 + draws.below("wait", KEY, 8) + months.otherwise(0)
    usual = pl.col("activated_on") - _days(wait)
    quick = pl.col("leaves_on") - _days(_in_custody(draws))
    told = towards_saturday(draws, "booking day", KEY, pl.coalesce(quick, usual), 40)
    again = _rebooked_on(draws, start, end)
    return pl.when(IS("second")).then(again).otherwise(told).alias("booked_on")


def _before_move(draws: Draws) -> list[pl.Expr]:
    """The stay before a move ends on the day on which the next begins."""
    moved_on = pl.col("booked_on").last().over("person")
    earlier = moved_on - _days(5 + draws.below("before move", KEY, 60))
    return [
        pl.when(IS("moved_from")).then(earlier).otherwise("booked_on").alias("booked_on"),
        pl.when(IS("moved_from")).then(moved_on).otherwise("leaves_on").alias("leaves_on"),
    ]


def _service_days(draws: Draws, start: date, end: date) -> list[pl.Expr]:
    """`care_from`, `care_to`: from the day after activation to release, within the period.

    A day on which the person is booked again belongs to the later stay.
    """
    is_old = FAULT.str.starts_with("filing_limit")
    first = pl.col("activated_on") + _days(1)
    from_on = pl.when(is_old).then(first).otherwise(pl.max_horizontal(first, pl.lit(start)))
    last = pl.col("leaves_on") - _days((IS("first") & _is_same_day(draws)).cast(pl.Int64))
    return [
        from_on.alias("care_from"),
        pl.min_horizontal(last, pl.lit(end)).alias("care_to"),
    ]


def _stale_activation() -> list[pl.Expr]:
    """Where the window is to have closed: activated and booked more than 90 days before care."""
    moved = pl.when(FAULT == "outside_ninety_days").then(
        (pl.col("care_from") - pl.col("activated_on")).dt.total_days() + WINDOW_DAYS
    )
    return [
        (pl.col(name) - _days(moved.otherwise(0))).alias(name)
        for name in ("activated_on", "booked_on")
    ]


def _earlier_activation(draws: Draws) -> list[pl.Expr]:
    """A first activation soon after booking that ran out, or was ended when release moved away."""
    wait = (pl.col("activated_on") - pl.col("booked_on")).dt.total_days()
    is_twice = (
        (IS("single") & FAULT.eq("") & pl.col("is_activated"))
        & (wait >= SHORTEST_WAIT_FOR_TWO)
        & draws.chance("activated twice", KEY, TWICE_ACTIVATED_SHARE)
    )
    began_on = pl.col("booked_on") + _days(5)
    ran_out_on = began_on + _days(WINDOW_DAYS - 1)
    ended_on = pl.min_horizontal(ran_out_on, pl.col("activated_on") - _days(7))
    return [
        pl.when(is_twice).then(began_on).alias("earlier_activated_on"),
        pl.when(is_twice).then(ended_on).alias("earlier_deactivated_on"),
    ]
