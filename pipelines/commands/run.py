"""`reentry run`: the nightly job in this process, with a progress display."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.commands.session import Session, instant, session_command
from pipelines.io.ledger import runs, users, worklists
from pipelines.io.ledger.runs import RunRow
from pipelines.io.report_files import outputs
from pipelines.io.runs import unchanged_run
from pipelines.io.workspace import Workspace


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[str, int, int], None]]:
    """A bar that moves on by each step; silent where JSON is wanted."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )  # fmt: skip
    with Progress(*columns, console=session.console, disable=session.as_json) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda step, done, of: bar.update(task, description=step, completed=done, total=of)


def execute(session: Session, agency: str, known_at: datetime | None) -> str:
    """Run the nightly job; the run's id."""
    from pipelines.defs.local import Order, run_nightly  # noqa: PLC0415 - Dagster is slow to load

    order = Order(agency, session.as_of, known_at, session.now, session.user)
    with _progress(session) as told:
        return run_nightly(session.home, order, told)


def run_once(session: Session, known_at: datetime | None = None) -> tuple[RunRow, bool]:
    """Run if anything has changed. Returns the run that was asked for, and whether it is new."""
    with session.workspace() as workspace:
        agency = workspace.agency.id
        if last := _still_good(workspace, session, known_at):
            return last, False
        _may_receive(workspace)
    run_id = execute(session, agency, known_at)
    with session.workspace() as workspace, workspace.ledger.read() as connection:
        return runs.get(connection, agency, run_id), True


def _still_good(workspace: Workspace, session: Session, known_at: datetime | None) -> RunRow | None:
    run = unchanged_run(workspace, session.as_of, known_at)
    if run is None or not all(path.is_file() for path in outputs(workspace.view(run))):
        return None
    return run


def _may_receive(workspace: Workspace) -> None:
    """The run ends with a worklist issued to its user: refuse before the work, not after it."""
    with workspace.ledger.read() as connection:
        users.check(connection, workspace.user_id, *worklists.READERS)


@click.command("run")
@click.option("--known-at", callback=instant, help="Bound facts and ledger at this instant.")
@session_command
def run(session: Session, known_at: datetime | None) -> None:
    """Take the inbox, derive every table, complete the run, write what people read."""
    done, is_new = run_once(session, known_at)
    with session.workspace() as workspace:
        paths = [str(path) for path in outputs(workspace.view(done))]
    session.show(
        {
            "run_id": done.run_id, "is_new": is_new, "as_of": done.as_of,
            "known_at": done.known_at, "counts": done.counts, "warnings": done.warnings,
            "outputs": paths,
        }
    )  # fmt: skip
    session.say("Run complete." if is_new else "Nothing has changed since the last run; it stands.")
    for name, count in done.counts.items():
        session.say(f"  {name.replace('_', ' '):<22}{count:>9,}")
    for warning in done.warnings:
        session.say(f"  warning: {warning}")
    session.say("\n".join(f"  {path}" for path in paths))
