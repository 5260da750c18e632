"""`reentry intake`: take files, from the inbox or named one by one, or only look at them."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import polars as pl

from contracts.errors import UsageError
from contracts.feeds import RECEIVED, X12
from pipelines.commands.rehearsal import show
from pipelines.commands.session import Session, grid, instant, session_command
from pipelines.io.inbox import landed, overlooked
from pipelines.io.outcome import Outcome
from pipelines.io.rehearsal import rehearse_each

_COLUMNS = ("feed", "file_id", "member", "state", "rows", "accepted", "quarantined", "duplicate")


def told(outcome: Outcome) -> dict[str, Any]:
    """An outcome as a row: counts and our own message, never a value or an inbound name."""
    counts = outcome.counts
    return {
        "feed": outcome.feed,
        "file_id": outcome.file_id,
        "member": outcome.member,
        "state": outcome.state,
        "rows": counts and counts.row_count,
        "accepted": counts and counts.accepted_count,
        "quarantined": counts and counts.quarantined_count,
        "duplicate": counts and counts.duplicate_count,
        "code": outcome.code,
        "message": outcome.message,
    }


def _feed_of(path: Path, feed: str | None) -> str:
    chosen = feed or path.resolve().parent.name
    if chosen not in RECEIVED:
        known = ", ".join(RECEIVED)
        raise UsageError("feed", f"name the feed of the file by --feed, one of: {known}.")
    return chosen


@click.command("intake")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--feed", help="Feed of the named files; default: the folder they lie in.")
@click.option("--received-at", callback=instant, help="Time of receipt; sandboxes only.")
@click.option("--again", is_flag=True, help="Receive bytes anew that were seen before.")
@click.option("--accept-withdrawals", is_flag=True, help="Take a snapshot that withdraws much.")
@click.option("--check", is_flag=True, help="Only show what would be taken; writes nothing.")
@session_command
def intake(
    session: Session, files: tuple[Path, ...], feed: str | None, received_at: datetime | None,
    again: bool, accept_withdrawals: bool, check: bool,
) -> None:  # fmt: skip
    """Take FILES, or everything that waits in the agency's inbox.

    CSV, Parquet, XLSX (its first visible sheet), X12, or ZIP archives of these.
    Exit code 3 when a file was refused, or with --check would be.
    """
    if check:
        _check(session, files, feed)
        return
    with session.workspace() as workspace:
        asked = [(_feed_of(path, feed), path) for path in files]
        take = partial(
            workspace.inbox.take,
            received_at=received_at,
            again=again,
            accept_withdrawals=accept_withdrawals,
        )
        taken = [
            told(one)
            for name, path in asked or landed(workspace.home, workspace.agency.id)
            for one in take(name, path).each
        ]
        passed_over = len(overlooked(workspace.home, workspace.agency.id))
    session.show(taken, lambda: grid("Intake", _COLUMNS, taken) if taken else "No file waits.")
    for row in taken:
        if row["message"]:
            session.say(str(row["message"]))
    if passed_over:
        session.say(
            f"{passed_over} files lie in the inbox where none is taken: in no feed's folder, in a "
            "folder below one, or as links or pipes. `reentry feeds list` names the feeds."
        )
    if any(row["state"] == "refused" or (row["state"] == "known" and row["code"]) for row in taken):
        raise click.exceptions.Exit(3)


def _check(session: Session, files: tuple[Path, ...], feed: str | None) -> None:
    home = session.home
    agency = home.agency(session.agency).id
    asked = [(_feed_of(path, feed), path) for path in files]
    waiting = [] if asked else [(name, path) for name, path in landed(home, agency) if name != X12]
    held = partial(_held, session)
    seen = [
        one
        for name, path in asked or waiting
        for one in rehearse_each(home, agency, name, path, held)
    ]
    show(session, seen)
    if any(one.refusal for one in seen):
        raise click.exceptions.Exit(3)


def _held(session: Session, feed: str) -> pl.DataFrame:
    """The current rows of a feed; looked up for snapshots only."""
    with session.workspace() as workspace:
        return workspace.view_now().current(feed)
