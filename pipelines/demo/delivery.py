"""Delivery: a county's files laid into an inbox, its truth beside it. The only disk work here."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import polars as pl

from contracts.errors import UsageError
from contracts.feeds import FEEDS
from contracts.parsing import parse
from pipelines.demo.county import County

# One feed goes out with typed columns, as data warehouses deliver them.
TYPED_FEEDS = ("pharmacy_fills",)


def write_county(county: County, inbox: Path, truth_path: Path, agency: str) -> list[Path]:
    """Write `inbox/<agency>/<feed>/<feed>-<start>-<end>.csv` (or .parquet) and the truth as CSV.

    Broken rows go to `<truth>-quarantine.csv` beside the truth. Returns the files of the inbox.
    Raises UsageError where the truth would lie in the inbox.
    """
    if truth_path.resolve().is_relative_to(inbox.resolve()):
        raise UsageError(
            "truth_in_inbox",
            "the truth file lies inside the inbox, where intake would read it. "
            "Choose a path outside of it.",
        )
    _write_csv(county.truth, truth_path)
    quarantine_path = truth_path.with_name(f"{truth_path.stem}-quarantine.csv")
    _write_csv(county.quarantine_truth, quarantine_path)
    return [_deliver(county, feed, inbox / agency / feed) for feed in county.files]


def _deliver(county: County, feed: str, folder: Path) -> Path:
    stem = f"{feed}-{county.start}-{county.end}"
    if feed in TYPED_FEEDS:
        typed = _typed(feed, county.files[feed])
        return _written(folder / f"{stem}.parquet", typed.write_parquet)
    return _write_csv(county.files[feed], folder / f"{stem}.csv")


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
