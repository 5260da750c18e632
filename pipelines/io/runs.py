"""Runs: what a run is bounded by, when its tables are whole, and whether another is needed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import select

from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError, UsageError
from pipelines.io.inbox import landed
from pipelines.io.ledger import finding_subjects, findings, runs
from pipelines.io.ledger.findings import FindingChange
from pipelines.io.ledger.runs import RunRow
from pipelines.io.ledger.tables_intake import audit_events
from pipelines.io.version import code_version
from pipelines.io.workspace import EVER, WRITTEN_BY, View, Workspace, known_until, local_day

# Events that tell of a run's own end, or of looking at it, change none of its inputs.
_WITHOUT_EFFECT = (
    "run_completed", "publication", "sign_in", "user_changed", "finding_assigned", "finding_noted",
    "month_closed",
)  # fmt: skip


@dataclass(frozen=True)
class Position:
    """How far the ledger had come: its last event that changes a run's inputs."""

    sequence: int
    recorded_at: datetime | None


def position(workspace: Workspace, known_at: datetime = EVER) -> Position:
    """The last event with an effect on runs, as far as was known at an instant."""
    event = audit_events.c
    newest = (
        select(event.sequence, event.recorded_at)
        .where(
            event.agency == workspace.agency.id,
            event.recorded_at <= known_at,
            event.event.not_in(_WITHOUT_EFFECT),
        )
        .order_by(event.sequence.desc())
        .limit(1)
    )
    with workspace.ledger.read() as connection:
        row = connection.execute(newest).one_or_none()
    return Position(0, None) if row is None else Position(row.sequence, row.recorded_at)


def fingerprint(workspace: Workspace, as_of: date, known_at: datetime | None) -> str:
    """Digest of everything that a run's result depends on, before it begins."""
    parts = (
        as_of,
        known_at,
        position(workspace, known_at or EVER).sequence,
        repr(workspace.agency),
        workspace.policy.digest,
        workspace.code_sets.editions_hash(known_at),
        code_version(),
    )
    return hashlib.sha256(repr(tuple(map(str, parts))).encode()).hexdigest()


def _everything(workspace: Workspace) -> datetime:
    """An instant at which all that is recorded is known; the same as long as nothing is added."""
    newest = position(workspace).recorded_at
    return max(workspace.ledger.now, newest or workspace.ledger.now)


def bounds(
    workspace: Workspace, as_of: date | None, known_at: datetime | None
) -> tuple[date, datetime | None]:
    """The day and the instant that a run looks at. Raises UsageError where one is to come."""
    now = workspace.ledger.now
    if known_at is not None and known_at > _everything(workspace):
        raise UsageError("known_at_to_come", "--known-at is later than now. Give a past instant.")
    day = as_of or local_day(now)
    until = known_until(day, now)
    return day, known_at or until


def begin_run(
    workspace: Workspace, run_id: str, *, as_of: date | None, known_at: datetime | None
) -> RunRow:
    """Record what a run looks at, or find what it was begun with.

    Defaults: the Los Angeles day of now; everything known, or for a past day, known at its end.
    """
    day, bound = bounds(workspace, as_of, known_at)
    with workspace.ledger.read() as connection:
        begun = runs.find(connection, workspace.agency.id, run_id)
    if begun is not None:
        return begun
    looks_at = fingerprint(workspace, day, bound)
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        return runs.begin(
            tx,
            run_id,
            as_of=day,
            known_at=bound or _everything(workspace),
            fingerprint=looks_at,
            policy_hash=workspace.policy.digest,
            codesets_hash=workspace.code_sets.editions_hash(bound),
            code_version=code_version(),
        )


def complete_run(
    view: View, counts: Mapping[str, object], warnings: list[str]
) -> tuple[RunRow, FindingChange]:
    """Mark the run complete at the lake's present snapshot, with its finding events.

    Raises BrokenInvariantError where another run wrote one of the tables in the meantime.
    """
    workspace, run_id = view.workspace, view.run.run_id
    snapshot = workspace.lake.snapshot()
    writers = workspace.lake.read(WRITTEN_BY, version=snapshot)
    mine = set(writers.filter(run_id=run_id)["table_name"])
    if mine != set(DERIVED):
        raise BrokenInvariantError(
            "run_overtaken",
            f"run {run_id}: another run of the agency wrote at the same time. Run again.",
        )
    found = workspace.lake.read(DERIVED["findings"], version=snapshot)
    told_of = _with_those_before(workspace, found)
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        run = runs.complete(
            tx, run_id, lake_snapshot=snapshot, warnings=list(warnings), counts=dict(counts)
        )
        finding_subjects.keep(tx, told_of)
        return run, findings.record(tx, run_id, found)


def _with_those_before(workspace: Workspace, found: pl.DataFrame) -> pl.DataFrame:
    """The findings and, where no subject was ever kept, those of the last run: some close now."""
    with workspace.ledger.read() as connection:
        are_kept = finding_subjects.are_kept(connection, workspace.agency.id)
    last = None if are_kept else workspace.last_run()
    if last is None:
        return found
    return pl.concat([found, workspace.view(last).derived("findings")]).unique("finding_id")


def unchanged_run(
    workspace: Workspace, as_of: date | None, known_at: datetime | None
) -> RunRow | None:
    """The last complete run, if another would look at the same and its tables still stand.

    Raises UsageError where the day or the instant is to come.
    """
    day, bound = bounds(workspace, as_of, known_at)
    last = workspace.last_run()
    if last is None or landed(workspace.home, workspace.agency.id):
        return None
    same = last.fingerprint == fingerprint(workspace, day, bound)
    stands = workspace.lake.snapshot() == last.lake_snapshot and workspace.lake.is_whole()
    return last if same and stands else None
