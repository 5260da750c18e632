"""`reentry quarantine`: rows that broke their contract, sent back to be mended, and closed."""

from dataclasses import asdict
from pathlib import Path

import click
import polars as pl

from contracts.feeds import QUARANTINE
from pipelines.commands.listing import ROWS_SHOWN
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.ledger.quarantine_closings import REASONS
from pipelines.io.quarantined import Exported, close_by_hand, export, quarantined
from pipelines.stages.quarantine import CLOSED_BY

_SHOWN = ("feed", "file_id", "row_number", "column_name", "rule", "reason", "remedy")
_CLOSED = ("state", "closed_file_id", "closed_row_number")
_TOLD = [name for name in QUARANTINE.names if name != "row_text"] + ["state", *CLOSED_BY]


@click.command("quarantine")
@click.option("--feed", help="Only this feed.")
@click.option(
    "--all", "is_all", is_flag=True, help="Closed rows and those left out on purpose too."
)
@click.option(
    "--export",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write open rows as they arrived to a .csv or .xlsx; a folder where several feeds have "
    "some. Mend them and put them into the inbox; columns that begin with x_ are ignored. "
    "Cells stand as they came: open the .xlsx, not the .csv, in a spreadsheet program.",
)
@click.option("--close", "place", nargs=2, type=(str, int), metavar="FILE_ID ROW",
              help="Close a row that no later row will close.")  # fmt: skip
@click.option("--reason", type=click.Choice(list(REASONS)), help="Why it is closed.")
@session_command
def quarantine(
    session: Session, feed: str | None, path: Path | None, place: tuple[str, int] | None,
    reason: str | None, is_all: bool,
) -> None:  # fmt: skip
    """Rows that broke their feed's contract, with the rule and the remedy.

    A row is closed once a later sound row of its key was received. Reasons to close one by hand:
    came_back (under another key), not_ours (of another feed or agency), not_needed (the source
    withdrew it).
    """
    if (place is None) != (reason is None) or (place is not None and path is not None):
        raise click.UsageError("--close and --reason go together, and without --export.")
    if place is not None and reason is not None:
        _close(session, place, reason)
        return
    with session.workspace() as workspace:
        view = workspace.view_now()
        rows = quarantined(view, feed)
        written = export(view, rows, path) if path else None
    if written:
        _say_written(session, written)
    else:
        _show(session, rows if is_all else rows.filter(state="open"), is_all=is_all)


def _close(session: Session, place: tuple[str, int], reason: str) -> None:
    file_id, row_number = place
    with session.workspace() as workspace:
        is_new = close_by_hand(workspace, file_id, row_number, reason)
    session.show({"file_id": file_id, "row_number": row_number, "closed": is_new})
    session.say("Closed." if is_new else "It was closed by hand before; nothing has changed.")


def _show(session: Session, rows: pl.DataFrame, *, is_all: bool) -> None:
    told = rows.select(_TOLD).to_dicts()
    columns = (*_SHOWN, *_CLOSED) if is_all else _SHOWN
    session.show(told, lambda: grid(f"Quarantine: {len(told)}", columns, told[:ROWS_SHOWN]))


def _say_written(session: Session, written: Exported) -> None:
    session.show(asdict(written))
    session.say("\n".join([*written.files, f"{written.rows} rows to mend."]))
    if written.without_columns:
        session.say(
            f"{written.without_columns} rows without columns are not in it (misshapen rows, X12 "
            "sets): have them sent again."
        )
    if written.withheld:
        session.say(f"{written.withheld} rows of Part 2 are withheld: no consent in force.")
    if written.snapshots:
        session.say(
            f"Mend {', '.join(written.snapshots)} in the source system: a snapshot must name "
            "every key, so a file of these rows alone is refused."
        )
