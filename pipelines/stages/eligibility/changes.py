"""Changes: days of stays that became billable, or ceased to be, between two states of the facts.

Belongs here: what changed and what it is worth. Not here: which facts did it (causes).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from contracts.feeds import FEEDS
from contracts.fields import MONEY
from pipelines.stages.eligibility.causes import causes
from pipelines.stages.eligibility.days import custody_turns, failing_days, failing_pairs
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.gates import bits, reason_turns, reasons_of
from pipelines.stages.eligibility.window_policy import WindowPolicy

_LINE: Final = FEEDS["encounters"].key
_OUT_OF_STAY: Final = bits("custody")
_DAY: Final = pl.duration(days=1)
_NO_DOLLARS: Final = pl.lit(0, MONEY)


@dataclass(frozen=True)
class Changes:
    """`spans`, one row a run of days of a stay that changed alike: stay_id, person_id, facility_id,
    starts_on, ends_on, days, billable (now; before it was the opposite), reasons_before,
    reasons_after, line_count, charge_amount (of its service lines, gained or lost).

    `causes`, one row a span and fact: stay_id, starts_on, feed, feed_key, change (added, changed,
    withdrawn), columns (that eligibility reads and that differ), file_id, row_number.

    `lines`, one row a service line gained or lost: its key, stay_id, service_date, charge_amount,
    billable.
    """

    spans: pl.DataFrame
    causes: pl.DataFrame
    lines: pl.DataFrame


def changes(
    before: Evidence, after: Evidence, lines: pl.DataFrame, window: WindowPolicy, as_of: date
) -> Changes:
    """What differs between two states of the facts, as of the same day.

    `lines` (feed encounters) are those known in the later state: a line that only arrived in
    between is not a change of eligibility, a day that it lies on may be.
    """
    was, now = (_State(state.stays, reason_turns(state, window)) for state in (before, after))
    turned_lines = _turned_lines(was, now, lines)
    spans = _spans(_turned_days(was, now, as_of))
    told = _placed(spans, before, after).join(
        _worth(spans, turned_lines), on=["stay_id", "starts_on"], how="left"
    )
    told = told.with_columns(
        pl.col("line_count").fill_null(0), pl.col("charge_amount").fill_null(_NO_DOLLARS)
    ).sort("stay_id", "starts_on")
    return Changes(told, causes(told, before, after), turned_lines)


@dataclass(frozen=True)
class _State:
    """A state's stays (dated) and the turns of their failing gates."""

    stays: pl.DataFrame
    turns: pl.DataFrame

    def of(self, stays: pl.DataFrame) -> "_State":
        """No stays but these (stay_id)."""
        kept = self.stays.join(stays, on="stay_id", how="semi", maintain_order="left")
        return _State(kept, self.turns.join(kept, on="stay", how="semi", maintain_order="left"))


def _turned_days(was: _State, now: _State, as_of: date) -> pl.DataFrame:
    """Days that are billable in one state alone; a day that a stay has not is out of custody."""
    suspects = _differing(was, now, as_of)
    one, other = (
        failing_days(state.turns, state.stays, as_of)
        for state in (was.of(suspects), now.of(suspects))
    )
    days = one.join(other, on=["stay_id", "day"], how="full", coalesce=True, suffix="_after")
    turned = (
        days.with_columns(pl.col("failing", "failing_after").fill_null(_OUT_OF_STAY))
        .filter((pl.col("failing") == 0) != (pl.col("failing_after") == 0))
        .sort("stay_id", "day")
    )
    return turned.select(
        "stay_id",
        "day",
        billable=pl.col("failing_after") == 0,
        reasons_before=reasons_of(turned["failing"]),
        reasons_after=reasons_of(turned["failing_after"]),
    )


def _differing(was: _State, now: _State, as_of: date) -> pl.DataFrame:
    """Stays of which anything in their custody differs (stay_id): few, of many that do not."""
    one, other = (_told_by_stay(state, as_of) for state in (was, now))
    both = one.join(other, on="stay_id", how="full", coalesce=True, suffix="_after")
    alike = pl.all_horizontal(
        pl.col(name) == pl.col(f"{name}_after") for name in ("from_on", "to_on", "failing")
    )
    return both.filter(alike.fill_null(False).not_()).select("stay_id")


def _told_by_stay(state: _State, as_of: date) -> pl.DataFrame:
    turns = custody_turns(state.turns, state.stays, as_of)
    return turns.group_by("stay_id").agg("from_on", "to_on", "failing")


def _spans(days: pl.DataFrame) -> pl.DataFrame:
    """Days in a row that changed alike, as one."""
    alike = ["stay_id", "billable", "reasons_before", "reasons_after"]
    breaks = (pl.col("day") != pl.col("day").shift(1) + _DAY) | pl.any_horizontal(
        pl.col(name) != pl.col(name).shift(1) for name in alike
    )
    return (
        days.with_columns(run=breaks.fill_null(True).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col(alike).first(),
            starts_on=pl.col("day").first(),
            ends_on=pl.col("day").last(),
            days=pl.len(),
        )
        .drop("run")
    )


def _placed(spans: pl.DataFrame, before: Evidence, after: Evidence) -> pl.DataFrame:
    """Spans with the stay's person and facility, as they are now or else as they were."""
    columns = ["stay_id", "person_id", "facility_id"]
    known = pl.concat([after.stays.select(columns), before.stays.select(columns)])
    return spans.join(known.unique("stay_id", keep="first", maintain_order=True), on="stay_id")


def _turned_lines(was: _State, now: _State, lines: pl.DataFrame) -> pl.DataFrame:
    asked = lines.select(*_LINE, "stay_id", "charge_amount", day="service_date")
    before, after = (
        failing_pairs(asked, state.turns, state.stays)["failing"] == 0 for state in (was, now)
    )
    turned = asked.with_columns(billable=after).filter(before != after)
    return turned.rename({"day": "service_date"}).sort(_LINE)


def _worth(spans: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    return (
        lines.drop("billable")
        .join(spans.select("stay_id", "starts_on", "ends_on"), on="stay_id")
        .filter(pl.col("service_date").is_between("starts_on", "ends_on"))
        .group_by("stay_id", "starts_on")
        .agg(line_count=pl.len(), charge_amount=pl.col("charge_amount").sum().cast(MONEY))
    )
