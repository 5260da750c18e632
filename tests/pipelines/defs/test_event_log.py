"""The event log over kept engines is Dagster's own: each reads what the other wrote."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipelines.defs.event_log import EventLog
from pipelines.defs.local import prepare
from pipelines.io.home import Home


@dg.asset
def counted() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the event logs of a home that is ready for Dagster."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare(Home(tmp_path / "home"))
    return tmp_path / "home" / "dagster" / "history" / "runs"


def materialized() -> str:
    with dg.DagsterInstance.get() as instance:
        assert type(instance.event_log_storage) is EventLog
        return dg.materialize([counted], instance=instance).run_id


def told(storage: SqliteEventLogStorage, run_id: str) -> list[str]:
    return [str(entry.dagster_event_type) for entry in storage.get_logs_for_run(run_id)]


def test_dagsters_own_log_reads_what_was_written(logs: Path) -> None:
    run_id = materialized()
    theirs, ours = SqliteEventLogStorage(str(logs)), EventLog(str(logs))
    assert "DagsterEventType.ASSET_MATERIALIZATION" in told(ours, run_id)
    assert told(theirs, run_id) == told(ours, run_id)
    assert theirs.all_asset_keys() == ours.all_asset_keys() == [counted.key]
    ours.dispose()


def test_a_log_that_dagster_began_is_gone_on_with(logs: Path) -> None:
    logs.mkdir(parents=True)
    SqliteEventLogStorage(str(logs))
    first, second = materialized(), materialized()
    assert told(SqliteEventLogStorage(str(logs)), first) == told(
        SqliteEventLogStorage(str(logs)), second
    )


def test_nothing_is_left_open(logs: Path) -> None:
    materialized()
    assert {path.suffix for path in logs.iterdir()} == {".db"}
