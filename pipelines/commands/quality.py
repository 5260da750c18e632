"""`reentry quality`: how good the files were, feed by feed."""

from typing import Any

import click
import polars as pl

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.publishing import source_files
from pipelines.io.quality import quality_cards
from reports.quality import DIMENSIONS
from reports.quality_card import TIMELY, status

_MARKS = {"better": "+", "worse": "-", "same": "="}
_SHOWN = ("feed", "file", *DIMENSIONS, "worst")


@click.command("quality")
@click.option("--feed", help="Only this feed, with all its files.")
@session_command
def quality(session: Session, feed: str | None) -> None:
    """How timely, complete, valid, unique and consistent the files were.

    Each with a grade and whether it is better (+), worse (-) or the same (=) as in the file before.
    Without --feed the newest file of each feed; --json tells all.
    """
    with session.workspace() as workspace:
        view = workspace.view_now()
        cards = quality_cards(view, feed)
        told = cards.join(source_files(view), on="file_id", how="left", maintain_order="left")
    session.show(
        told.to_dicts(),
        lambda: grid(f"Data quality, grades {status()}", _SHOWN, _lines(told, whole=bool(feed))),
    )


def _lines(told: pl.DataFrame, *, whole: bool) -> list[dict[str, Any]]:
    """A line a file; of each feed the newest alone unless the whole is asked for."""
    newest = pl.col("received_at") == pl.col("received_at").max().over("feed")
    shown = told if whole else told.filter(newest)
    parts = shown.partition_by("feed", "file_id", maintain_order=True)
    return [_line(part.to_dicts()) for part in parts]


def _line(rows: list[dict[str, Any]]) -> dict[str, Any]:
    worst = [f"{row['dimension']}: {row['worst']}" for row in rows if row["worst"]]
    cells = {row["dimension"]: _cell(row) for row in rows}
    return {"feed": rows[0]["feed"], "file": rows[0]["file"], "worst": worst} | cells


def _cell(row: dict[str, Any]) -> str | None:
    if row["value"] is None:
        return None
    is_timely = row["dimension"] == TIMELY
    told = f"{row['value']:.0f} days" if is_timely else f"{row['value']:.1%}"
    return f"{row['grade']} {told} {_MARKS.get(row['trend'], '')}".rstrip()
