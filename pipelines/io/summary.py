"""Summary: the counts of a run, its warnings, and the status that everybody asks for first."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from contracts.derived import DERIVED
from pipelines.io.claim_states import claim_states, effective, money
from pipelines.io.ledger import batches, files
from pipelines.io.receipts import receipts
from pipelines.io.workspace import View, Workspace
from pipelines.stages.edits.code_verdicts import CODE_SETS


def run_counts(view: View) -> dict[str, int]:
    """Rows of each derived table."""
    return {name: view.count(name) for name in DERIVED}


def run_warnings(view: View) -> list[str]:
    """Code sets that were asked for days after their last edition, each once."""
    days = view.derived("service_lines")["service_date"]
    sets = view.workspace.code_sets
    return [said for name in CODE_SETS for said in sets.warnings(name, days, view.known_at)]


def status(workspace: Workspace) -> dict[str, Any]:
    """Where the agency stands: what came in, what was found, what was sent, what it is worth."""
    run = workspace.last_run()
    view = None if run is None else workspace.view(run)
    submitted = effective(workspace)
    with workspace.ledger.read() as connection:
        listed = batches.listed(connection, workspace.agency.id)
    return {
        "as_of": None if run is None else run.as_of,
        "known_at": None if run is None else run.known_at,
        "files": _file_counts(workspace),
        "rows": {feed: seen.counts() for feed, seen in receipts(workspace).items()},
        "findings": {} if view is None else finding_counts(view.derived("findings")),
        "claims": {} if view is None else claim_states(view, submitted),
        "money": money(submitted),
        "batches": _by(row.state for row in listed),
        "last_run": None if run is None else {
            "run_id": run.run_id,
            "completed_at": run.completed_at,
            "lake_snapshot": run.lake_snapshot,
            "counts": run.counts,
            "warnings": run.warnings,
        },
    }  # fmt: skip


def _by(values: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in sorted(values):
        counts[value] = counts.get(value, 0) + 1
    return counts


def _file_counts(workspace: Workspace) -> dict[str, int]:
    with workspace.ledger.read() as connection:
        states = _by(file.state for file in files.everything(connection, workspace.agency.id))
    return {
        "received": sum(states.values()),
        "accepted": states.get("accepted", 0),
        "refused": states.get("refused", 0),
    }


def finding_counts(findings: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Findings by category, and within it by severity."""
    counted = findings.group_by("category", "severity").len().sort("category", "severity")
    told: dict[str, dict[str, int]] = {}
    for category, severity, count in counted.iter_rows():
        told.setdefault(category, {})[severity] = count
    return told
