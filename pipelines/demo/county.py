"""County: a small invented county as the files of all feeds, and the truth about its faults.

Pure: the same arguments give the same frames. Writing them is the business of `delivery`.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from codesets.loader import CodeSets
from contracts.errors import UsageError
from contracts.feeds import FEEDS
from pipelines.demo.breakage import QUARANTINE_TRUTH, break_feed
from pipelines.demo.catalogue import read_catalogue
from pipelines.demo.draw import Draws
from pipelines.demo.feeds import Season, as_file, build_feeds
from pipelines.demo.line_faults import LineFault
from pipelines.demo.planting import line_truth
from pipelines.demo.stay_faults import moved, stay_faults, stay_truth
from pipelines.demo.stays import build_stays

# From here on even a stay past its filing limit came after the first go-live.
EARLIEST_START = date(2025, 6, 1)
SHORTEST_PERIOD_DAYS = 60
FEWEST_STAYS = 20
FEWEST_STAYS_FOR_ALL_FAULTS = 120
HIGHEST_FAULT_RATE = 0.3
SERVED_SHARE = 0.55  # of the stays, about: the others are too short, or not activated

TRUTH = pl.Schema(
    {
        "edit_id": pl.String,
        "subject": pl.String,
        "subject_id": pl.String,
        "feed": pl.String,
        "row_number": pl.Int64,
        "note": pl.String,
    }
)


@dataclass(frozen=True)
class County:
    """`files`: feed to text columns as in the contract, one row a row of the file.

    `truth` (`TRUTH`): one row for each encounter line and edit that must fire on it; row_number is
    the row of `feed` that carries the fault. `quarantine_truth`: one row a broken row.
    """

    files: dict[str, pl.DataFrame]
    truth: pl.DataFrame
    quarantine_truth: pl.DataFrame
    start: date
    end: date


def generate(
    agency: str,
    seed: int,
    stays: int,
    start: date,
    end: date,
    fault_rate: float,
    codes: CodeSets | None = None,
) -> County:
    """A county with so many stays, served from `start` to `end`, both included.

    `fault_rate` (0 to 0.3): the share of the served stays that are at fault as a whole, and of the lines
    of the others; above 0 every kind stands at least once in 120 stays or more. Deadlines in
    `truth` hold on the day `end`. Raises UsageError for what cannot be served.
    """
    _check(stays, start, end, fault_rate)
    season = Season(
        Draws(agency, seed), read_catalogue(codes or CodeSets(), start, end), start, end, fault_rate
    )
    has_room = stays >= FEWEST_STAYS_FOR_ALL_FAULTS
    planned = stay_faults(round(stays * SERVED_SHARE), fault_rate, has_room=has_room)
    in_custody = moved(build_stays(season.draws, stays, start, end, planned))
    frames, faults = build_feeds(season, in_custody, all_faults=has_room)
    truth = _truth(frames, faults)
    files, quarantine = _broken(frames, truth, fault_rate)
    return County(files, truth, quarantine, start, end)


def _check(stays: int, start: date, end: date, fault_rate: float) -> None:
    if start < EARLIEST_START:
        raise UsageError("period", f"--from {start}: choose {EARLIEST_START} or a later day.")
    if (end - start).days < SHORTEST_PERIOD_DAYS:
        raise UsageError(
            "period",
            f"--to {end}: choose a day at least {SHORTEST_PERIOD_DAYS} days after {start}.",
        )
    if stays < FEWEST_STAYS:
        raise UsageError("stays", f"--stays {stays}: choose {FEWEST_STAYS} or more.")
    if not 0 <= fault_rate <= HIGHEST_FAULT_RATE:
        raise UsageError(
            "fault_rate", f"--fault-rate {fault_rate}: choose 0 to {HIGHEST_FAULT_RATE}."
        )


def _truth(frames: dict[str, pl.DataFrame], faults: list[LineFault]) -> pl.DataFrame:
    numbered = {feed: frame.with_row_index("row_number", 1) for feed, frame in frames.items()}
    key = [pl.col(name).cast(pl.String) for name in FEEDS["encounters"].key]
    lines = numbered["encounters"].with_columns(subject_id=pl.concat_str(key, separator="/"))
    told = pl.concat([stay_truth(numbered, lines), line_truth(numbered, lines, faults)])
    return (
        told.rename({"carried_by": "row_number"})
        .select(
            pl.lit("encounter").alias(name) if name == "subject" else pl.col(name).cast(dtype)
            for name, dtype in TRUTH.items()
        )
        .sort("subject_id", "edit_id")
    )


def _broken(
    frames: dict[str, pl.DataFrame], truth: pl.DataFrame, fault_rate: float
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Every feed as its file has it, in the order of the contracts, and which rows are broken."""
    files, told = {}, [QUARANTINE_TRUTH.to_frame()]
    for feed in FEEDS:
        carriers = truth.filter(pl.col("feed") == feed)["row_number"].unique()
        files[feed], broken = break_feed(feed, as_file(feed, frames[feed]), carriers, fault_rate)
        told.append(broken)
    return files, pl.concat(told)
