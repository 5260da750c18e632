"""Receivable parts: how figures of receivables are handed over, a table or a sheet for each part.

What they sum is not decided here; a single list is for `listing`.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import polars as pl

from contracts.errors import UsageError
from pipelines.commands.session import Session, grid
from pipelines.io.home import write_private
from reports.list_file import book_of_lists

TITLES: Final = {
    "totals": "By facility",
    "aging": "By days since sent",
    "months": "By month of service",
    "rates": "Rates",
    "denials": "Denied by facility and category",
    "at_risk": "At risk, by deadline",
    "cash": "Cash expected, by week",
    "payments": "Payments of the month",
}
_PLACES: Final = 3  # of a rate


def _workbook(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() != ".xlsx":
        raise UsageError("format", "name a file that ends in .xlsx.")
    return path


to_workbook: Final = click.option(
    "--to", "path", type=click.Path(dir_okay=False, path_type=Path), callback=_workbook,
    help="Write it to a workbook (.xlsx), a sheet each part, for you alone.",
)  # fmt: skip


def written(
    session: Session, path: Path, parts: Mapping[str, pl.DataFrame], title: str, known_at: datetime
) -> dict[str, Any]:
    """Write the parts to a workbook; its path and the count of its rows, which people are told."""
    sheets = {TITLES[name]: frame for name, frame in parts.items()}
    write_private(path, book_of_lists(sheets, title, known_at))
    count = sum(frame.height for frame in parts.values())
    session.say(f"{path}: {count:,} rows")
    return {"path": str(path), "rows": count}


def show_parts(session: Session, parts: Mapping[str, pl.DataFrame]) -> None:
    """The parts as tables, one below another."""
    for name, frame in parts.items():
        session.show(None, partial(grid, TITLES[name], frame.columns, _rows(frame)))


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Rates to three places; a facility that is none is all of them."""
    place = pl.selectors.by_name("facility_id", require_all=False).fill_null("all")
    return frame.with_columns(pl.selectors.float().round(_PLACES), place).to_dicts()
