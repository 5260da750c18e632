"""Maintenance of the lake: snapshots that nobody needs, files that a killed transaction left.

Kept: the last complete run, runs completed within a day (someone may be reading them), and the
runs behind published reports.
"""

from datetime import timedelta

from pipelines.io.copies import remove_left_behind
from pipelines.io.ledger import publications, runs
from pipelines.io.workspace import Workspace

READERS_MAY_HOLD = timedelta(days=1)


def maintain(workspace: Workspace) -> dict[str, int]:
    """Expire snapshots, join small files, remove what kills left. Returns how many of each went."""
    before = workspace.ledger.now - READERS_MAY_HOLD
    kept = kept_snapshots(workspace)
    copies = workspace.home.archive(workspace.agency.id) / ".tmp"
    return {
        "snapshots_expired": workspace.lake.expire(kept, before),
        "files_joined": workspace.lake.join_small_files(),
        "files_removed": workspace.lake.remove_unused_files(before),
        "copies_removed": remove_left_behind(copies, before.timestamp()),
    }


def kept_snapshots(workspace: Workspace) -> set[int]:
    """Snapshots of runs that somebody reads or may ask for again."""
    with workspace.ledger.read() as connection:
        last = runs.latest_complete(connection, workspace.agency.id)
        published = {
            str(one.manifest.get("run_id"))
            for one in publications.listed(connection, workspace.agency.id)
        }
        complete = [runs.find(connection, workspace.agency.id, run_id) for run_id in published]
    return {run.lake_snapshot for run in (last, *complete) if run and run.lake_snapshot is not None}
