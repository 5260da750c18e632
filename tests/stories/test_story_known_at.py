"""Eligibility of the past, on a real home: files that arrive later change no earlier answer."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
from stories import AGENCY, done, opened

from pipelines.io import evaluation
from pipelines.io.workspace import View

AS_OF, KNOWN_AT = date(2026, 10, 20), datetime.fromisoformat("2026-10-31T18:30:00Z")
LATER, TODAY = "2026-10-31T20:00:00Z", "2026-10-31T21:00:00Z"


def answers(home: Path, known_at: datetime) -> dict[str, pl.DataFrame]:
    """Days, windows and plan from the facts, as of the day and as known at the instant."""
    with opened(home, TODAY) as workspace:
        view = View(workspace, AS_OF, known_at)
        return {
            "days": evaluation.billable_days(view),
            "windows": evaluation.prerelease_windows(view),
            "plan": evaluation.planned_again(view),
        }


def delivered_again(home: Path, feed: str, path: Path) -> None:
    """Everything of a feed once more: every second row deleted, the others as they were."""
    (sent,) = (home / "archive" / AGENCY / feed).iterdir()
    is_parquet = sent.suffix == ".parquet"
    rows = pl.read_parquet(sent) if is_parquet else pl.read_csv(sent, infer_schema=False)
    status = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("deleted"))
    rows.with_columns(record_status=status.otherwise(pl.lit("active"))).write_csv(path)
    (row,) = done(home, "intake", str(path), "--feed", feed, now=LATER)
    assert row["state"] == "accepted", row


def test_files_received_later_change_nothing_that_was_known(
    copy_of: Callable[[str], Path], tmp_path: Path
) -> None:
    home = copy_of("derived")
    before = answers(home, KNOWN_AT)
    assert all(frame.height for frame in before.values())

    for feed in (*evaluation.EVIDENCE, "encounters"):
        delivered_again(home, feed, tmp_path / f"{feed}.csv")
    after = answers(home, KNOWN_AT)
    now = answers(home, datetime.fromisoformat(TODAY))
    assert [name for name in before if not after[name].equals(before[name])] == []
    assert [name for name in before if now[name].equals(before[name])] == []
