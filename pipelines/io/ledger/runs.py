"""Runs: what each saw, and that it came to its end. What a run made is in the lake."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from contracts.errors import BrokenInvariantError, UsageError
from contracts.parsing import LOCAL_ZONE
from pipelines.io.ledger import audit
from pipelines.io.ledger.tables_intake import runs
from pipelines.io.ledger.transaction import Transaction

_LOCAL = ZoneInfo(LOCAL_ZONE)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of an agency. `lake_snapshot` is the version that its readers attach."""

    run_id: str
    agency: str
    as_of: date
    known_at: datetime
    lake_snapshot: int | None
    fingerprint: str
    is_complete: bool
    policy_hash: str
    codesets_hash: str
    code_version: str
    warnings: list[Any]
    counts: dict[str, Any]
    recorded_at: datetime
    completed_at: datetime | None
    findings_recorded_at: datetime | None


def begin(
    tx: Transaction,
    run_id: str,
    *,
    as_of: date,
    fingerprint: str,
    policy_hash: str,
    codesets_hash: str,
    code_version: str,
    known_at: datetime | None = None,
) -> RunRow:
    """Record what a run will look at, or return the run that was begun with this id.

    Without `known_at` it is this record's own time: everything recorded or received before is at
    or before it, everything after is after it, even where several records share one `--now`.

    Raises:
        UsageError: `known_at` is to come: what will be known then cannot be told.
        BrokenInvariantError: the id is taken by a run of another day or other knowledge.
    """
    bound = tx.recorded_at if known_at is None else known_at
    if bound > tx.recorded_at:
        raise UsageError("known_at_to_come", "--known-at is later than now. Give a past instant.")
    begun = find(tx.connection, tx.agency, run_id)
    if begun is not None:
        return _same(begun, as_of, known_at)
    tx.connection.execute(
        insert(runs).values(
            run_id=run_id,
            agency=tx.agency,
            as_of=as_of,
            known_at=bound,
            fingerprint=fingerprint,
            is_complete=False,
            policy_hash=policy_hash,
            codesets_hash=codesets_hash,
            code_version=code_version,
            warnings=[],
            counts={},
            recorded_at=tx.recorded_at,
        )
    )
    return get(tx.connection, tx.agency, run_id)


def complete(
    tx: Transaction,
    run_id: str,
    *,
    lake_snapshot: int,
    warnings: list[Any],
    counts: dict[str, Any],
) -> RunRow:
    """The run's tables are in the lake as `lake_snapshot`. Said twice, it is kept once.

    Raises:
        BrokenInvariantError: the run is complete with another snapshot.
    """
    run = get(tx.connection, tx.agency, run_id)
    if run.is_complete:
        if run.lake_snapshot == lake_snapshot:
            return run
        raise BrokenInvariantError(
            "run_complete", f"run {run_id} is complete at snapshot {run.lake_snapshot}. Begin anew."
        )
    change(
        tx,
        run_id,
        lake_snapshot=lake_snapshot,
        is_complete=True,
        warnings=warnings,
        counts=counts,
        completed_at=tx.recorded_at,
    )
    audit.append(tx, "run_completed", {"run_id": run_id, "lake_snapshot": lake_snapshot})
    return get(tx.connection, tx.agency, run_id)


def change(tx: Transaction, run_id: str, **values: object) -> None:
    """Set columns of a run."""
    tx.connection.execute(
        update(runs).where(runs.c.agency == tx.agency, runs.c.run_id == run_id).values(**values)
    )


def find(connection: Connection, agency: str, run_id: str) -> RunRow | None:
    """The run, or None."""
    row = connection.execute(
        select(runs).where(runs.c.agency == agency, runs.c.run_id == run_id)
    ).one_or_none()
    return None if row is None else _run(row)


def get(connection: Connection, agency: str, run_id: str) -> RunRow:
    """The run.

    Raises:
        UsageError: when the agency has none with this id.
    """
    run = find(connection, agency, run_id)
    if run is None:
        raise UsageError("run_unknown", f"agency {agency} has no run {run_id}.")
    return run


def latest_complete(
    connection: Connection, agency: str, *, as_of: date | None = None
) -> RunRow | None:
    """The complete run that looks furthest (as of the given day, if one is), or None."""
    statement = select(runs).where(runs.c.agency == agency, runs.c.is_complete)
    if as_of is not None:
        statement = statement.where(runs.c.as_of == as_of)
    complete = [_run(row) for row in connection.execute(statement)]
    return max(
        complete, key=lambda run: (*reach(run.as_of, run.known_at), run.completed_at), default=None
    )


def completed_before(connection: Connection, agency: str, instant: datetime) -> RunRow | None:
    """The run that was completed last by an instant, or None."""
    statement = (
        select(runs)
        .where(runs.c.agency == agency, runs.c.is_complete, runs.c.completed_at <= instant)
        .order_by(runs.c.completed_at.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _run(row)


def with_findings(connection: Connection, agency: str) -> list[RunRow]:
    """Runs whose findings were recorded, in the order in which they were."""
    recorded = runs.c.findings_recorded_at
    told = select(runs).where(runs.c.agency == agency, recorded.is_not(None))
    return [_run(row) for row in connection.execute(told.order_by(recorded))]


def reach(as_of: date, known_at: datetime) -> tuple[date, date, datetime]:
    """How far a run looks: no further than its day, and no further than it knows.

    A run of today that is bounded by an instant of last year is a look at last year.
    """
    return min(as_of, known_at.astimezone(_LOCAL).date()), as_of, known_at


def snapshots(connection: Connection, agency: str) -> list[int]:
    """Lake snapshots of complete runs, oldest first: what maintenance chooses from."""
    return list(
        connection.execute(
            select(runs.c.lake_snapshot)
            .where(runs.c.agency == agency, runs.c.is_complete)
            .order_by(runs.c.completed_at)
        ).scalars()
    )


def _same(begun: RunRow, as_of: date, known_at: datetime | None) -> RunRow:
    if begun.as_of != as_of or known_at not in (None, begun.known_at):
        raise BrokenInvariantError(
            "run_id_taken", f"run {begun.run_id} looks at another day. Begin one with its own id."
        )
    return begun


def _run(row: Row[tuple[object, ...]]) -> RunRow:
    return RunRow(**row._asdict())
