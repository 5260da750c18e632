"""Comparison: what the window policy that the county has not chosen would change.

Belongs here: days and service lines whose verdict the other policy turns. Not here: either policy.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from contracts.feeds import FEEDS
from contracts.fields import MONEY
from contracts.policy import Policy
from pipelines.stages.eligibility.days import failing_days, failing_pairs
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.gates import reason_turns, reasons_of
from pipelines.stages.eligibility.window_policy import other_window, window_policy

LINE: Final = FEEDS["encounters"].key
_NO_DOLLARS: Final = pl.lit(0, MONEY)


@dataclass(frozen=True)
class Comparison:
    """`stays`, one row a stay that changes: stay_id, person_id, facility_id, days_gained,
    days_lost, lines_gained, lines_lost, gained_amount, lost_amount.

    `lines`, one row a service line that changes: its key, stay_id, service_date, charge_amount,
    `billable` and `reasons` under `policy`, `other_billable` and `other_reasons` under `other`,
    `waits` where the other policy counts back from a release that is only expected: its claim would
    be held until the release is final.
    """

    policy: str
    other: str
    stays: pl.DataFrame
    lines: pl.DataFrame


def windows_compared(
    evidence: Evidence, lines: pl.DataFrame, policy: Policy, as_of: date
) -> Comparison:
    """What the other policy would change for stays and for service lines.

    `lines` (feed encounters, current). Only whether a day is billable is compared: other findings
    of a line stay as they are. Raises HeldByPolicyError where a window policy is unset.
    """
    ours, theirs = window_policy(policy, as_of), other_window(policy, as_of)
    both = tuple(reason_turns(evidence, window) for window in (ours, theirs))
    stays = evidence.stays
    days = _turned(*(failing_days(turns, stays, as_of) for turns in both))
    asked = lines.select(*LINE, "stay_id", "charge_amount", day="service_date")
    of_lines = _turned(*(_beside(asked, turns, stays) for turns in both))
    turned = of_lines.join(_waiting(evidence), on="stay_id", how="left")
    waits = pl.col("is_waiting").fill_null(False) if theirs.looks_back else pl.lit(False)
    told = _told(turned).with_columns(waits=waits).drop("is_waiting").sort(LINE)
    return Comparison(ours.name, theirs.name, _by_stay(evidence, days, told), told)


def _beside(asked: pl.DataFrame, turns: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    return asked.with_columns(failing_pairs(asked, turns, stays)["failing"])


def _turned(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Rows that one policy calls billable and the other does not; both have the same, in order."""
    other = theirs["failing"].alias("other_failing")
    return ours.with_columns(
        other, billable=pl.col("failing") == 0, other_billable=other == 0
    ).filter(pl.col("billable") != pl.col("other_billable"))


def _told(turned: pl.DataFrame) -> pl.DataFrame:
    """Bits of gates as reasons."""
    named = {"reasons": "failing", "other_reasons": "other_failing"}
    told = turned.with_columns(reasons_of(turned[of]).alias(name) for name, of in named.items())
    return told.rename({"day": "service_date"}).select(
        *LINE, "stay_id", "charge_amount", "service_date", "billable", "reasons",
        "other_billable", "other_reasons", "is_waiting",
    )  # fmt: skip


def _waiting(evidence: Evidence) -> pl.DataFrame:
    return evidence.stays.select("stay_id", is_waiting=pl.col("released_on").is_null())


def _by_stay(evidence: Evidence, days: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    gained = pl.col("other_billable")
    charge = pl.col("charge_amount")
    of_days = days.group_by("stay_id").agg(days_gained=gained.sum(), days_lost=(~gained).sum())
    of_lines = lines.group_by("stay_id").agg(
        lines_gained=gained.sum(),
        lines_lost=(~gained).sum(),
        gained_amount=charge.filter(gained).sum().cast(MONEY),
        lost_amount=charge.filter(~gained).sum().cast(MONEY),
    )
    counts = ["days_gained", "days_lost", "lines_gained", "lines_lost"]
    return (
        evidence.stays.select("stay_id", "person_id", "facility_id")
        .join(of_days.join(of_lines, on="stay_id", how="full", coalesce=True), on="stay_id")
        .with_columns(
            pl.col(counts).fill_null(0),
            pl.col("gained_amount", "lost_amount").fill_null(_NO_DOLLARS),
        )
        .sort("stay_id")
    )
