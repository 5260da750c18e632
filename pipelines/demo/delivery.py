"""Delivery: a county's files laid into an inbox, its truth beside it. The only disk work here."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import FEEDS
from contracts.parsing import parse
from pipelines.demo.county import County, Delivery

# One feed goes out with typed columns, as data warehouses deliver them.
TYPED_FEEDS = ("pharmacy_fills",)


def write_county(
    county: County, inbox: Path, truth_path: Path, agency: str, only: int | None = None
) -> list[Path]:
    """Write `inbox/<agency>/<feed>/<feed>-<start>-<end>.csv` (or .parquet) and the truth as CSV.

    Of several deliveries each file ends in `-<number>`; `only` writes one of them, by its number.
    Broken rows go to `<truth>-quarantine.csv` beside the truth. Returns the files of the inbox, in
    order of arrival. Raises UsageError where the truth would lie in the inbox, or for a number that
    is no delivery's.
    """
    if truth_path.resolve().is_relative_to(inbox.resolve()):
        raise UsageError(
            "truth_in_inbox",
            "the truth file lies inside the inbox, where intake would read it. "
            "Choose a path outside of it.",
        )
    chosen = _chosen(county, only)
    _write_csv(county.truth, truth_path)
    quarantine_path = truth_path.with_name(f"{truth_path.stem}-quarantine.csv")
    _write_csv(county.quarantine_truth, quarantine_path)
    stem = f"{county.start}-{county.end}"
    return [
        lay(feed, frame, inbox / agency / feed / f"{feed}-{stem}{ending}")
        for delivery, ending in chosen
        for feed, frame in delivery.files.items()
    ]


def _chosen(county: County, only: int | None) -> list[tuple[Delivery, str]]:
    """Deliveries with the ending of their files' names, which sorts as they arrive."""
    count = len(county.deliveries)
    if only is not None and not 1 <= only <= count:
        raise UsageError("deliveries", f"--delivery {only}: choose 1 to {count}.")
    width = len(str(count))
    return [
        (delivery, f"-{delivery.number:0{width}}" if count > 1 else "")
        for delivery in county.deliveries
        if only in {None, delivery.number}
    ]


def lay(feed: str, frame: pl.DataFrame, path: Path) -> Path:
    """Write a feed's text columns under a name without its ending, which the feed decides."""
    if feed in TYPED_FEEDS:
        return _written(path.with_name(f"{path.name}.parquet"), _typed(feed, frame).write_parquet)
    return _write_csv(frame, path.with_name(f"{path.name}.csv"))


def _typed(feed: str, texts: pl.DataFrame) -> pl.DataFrame:
    rows = parse(FEEDS[feed], texts.with_row_index("row_number", 1)).rows
    return rows.select(FEEDS[feed].names)


def _write_csv(frame: pl.DataFrame, path: Path) -> Path:
    """UTF-8 with a header and LF; quotes where RFC 4180 needs them."""
    return _written(path, frame.write_csv)


def _written(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """The file under its name only once it is whole: readers pass over dot files and `.part`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        write(out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
