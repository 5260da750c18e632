"""`reentry receivables`: what is owed, for how long, how well it is collected, what is at risk."""

from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import polars as pl

from contracts.errors import UsageError
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.home import write_private
from pipelines.io.receivables import SECTIONS
from pipelines.io.receivables import receivables as sections_of
from reports.list_file import book_of_lists

TITLES: Final = {
    "totals": "By facility",
    "aging": "By days since sent",
    "months": "By month of service",
    "rates": "Rates",
    "denials": "Denied by facility and category",
    "at_risk": "At risk, by deadline",
    "cash": "Cash expected, by week",
}


@click.command("receivables")
@click.option("--section", type=click.Choice(SECTIONS), help="Only this part.")
@click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path),
              help="Write it to a workbook, a sheet each part.")  # fmt: skip
@session_command
def receivables(session: Session, section: str | None, path: Path | None) -> None:
    """What was charged, paid, adjusted, denied and is open, and what becomes of it.

    Needs a complete run. Dollars are of lines in effect: charged = paid + adjusted + denied + open.
    """
    if path is not None and path.suffix.lower() != ".xlsx":
        raise UsageError("format", "name a file that ends in .xlsx.")
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        every = sections_of(view)
        title = f"Receivables {workspace.agency.id}, as of {view.as_of.isoformat()}"
    parts = {name: frame for name, frame in every.items() if section in (None, name)}
    if path is not None:
        sheets = {TITLES[name]: frame for name, frame in parts.items()}
        write_private(path, book_of_lists(sheets, title, view.known_at))
        session.say(str(path))
        return
    if session.as_json:
        session.show({name: frame.to_dicts() for name, frame in parts.items()})
        return
    for name, frame in parts.items():
        session.show(None, partial(grid, TITLES[name], frame.columns, _rows(frame)))


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Rates to three places; a facility that is none is all of them."""
    floats = pl.selectors.float().round(3)
    shown = frame.with_columns(floats)
    if "facility_id" in shown.columns:
        shown = shown.with_columns(pl.col("facility_id").fill_null("all"))
    return shown.to_dicts()
