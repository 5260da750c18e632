"""County: a small invented county as the files of all feeds, and the truth about its faults.

Pure: the same arguments give the same frames. Writing them is the business of `delivery`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from codesets.loader import CodeSets
from contracts.errors import UsageError
from contracts.feeds import FEEDS
from contracts.parsing import LOCAL_ZONE
from pipelines.demo.breakage import QUARANTINE_TRUTH, break_feed
from pipelines.demo.catalogue import read_catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.feeds import Season, as_file, build_feeds
from pipelines.demo.line_faults import LineFault
from pipelines.demo.planting import line_truth
from pipelines.demo.stay_faults import moved, stay_faults, stay_truth
from pipelines.demo.stays import build_stays
from pipelines.demo.versions import cuts, versions

# From here on even a stay past its filing limit came after the first go-live.
EARLIEST_START = date(2025, 6, 1)
SHORTEST_PERIOD_DAYS = 60
FEWEST_STAYS = 20
FEWEST_STAYS_FOR_ALL_FAULTS = 120
HIGHEST_FAULT_RATE = 0.3
MOST_DELIVERIES = 12
EARLY = time(6)
# Illustrative: no rate of jails is published. Of physicians' first claims to Medicaid, 25 per cent
# had payment denied for a service at least (A. Dunn, J. Gottlieb, A. Shapiro, D. Sonnenstuhl,
# P. Tebaldi, "A Denial a Day Keeps the Doctor Away", Becker Friedman Institute, working paper
# 2021-80, visits of 2013 to 2015): with this share of lines and stays about a quarter of the
# synthetic claims have a line at fault.
PUBLISHED_FAULT_RATE = 0.12
SERVED_SHARE = 0.55  # of the stays, about: the others are too short, or not activated

TRUTH = pl.Schema(
    {
        "edit_id": pl.String,
        "subject": pl.String,
        "subject_id": pl.String,
        "feed": pl.String,
        "delivery": pl.Int64,
        "row_number": pl.Int64,
        "note": pl.String,
    }
)


@dataclass(frozen=True)
class Delivery:
    """What arrives together. `files`: feed to text columns as in the contract, one row a row."""

    number: int
    received_at: datetime
    files: dict[str, pl.DataFrame]


@dataclass(frozen=True)
class County:
    """All deliveries in order of arrival, and what they amount to in the end.

    `truth` (`TRUTH`): one row for each encounter line and edit that must fire on it once all
    deliveries are in; delivery and row_number are of the `feed`'s row that carries the fault.
    `quarantine_truth` (`QUARANTINE_TRUTH`): one row a broken row.
    """

    deliveries: tuple[Delivery, ...]
    truth: pl.DataFrame
    quarantine_truth: pl.DataFrame
    start: date
    end: date

    @property
    def files(self) -> dict[str, pl.DataFrame]:
        """The files of the first delivery: of all, where there is one."""
        return self.deliveries[0].files


def generate(
    agency: str,
    seed: int,
    stays: int,
    start: date,
    end: date,
    fault_rate: float = PUBLISHED_FAULT_RATE,
    codes: CodeSets | None = None,
    deliveries: int = 1,
) -> County:
    """A county with so many stays, served from `start` to `end`, both included.

    `fault_rate` (0 to 0.3): the share of the served stays that are at fault as a whole, and of the
    lines of the others; above 0 every kind stands at least once in 120 stays or more. Deadlines in
    `truth` hold on the day `end`. The first of several `deliveries` (1 to 12) is full, the later
    ones bring new rows, corrections and deletions. Raises UsageError for what cannot be served.
    """
    _check(stays, start, end, fault_rate, deliveries)
    season = Season(
        Draws(agency, seed), read_catalogue(codes or CodeSets(), start, end), start, end, fault_rate
    )
    has_room = stays >= FEWEST_STAYS_FOR_ALL_FAULTS
    planned = stay_faults(round(stays * SERVED_SHARE), fault_rate, has_room=has_room)
    in_custody = moved(build_stays(season.draws, stays, start, end, planned))
    frames, faults = build_feeds(season, in_custody, all_faults=has_room)
    truth = _truth(frames, faults)
    sent, truth = _sent(season.draws, frames, truth, cuts(start, end, deliveries))
    arriving, quarantine = _broken(sent, truth, cuts(start, end, deliveries), fault_rate)
    return County(arriving, truth, quarantine, start, end)


def _check(stays: int, start: date, end: date, fault_rate: float, deliveries: int) -> None:
    if start < EARLIEST_START:
        raise UsageError("period", f"--from {start}: choose {EARLIEST_START} or a later day.")
    if (end - start).days < SHORTEST_PERIOD_DAYS:
        raise UsageError(
            "period",
            f"--to {end}: choose a day at least {SHORTEST_PERIOD_DAYS} days after {start}.",
        )
    if stays < FEWEST_STAYS:
        raise UsageError("stays", f"--stays {stays}: choose {FEWEST_STAYS} or more.")
    if not 1 <= deliveries <= MOST_DELIVERIES:
        raise UsageError("deliveries", f"--deliveries {deliveries}: choose 1 to {MOST_DELIVERIES}.")
    if not 0 <= fault_rate <= HIGHEST_FAULT_RATE:
        raise UsageError(
            "fault_rate", f"--fault-rate {fault_rate}: choose 0 to {HIGHEST_FAULT_RATE}."
        )


def _truth(frames: dict[str, pl.DataFrame], faults: list[LineFault]) -> pl.DataFrame:
    numbered = {feed: frame.with_row_index("row_number", 1) for feed, frame in frames.items()}
    key = [pl.col(name).cast(pl.String) for name in FEEDS["encounters"].key]
    lines = numbered["encounters"].with_columns(subject_id=pl.concat_str(key, separator="/"))
    told = pl.concat([stay_truth(numbered, lines), line_truth(numbered, lines, faults)])
    return told.rename({"carried_by": "final_row"}).with_columns(subject=pl.lit("encounter"))


def _sent(
    draws: Draws, frames: dict[str, pl.DataFrame], truth: pl.DataFrame, cut_on: list[date]
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Every feed's versions with delivery and row_number, and the truth by them (`TRUTH`)."""
    sent = {}
    for feed in FEEDS:
        every = versions(draws, feed, frames.pop(feed), cut_on)
        number = pl.int_range(1, pl.len() + 1).over("delivery")
        sent[feed] = every.with_columns(row_number=number)
    at = pl.concat(
        rows.filter(pl.col("final_row").is_not_null()).select(
            "final_row", "delivery", "row_number", feed=pl.lit(feed)
        )
        for feed, rows in sent.items()
    )
    told = truth.with_columns(pl.col("final_row").cast(pl.Int64)).join(
        at, on=["feed", "final_row"], how="left", maintain_order="left"
    )
    columns = [pl.col(name).cast(dtype) for name, dtype in TRUTH.items()]
    return sent, told.select(columns).sort("subject_id", "edit_id")


def _broken(
    sent: dict[str, pl.DataFrame], truth: pl.DataFrame, cut_on: list[date], fault_rate: float
) -> tuple[tuple[Delivery, ...], pl.DataFrame]:
    """Every delivery's files, in the order of the contracts, and which rows are broken.

    A later delivery has no file where it has no rows.
    """
    made, told = [], [QUARANTINE_TRUTH.to_frame()]
    for number, cut in enumerate(cut_on, 1):
        files = {}
        for feed, rows in sent.items():
            own = rows.filter(pl.col("delivery") == number)
            if number > 1 and own.is_empty():
                continue
            where = (pl.col("feed") == feed) & (pl.col("delivery") == number)
            carriers = truth.filter(where)["row_number"].unique()
            files[feed], broken = break_feed(feed, as_file(feed, own), carriers, fault_rate, number)
            told.append(broken)
        made.append(Delivery(number, _received_at(cut), files))
    return tuple(made), pl.concat(told)


def _received_at(cut: date) -> datetime:
    """Early on the morning after."""
    return datetime.combine(cut + timedelta(days=1), EARLY, ZoneInfo(LOCAL_ZONE))
