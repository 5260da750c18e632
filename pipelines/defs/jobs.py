"""Jobs, their schedule and the inbox sensor."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from contracts.feeds import RECEIVED
from pipelines.defs.failures import contained
from pipelines.defs.resources import Workplace
from pipelines.io.home import Home
from pipelines.io.inbox import landed
from pipelines.io.maintenance import maintain
from pipelines.partitions import agencies, home_root

REPORTS = "reports"  # the group that looks at a run and is no part of it

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(REPORTS),
    executor_def=dg.in_process_executor,
    description="Take the inbox, derive every table, complete the run, write what people read.",
)
intake = dg.define_asset_job(
    "intake",
    selection=dg.AssetSelection.assets(*RECEIVED),
    executor_def=dg.in_process_executor,
    description="Take the files that wait in an agency's inbox.",
)


@dg.schedule(job=nightly, cron_schedule="0 3 * * *", execution_timezone="America/Los_Angeles")
def every_night(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """One run for each agency, at three in the morning."""
    for agency in agencies():
        day = context.scheduled_execution_time.date().isoformat()
        yield dg.RunRequest(run_key=f"{agency}-{day}", partition_key=agency)


def _signature(paths: list[Path]) -> str:
    """Digest of names, sizes and times: a name may hold a person's, so it is never shown."""
    seen = [(path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in paths]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


@dg.sensor(job=intake, minimum_interval_seconds=60)
def inbox() -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Take files as they land; a set of files that has been asked for is not asked for again."""
    home = Home.open(home_root())
    waiting = {agency: [path for _, path in landed(home, agency)] for agency in agencies()}
    for agency, paths in waiting.items():
        if paths:
            yield dg.RunRequest(run_key=f"{agency}-{_signature(paths)}", partition_key=agency)
    if not any(waiting.values()):
        yield dg.SkipReason("no file waits in any inbox")


@dg.op(description="Expire snapshots that nobody needs; remove what killed transactions left.")
def maintain_lakes(context: dg.OpExecutionContext, workplace: Workplace) -> None:
    """Maintain every agency's lake, one after the other."""
    with contained():
        for agency in agencies():
            done = maintain(workplace.workspace(agency, context.run.run_id, context.instance))
            context.log.info("agency %s: %s", agency, done)


@dg.job(executor_def=dg.in_process_executor, description="Nightly maintenance of the lakes.")
def maintenance() -> None:
    """Maintain the lakes."""
    maintain_lakes()


maintenance_every_night = dg.ScheduleDefinition(
    name="maintenance_every_night",
    job=maintenance,
    cron_schedule="30 4 * * *",
    execution_timezone="America/Los_Angeles",
)
