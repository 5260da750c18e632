"""Facts of eligibility drawn at once as typed frames: a million stays in seconds, without files.

Three spans of coverage for each stay (two of enrollment, one justice-involved) and eight service
lines. Every fifth stay is a second one of its person. Drawn from row numbers: always the same.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from contracts.feeds import facts
from contracts.fields import MONEY
from contracts.parsing import LOCAL_ZONE

LINES_A_STAY: Final = 8
_FIRST_ON: Final = date(2026, 1, 1)
_FIRST_AT: Final = datetime(2026, 1, 1, tzinfo=ZoneInfo(LOCAL_ZONE))
_FACILITIES: Final = 200
_NONE: Final = pl.lit(None)


def evidence(stays: int, end: date) -> dict[str, pl.DataFrame]:
    """Current facts of the eight feeds that decide eligibility."""
    drawn = _stays(stays, end)
    persons = drawn.unique("person", keep="first", maintain_order=True)
    frames = {
        "custody_stays": drawn,
        "people": persons.with_columns(merged_into=_share(2, "merged", _one_before())),
        "cin_aliases": persons.filter(_percent("alias") < 2).select(
            alias_cin=_cin(), cin=_cin(5_000_000), reason=pl.lit("changed")
        ),
        "facilities": _facilities(),
        "coverage": _coverage(drawn),
        "ji_activations": drawn.filter(_percent("activated") < 80).with_columns(
            activation_id="stay_id",
            activated_on=_later("booked_on", _below("activated after", 30)),
            deactivated_on="released_on",
        ),
        "screenings": drawn.filter(_percent("screened") < 90).with_columns(
            screening_id="stay_id",
            screening_type=pl.lit("pre_release_access"),
            screened_on=_later("booked_on", _below("screened after", 4)),
            declined=_percent("declined") < 5,
            outcome=_one_of("outcome", ("meets", "meets", "meets", "does_not_meet")),
        ),
        "eligibility_answers": persons.filter(_percent("share") < 5).with_columns(
            month=pl.col("booked_on").dt.strftime("%Y-%m"),
            share_of_cost_amount=pl.lit(250, MONEY),
            share_of_cost_met_on=_NONE,
        ),
    }
    return {feed: _received(feed, frame) for feed, frame in frames.items()}


def releases_moved(custody_stays: pl.DataFrame) -> pl.DataFrame:
    """The stays as they were before: one in twenty released four days sooner."""
    sooner = pl.col("released_at") - pl.duration(days=4)
    is_moved = (pl.int_range(pl.len()) % 20 == 0) & (sooner > pl.col("booked_at"))
    return custody_stays.with_columns(pl.when(is_moved).then(sooner).otherwise("released_at"))


def service_lines(custody_stays: pl.DataFrame) -> pl.DataFrame:
    """Lines of each stay on days from its booking on, in no order; feed encounters, in part."""
    on = pl.col("booked_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    return (
        custody_stays.select("stay_id", booked_on=on)
        .select(pl.all().repeat_by(LINES_A_STAY).explode())
        .with_columns(n=pl.int_range(pl.len(), dtype=pl.UInt64))
        .select(
            "stay_id",
            source_system=pl.lit("main"),
            encounter_id=pl.format("e{}", "n"),
            line_number=pl.lit(1, pl.Int64),
            service_date=_later("booked_on", _below("served after", 45)),
            charge_amount=_below("charge", 30_000).cast(MONEY) * Decimal("0.01"),
        )
        .with_columns(pl.col("charge_amount").cast(MONEY))
        .sample(fraction=1, shuffle=True, seed=1)
    )


def _stays(count: int, end: date) -> pl.DataFrame:
    n = pl.col("n")
    lengths = (("day", 6, 50), ("month", 60, 30), ("half a year", 200, 20))
    days = pl.lit(0, pl.Int64)
    reached = 0
    for name, most, share in lengths:
        chosen = _percent("kind").is_between(reached, reached + share - 1)
        days, reached = pl.when(chosen).then(_below(name, most)).otherwise(days), reached + share
    numbered = pl.DataFrame({"n": pl.int_range(count, dtype=pl.UInt64, eager=True)})
    return (
        numbered.with_columns(
            stay_id=pl.format("stay-{}", n),
            person=pl.when(n % 5 == 4).then(n - 4).otherwise(n),
            facility_id=pl.format("f{}", _below("facility", _FACILITIES)),
            booked_on=pl.lit(_FIRST_ON) + pl.duration(days=_below("booked", 304)),
            length=days,
        )
        .with_columns(
            person_id=pl.format("person-{}", "person"),
            booked_at=_instant("booked_on", "booked at"),
            expected_release_on=_later("booked_on", "length"),
            released_on=pl.when(_later("booked_on", "length") <= end).then(
                _later("booked_on", "length")
            ),
        )
        .with_columns(
            # A day's hours run on, so that nobody is released before the booking.
            released_at=pl.max_horizontal(_instant("released_on", "released at"), "booked_at"),
            released_to=pl.when(pl.col("released_on").is_not_null()).then(
                _one_of("released to", ("community", "community", "community", "transfer"))
            ),
            cin=_cin(),
        )
        .with_columns(
            released_at=pl.when(pl.col("released_on").is_not_null()).then("released_at"),
        )
    )


def _coverage(stays: pl.DataFrame) -> pl.DataFrame:
    def of(aid_code: str, first: int, last: int, *, is_overlay: bool) -> pl.DataFrame:
        return stays.select(
            "cin",
            aid_code=pl.lit(aid_code),
            starts_on=_later("booked_on", _below(f"{aid_code} from", 60) + first),
            ends_on=_later("booked_on", _below(f"{aid_code} to", 60) + last),
            coverage_status=pl.lit("suspended"),
            is_ji_aid_code=pl.lit(is_overlay),
        )

    return pl.concat(
        [
            of("M1", -400, -40, is_overlay=False),
            of("M2", -30, 120, is_overlay=False),
            of("J1", 0, 70, is_overlay=True),
        ]
    ).unique(["cin", "aid_code", "starts_on"], keep="first", maintain_order=True)


def _facilities() -> pl.DataFrame:
    live = pl.when(_percent("live") < 90).then(pl.date(2024, 10, 1)).otherwise(pl.date(2026, 4, 1))
    kind = _one_of("type", ("county_jail",) * 9 + ("youth_correctional",))
    return pl.DataFrame({"n": pl.int_range(_FACILITIES, dtype=pl.UInt64, eager=True)}).select(
        facility_id=pl.format("f{}", "n"), facility_type=kind, live_from=live
    )


def _received(feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    stamped = frame.with_columns(
        file_id=pl.lit("0" * 16),
        row_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        received_at=pl.lit(_FIRST_AT).dt.convert_time_zone("UTC"),
        record_status=pl.lit("active"),
    )
    return facts(feed).conform(stamped)


def _below(what: str, most: int) -> pl.Expr:
    """A number from 0 to most - 1, drawn from the row's number and what it is for."""
    seed = int.from_bytes(what.encode(), "big") % (1 << 31)
    return (pl.col("n").hash(seed) % most).cast(pl.Int64)


def _percent(what: str) -> pl.Expr:
    return _below(what, 100)


def _share(percent: int, what: str, value: pl.Expr) -> pl.Expr:
    return pl.when(_percent(what) < percent).then(value)


def _one_of(what: str, values: tuple[str, ...]) -> pl.Expr:
    return _below(what, len(values)).replace_strict(dict(enumerate(values)))


def _one_before() -> pl.Expr:
    return pl.col("person_id").shift(1)


def _cin(offset: int = 0) -> pl.Expr:
    return pl.format("9{}A", (pl.col("person") + offset).cast(pl.String).str.zfill(7))


def _later(day: str, days: str | pl.Expr) -> pl.Expr:
    return pl.col(day) + pl.duration(days=days)


def _instant(day: str, what: str) -> pl.Expr:
    local = pl.col(day).cast(pl.Datetime("us")) + pl.duration(hours=_below(what, 24))
    zoned = local.dt.replace_time_zone(LOCAL_ZONE, ambiguous="earliest", non_existent="null")
    return zoned.fill_null(pl.lit(_FIRST_AT)).dt.convert_time_zone("UTC")
