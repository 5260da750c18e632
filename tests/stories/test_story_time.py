"""The past does not change: as of a day and known at an instant, later facts alter nothing."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
from stories import AGENCY, APPROVER, differing, done, reports, tables

# Everything so far was received at 18:00 and a few microseconds.
FORMATS = ("page", "workbook", "CSV", "manifest")
KNOWN = ("--as-of", "2026-10-20", "--known-at", "2026-10-31T18:30:00Z")


def looked(home: Path, now: str) -> tuple[dict[str, pl.DataFrame], dict[str, bytes], str]:
    """The past as a run at `now` sees it: tables, that day's reports, run id."""
    told = done(home, "run", *KNOWN, now=now)
    pages = {name: page for name, page in reports(home).items() if "-2026-10-20." in name}
    assert len(pages) == len(FORMATS)
    return tables(home, told["run_id"]), pages, told["run_id"]


def corrected(home: Path, path: Path) -> None:
    """A later export: every stay ends three weeks earlier, and services cost twice as much."""
    (stays,) = (home / "archive" / AGENCY / "custody_stays").iterdir()
    (encounters,) = (home / "archive" / AGENCY / "encounters").iterdir()
    sooner = pl.col("released_at").str.slice(0, 10).str.to_date(strict=False).dt.offset_by("-21d")
    moved = pl.read_csv(stays, infer_schema=False).with_columns(
        released_at=sooner.cast(pl.String) + "T12:00:00Z"
    )
    doubled = pl.read_csv(encounters, infer_schema=False).with_columns(
        charge_amount=(pl.col("charge_amount").cast(pl.Decimal(12, 2), strict=False) * 2)
        .cast(pl.Decimal(12, 2))
        .cast(pl.String)
    )
    moved.write_csv(path / "stays.csv")
    doubled.write_csv(path / "encounters.csv")


def test_what_is_received_later_does_not_change_what_was_known(
    copy_of: Callable[[str], Path], tmp_path: Path
) -> None:
    home = copy_of("derived")
    before, pages, first = looked(home, "2026-10-31T19:00:00Z")

    corrected(home, tmp_path)
    for feed, name in (("custody_stays", "stays.csv"), ("encounters", "encounters.csv")):
        done(home, "intake", str(tmp_path / name), "--feed", feed, now="2026-10-31T20:00:00Z")
    done(home, "run", now="2026-10-31T20:10:00Z")
    today = tables(home)
    (batch,) = done(home, "batch", "propose", now="2026-10-31T20:20:00Z")
    batch_id = batch["batch_id"]
    done(home, "batch", "approve", batch_id, user=APPROVER, now="2026-10-31T20:30:00Z")
    done(home, "batch", "write", batch_id, now="2026-10-31T20:40:00Z")

    after, pages_again, second = looked(home, "2026-10-31T21:00:00Z")
    assert {"service_lines", "claims", "billable_days"} <= set(differing(before, today))
    assert first != second
    assert differing(before, after) == []
    assert pages_again == pages


def test_known_at_before_anything_was_received_sees_nothing(
    copy_of: Callable[[str], Path],
) -> None:
    home = copy_of("derived")
    words = ("run", "--known-at", "2026-10-31T17:59:00Z")
    told = done(home, *words, now="2026-10-31T19:00:00Z")
    seen = {name: frame.height for name, frame in tables(home, told["run_id"]).items()}
    assert {name for name, rows in seen.items() if rows} == {"edit_counts"}


def test_a_look_at_the_past_does_not_become_what_everybody_reads(
    copy_of: Callable[[str], Path],
) -> None:
    home = copy_of("derived")
    before = done(home, "status")
    told = done(home, "run", *KNOWN, now="2026-10-31T19:00:00Z")
    assert told["as_of"] == "2026-10-20"
    assert all("/2026-10-20/" in path for path in told["outputs"])
    assert done(home, "status") == before
