"""The nightly job in this process, as `reentry run` wants it: told step by step, then done."""

import logging
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import dagster as dg

from contracts.errors import BrokenInvariantError
from pipelines.defs.failures import RunFailed
from pipelines.defs.gathered import definitions
from pipelines.io.home import Home, private_folder, write_private

_DAGSTER_YAML = """# Dagster's own storage for this home: runs, events, schedules.
telemetry:
  enabled: false
# Steps print nothing of ours, and what a library prints could hold a person's data: not kept.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
event_log_storage:
  module: pipelines.defs.event_log
  class: EventLog
freshness:
  enabled: true
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


class _Listener:
    """Hears a run's events: tells how far it is, and remembers the checks that stopped it."""

    def __init__(self, told: Callable[[str, int, int], None], steps: int) -> None:
        self._told, self._steps, self._ended = told, steps, 0
        self.broken: list[str] = []

    def __call__(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._judge(event.asset_check_evaluation_data)
        self._ended += event.event_type == dg.DagsterEventType.STEP_SUCCESS
        self._told(event.step_key.replace("_", " "), self._ended, self._steps)

    def _judge(self, check: dg.AssetCheckEvaluation) -> None:
        if not check.passed:
            rules = ", ".join(f"{rule} ({found.value})" for rule, found in check.metadata.items())
            name = f"{check.asset_key.to_user_string()}: {check.check_name}"
            self.broken.append(f"{name} ({rules})" if rules else name)


def run_nightly(home: Home, order: Order, told: Callable[[str, int, int], None]) -> str:
    """Run the job; `told(step, done, of)` as each step begins and ends. Returns the run's id.

    Raises RunFailed, which holds no value: the failed asset's, or one that names a broken check.
    """
    prepare(home)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    job = definitions().resolve_job_def("nightly")
    listener, run_id = _Listener(told, len(job.nodes)), str(uuid.uuid4())
    with dg.DagsterInstance.get() as instance:
        instance.add_event_listener(run_id, listener)
        try:
            job.execute_in_process(
                run_config=order.config(),
                instance=instance,
                partition_key=order.agency,
                run_id=run_id,
            )
        except dg.DagsterError:
            if not listener.broken:
                raise
            raise _stopped(listener.broken) from None
    return run_id


def _stopped(broken: list[str]) -> RunFailed:
    return RunFailed(
        "check_failed",
        f"check_failed: {'; '.join(broken)}. The run is not complete: everybody reads the one "
        "before it. This is a fault of the program: run `reentry verify` and report it.",
        BrokenInvariantError.exit_code,
    )
