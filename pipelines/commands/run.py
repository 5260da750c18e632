"""`reentry run`: the nightly job in this process, with a progress display."""

import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.commands.session import Session, instant, session_command
from pipelines.io.home import Home, private_folder, write_private
from pipelines.io.ledger.runs import RunRow
from pipelines.io.publishing import outputs
from pipelines.io.runs import unchanged_run
from pipelines.io.workspace import Workspace

if TYPE_CHECKING:
    import dagster as dg

_DAGSTER_YAML = """# Dagster's own storage for this home: runs, events, schedules.
telemetry:
  enabled: false
concurrency:
  runs:
    tag_concurrency_limits:
      - key: "dagster/partition"
        value: {applyLimitPerUniqueValue: true}
        limit: 1
retention:
  schedule: {purge_after_days: 90}
  sensor: {purge_after_days: {skipped: 7, failure: 90, success: 90}}
"""


def prepare_dagster(home: Home) -> None:
    """The home's Dagster folder, and DAGSTER_HOME pointing to it."""
    folder = private_folder(home.root / "dagster")
    if not (folder / "dagster.yaml").exists():
        write_private(folder / "dagster.yaml", _DAGSTER_YAML.encode())
    os.environ["DAGSTER_HOME"] = str(folder)


@contextmanager
def _progress(session: Session, total: int) -> Iterator[Callable[["dg.EventLogEntry"], None]]:
    """A callback for Dagster's events that moves a bar on by each step."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )  # fmt: skip
    with Progress(*columns, console=session.console, disable=session.as_json) as bar:
        task = bar.add_task("starting", total=total)

        def moved(entry: "dg.EventLogEntry") -> None:
            event = entry.dagster_event
            if event is None or event.step_key is None:
                return
            if event.event_type_value == "STEP_START":
                bar.update(task, description=event.step_key.replace("_", " "))
            elif event.event_type_value == "STEP_SUCCESS":
                bar.advance(task)

        yield moved


def execute(session: Session, agency: str, known_at: datetime | None) -> None:
    """Run the nightly job. Raises what the failed asset raised: a RunFailed."""
    prepare_dagster(session.home)
    import dagster as dg  # noqa: PLC0415 - Dagster reads DAGSTER_HOME, and takes a second to load

    from pipelines.definitions import defs  # noqa: PLC0415 - its partitions are this home's

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    job = defs.resolve_job_def("nightly")
    run_id = str(uuid.uuid4())
    texts = {
        "as_of": session.as_of.isoformat() if session.as_of else "",
        "known_at": known_at.isoformat() if known_at else "",
        "now": session.now.isoformat(),
        "user": session.user,
    }
    config: dict[str, Any] = {
        "resources": {"workplace": {"config": texts}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with dg.DagsterInstance.get() as instance, _progress(session, len(job.nodes)) as moved:
        instance.add_event_listener(run_id, moved)
        job.execute_in_process(
            run_config=config, instance=instance, partition_key=agency, run_id=run_id
        )


def run_once(session: Session, known_at: datetime | None = None) -> tuple[RunRow, bool]:
    """Run if anything has changed. Returns the run that now counts, and whether it is new."""
    with session.workspace() as workspace:
        agency = workspace.agency.id
        if last := _still_good(workspace, session, known_at):
            return last, False
    execute(session, agency, known_at)
    with session.workspace() as workspace:
        return workspace.last_view().run, True


def _still_good(workspace: Workspace, session: Session, known_at: datetime | None) -> RunRow | None:
    run = unchanged_run(workspace, session.as_of, known_at)
    if run is None or not all(path.is_file() for path in outputs(workspace.view(run))):
        return None
    return run


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


def register(cli: click.Group) -> None:
    """Add this module's commands."""
    cli.add_command(run)
