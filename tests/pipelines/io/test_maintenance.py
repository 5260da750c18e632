"""Maintenance: what somebody may still read stays as it was; the rest goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from contracts.derived import DERIVED
from contracts.errors import UsageError
from pipelines.io.home import Home
from pipelines.io.ledger import publications, runs, users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.maintenance import kept_snapshots, maintain
from pipelines.io.runs import begin_run, complete_run
from pipelines.io.workspace import WRITTEN_BY, Workspace

EPISODES = DERIVED["custody_episodes"]
START = datetime(2026, 11, 1, tzinfo=UTC)


@contextmanager
def at_work(workspace: Workspace, now: datetime) -> Iterator[Workspace]:
    """The same workspace at another time. Snapshots carry the machine's clock."""
    ledger = Ledger.open(workspace.home.ledger_url, now=now, is_sandbox=True)
    try:
        yield replace(workspace, ledger=ledger)
    finally:
        ledger.close()


def run(workspace: Workspace, name: str, day: int) -> pl.DataFrame:
    """A complete run whose custody_episodes tell its name; the table as it was written."""
    rows = EPISODES.conform(pl.DataFrame({"episode_id": [f"{name} {n}" for n in range(3)]}))
    with at_work(workspace, START + timedelta(days=day)) as one:
        view = one.view(begin_run(one, name, as_of=None, known_at=None))
        one.lake.transact(lambda lake: lake.replace(EPISODES, rows))
        for table in DERIVED.values():
            one.lake.transact(lambda lake, table=table: lake.ensure(table))
        writers = pl.DataFrame({"table_name": list(DERIVED), "run_id": [name] * len(DERIVED)})
        one.lake.transact(lambda lake: lake.replace(WRITTEN_BY, writers))
        complete_run(view, {}, [])
    return rows


def published(workspace: Workspace, name: str) -> None:
    with workspace.ledger.write(workspace.agency.id, "admin") as tx:
        users.save(tx, "admin", users.RIGHTS)
        publications.record(
            tx, report="services", form="operational", period="2026-Q3", manifest={"run_id": name},
            sha256="0" * 64,
        )  # fmt: skip


def seen(workspace: Workspace, name: str) -> pl.DataFrame:
    """What a reader of the run sees of its table."""
    with workspace.ledger.read() as connection:
        found = runs.get(connection, workspace.agency.id, name)
    return workspace.view(found).derived(EPISODES.name)


def test_runs_that_somebody_may_read_stay_and_others_go(workspace: Workspace) -> None:
    told = {name: run(workspace, name, day) for day, name in enumerate(("one", "two", "three"))}
    published(workspace, "one")
    assert all(seen(workspace, name).equals(rows) for name, rows in told.items())
    with at_work(workspace, datetime.now(UTC) + timedelta(days=2)) as later:
        assert len(kept_snapshots(later)) == 2
        done = maintain(later)
    assert done["snapshots_expired"] > 0
    assert seen(workspace, "one").equals(told["one"])  # published
    assert seen(workspace, "three").equals(told["three"])  # the last
    with pytest.raises(UsageError, match="Run again as of that day"):
        seen(workspace, "two")
    assert workspace.lake.read(EPISODES).equals(told["three"])
    assert workspace.lake.is_whole()


def test_a_run_of_the_last_day_stays_whoever_came_after(workspace: Workspace) -> None:
    told = {name: run(workspace, name, day) for day, name in enumerate(("one", "two"))}
    with at_work(workspace, datetime.now(UTC)) as now:
        assert maintain(now)["snapshots_expired"] == 0
    assert all(seen(workspace, name).equals(rows) for name, rows in told.items())


def test_a_second_pass_finds_nothing_more_to_do(workspace: Workspace) -> None:
    run(workspace, "one", 0)
    run(workspace, "two", 1)
    with at_work(workspace, datetime.now(UTC) + timedelta(days=2)) as later:
        assert maintain(later)["files_removed"] > 0
        again = maintain(later)
    assert (again["files_removed"], again["files_joined"]) == (0, 0)


def test_copies_and_data_files_that_a_kill_has_left_go_after_a_day(
    workspace: Workspace, home: Home
) -> None:
    run(workspace, "one", 0)
    left = [
        home.archive("34") / ".tmp" / "0011223344556677.csv",
        Path(workspace.lake.data) / "main" / EPISODES.name / "ducklake-orphan.parquet",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"PAR1")
    with at_work(workspace, datetime.now(UTC)) as now:
        maintain(now)
    assert all(path.exists() for path in left)  # somebody may be at work on them
    with at_work(workspace, datetime.now(UTC) + timedelta(days=2)) as later:
        done = maintain(later)
    assert not any(path.exists() for path in left)
    assert done["copies_removed"] == 1
