"""The nightly job in this process, as `reentry run` wants it: told step by step, then done."""

import logging
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import dagster as dg

from pipelines.defs.gathered import definitions
from pipelines.io.home import Home, private_folder, write_private

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


@dataclass(frozen=True)
class Order:
    """What to run: an agency, as it was on a day and known at an instant, for a user."""

    agency: str
    as_of: date | None
    known_at: datetime | None
    now: datetime
    user: str

    def config(self) -> dict[str, object]:
        """Run configuration of the workplace resource; Dagster's console logger stays silent."""
        texts = {
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "known_at": self.known_at.isoformat() if self.known_at else "",
            "now": self.now.isoformat(),
            "user": self.user,
        }
        return {
            "resources": {"workplace": {"config": texts}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        }


def prepare(home: Home) -> None:
    """The home's Dagster folder, and DAGSTER_HOME pointing to it."""
    folder = private_folder(home.root / "dagster")
    if not (folder / "dagster.yaml").exists():
        write_private(folder / "dagster.yaml", _DAGSTER_YAML.encode())
    os.environ["DAGSTER_HOME"] = str(folder)


def run_nightly(home: Home, order: Order, told: Callable[[str, int, int], None]) -> None:
    """Run the job; `told(step, done, of)` as each step begins and ends.

    Raises what the failed asset raised: a RunFailed, which holds no value.
    """
    prepare(home)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    job = definitions().resolve_job_def("nightly")
    steps, ended, run_id = len(job.nodes), 0, str(uuid.uuid4())

    def heard(entry: dg.EventLogEntry) -> None:
        nonlocal ended
        event = entry.dagster_event
        if event is not None and event.step_key is not None:
            ended += event.event_type_value == "STEP_SUCCESS"
            told(event.step_key.replace("_", " "), ended, steps)

    with dg.DagsterInstance.get() as instance:
        instance.add_event_listener(run_id, heard)
        job.execute_in_process(
            run_config=order.config(),
            instance=instance,
            partition_key=order.agency,
            run_id=run_id,
        )
