"""Dagster: every table is an asset with columns and a blocking check, in the graph that is drawn
here; jobs, schedules and the sensor do what they are for.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from stories import (
    AGENCY,
    BILLER,
    NOW,
    ROOT,
    Homes,
    differing,
    done,
    opened,
    reentry,
    submitted,
    tables,
)

from contracts.derived import DERIVED
from contracts.feeds import FEEDS, RECEIVED
from pipelines.definitions import defs
from pipelines.defs import jobs, local, reports
from pipelines.defs.resources import LakeIOManager
from pipelines.io import evaluation
from pipelines.io.reporting import NAMES
from pipelines.partitions import HOME_VARIABLE

SNAPSHOT = Path(__file__).with_name("asset_graph.json")
CopyOf = Callable[[str], Path]


def drawn() -> dict[str, Any]:
    """The asset graph: each asset with its group, what it is made from, and its checks."""
    graph = defs.resolve_asset_graph()
    return {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "from": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "checks": sorted(check.name for check in graph.get(key).check_keys),
        }
        for key in sorted(graph.get_all_asset_keys())
    }


def test_the_asset_graph_is_the_one_that_was_agreed() -> None:
    assert drawn() == json.loads(SNAPSHOT.read_text())


def test_every_feed_and_derived_table_is_an_asset_with_its_columns() -> None:
    graph = defs.resolve_asset_graph()
    for name, table in (RECEIVED | DERIVED).items():
        columns = graph.get(dg.AssetKey(name)).metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == table.names
        assert all(column.description for column in columns), name


def test_every_feed_and_derived_table_has_a_blocking_check() -> None:
    graph = defs.resolve_asset_graph()
    for name in RECEIVED | DERIVED:
        checks = [graph.get(key) for key in graph.get(dg.AssetKey(name)).check_keys]
        assert checks, name
        assert all(check.blocking for check in checks), name


def test_every_asset_is_partitioned_by_agency() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        assert graph.get(key).partitions_def.get_partition_keys() == [AGENCY]


def test_jobs_schedules_and_sensor_are_there() -> None:
    repository = defs.get_repository_def()
    named = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert named == {"nightly", "intake", "maintenance", "report"}
    schedules = {one.name: one.cron_schedule for one in repository.schedule_defs}
    assert schedules == {
        "every_night": "0 3 * * *",
        "maintenance_every_night": "30 4 * * *",
        "every_month": "0 5 5 * *",
        "every_quarter": "0 6 5 1,4,7,10 *",
    }
    assert [sensor.name for sensor in repository.sensor_defs] == ["inbox"]


@pytest.mark.parametrize(
    ("schedule", "at", "period"),
    [
        (reports.every_month, datetime(2026, 10, 5, 12, tzinfo=UTC), "2026-09"),
        (reports.every_month, datetime(2027, 1, 5, 13, tzinfo=UTC), "2026-12"),
        (reports.every_quarter, datetime(2026, 10, 5, 13, tzinfo=UTC), "2026-Q3"),
        (reports.every_quarter, datetime(2027, 1, 5, 14, tzinfo=UTC), "2026-Q4"),
    ],
)
def test_reports_are_asked_for_the_period_before(
    schedule: dg.ScheduleDefinition, at: datetime, period: str
) -> None:
    context = dg.build_schedule_context(scheduled_execution_time=at)
    (asked,) = list(schedule(context))
    assert asked.partition_key == AGENCY
    assert asked.run_config == {"ops": {"reports": {"config": {"period": period}}}}


def test_every_report_is_an_asset_that_grows_stale_and_no_part_of_the_night() -> None:
    graph = defs.resolve_asset_graph()
    every = {f"report_{name}" for name in NAMES}
    for name in every:
        assert graph.get(dg.AssetKey(name)).freshness_policy_or_from_metadata is not None
    nightly = defs.resolve_job_def("nightly").asset_layer.executable_asset_keys
    told = {key.to_user_string() for key in nightly}
    assert not told & every
    assert {"complete_runs", "worklist", "services_delivered"} <= told


def test_the_report_job_writes_every_report_of_its_period(
    copy_of: CopyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copy_of("derived")
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    period = {"ops": {"reports": {"config": {"period": "2026-09"}}}}
    order = local.Order(AGENCY, None, None, datetime.fromisoformat(NOW), BILLER)
    with dg.DagsterInstance.ephemeral() as instance:
        ended = defs.resolve_job_def("report").execute_in_process(
            run_config=order.config() | period, partition_key=AGENCY, instance=instance
        )
    assert ended.success
    written = {path.name for path in home.glob("reports/*/*/*-2026-09-01-2026-09-30.html")}
    assert written == {f"{name.replace('_', '-')}-2026-09-01-2026-09-30.html" for name in NAMES}


def test_frames_are_kept_by_our_io_manager() -> None:
    managers = {name: one for name, one in defs.resources.items() if "io_manager" in name}
    assert list(managers) == ["io_manager"]
    assert isinstance(managers["io_manager"], LakeIOManager)


def test_dg_finds_nothing_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    dg_command = Path(sys.executable).with_name("dg")
    checked = subprocess.run(
        [dg_command, "check", "defs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def landed_home(copy_of: CopyOf, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = copy_of("landed")
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    return home


def ticked() -> tuple[list[dg.RunRequest], str | None]:
    """What the sensor asks for, and what it says where it asks for nothing."""
    data = jobs.inbox.evaluate_tick(
        dg.build_sensor_context(repository_def=defs.get_repository_def())
    )
    return list(data.run_requests or []), data.skip_message


def requests() -> list[dg.RunRequest]:
    return ticked()[0]


def test_the_sensor_asks_when_a_file_lands_and_not_twice_for_the_same(landed_home: Path) -> None:
    (first,) = requests()
    (again,) = requests()
    assert first.partition_key == AGENCY
    assert again.run_key == first.run_key  # Dagster runs a key once
    path = landed_home / "inbox" / AGENCY / "people" / "doe-jane.csv"
    path.write_text("person_id\n")
    (another,) = requests()
    assert another.run_key != first.run_key
    assert "doe" not in str(another.run_key)


def test_the_sensor_waits_for_a_file_that_is_still_being_written(landed_home: Path) -> None:
    (first,) = requests()
    (landed_home / "inbox" / AGENCY / "people" / "half.csv.part").write_text("person_id\n")
    (again,) = requests()
    assert again.run_key == first.run_key


def test_the_sensor_rests_when_nothing_waits(
    copy_of: CopyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(copy_of("derived")))
    assert ticked() == ([], "no file waits in any inbox")


def launched(home: Path, job: str, **config: str) -> dg.ExecuteInProcessResult:
    """A job as Dagster's daemon would run it, but for its instance, which is thrown away."""
    texts = {"now": NOW, "user": BILLER, **config}
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home))
        return defs.resolve_job_def(job).execute_in_process(
            run_config={
                "resources": {"workplace": {"config": texts}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            instance=instance,
            partition_key=AGENCY if job != "maintenance" else None,
            raise_on_error=False,
        )


def test_the_nightly_job_makes_what_reentry_run_makes(homes: Homes, copy_of: CopyOf) -> None:
    home = copy_of("landed")
    result = launched(home, "nightly")
    assert result.success
    assert differing(tables(home), tables(homes.at("derived"))) == []
    checks = result.get_asset_check_evaluations()
    assert {check.asset_key.to_user_string() for check in checks} == set(RECEIVED | DERIVED)
    assert all(check.passed for check in checks)


def test_intake_and_maintenance_run_by_themselves(copy_of: CopyOf) -> None:
    home = copy_of("landed")
    assert launched(home, "intake").success
    assert done(home, "status")["files"]["accepted"] == len(FEEDS)
    assert launched(home, "maintenance").success


def test_a_broken_contract_stops_what_is_downstream_and_the_run(
    copy_of: CopyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copy_of("derived")
    before, complete = tables(home), done(home, "status")["last_run"]
    make = evaluation.billable_days

    def with_a_day_twice(view: Any) -> pl.DataFrame:
        days = make(view)
        return pl.concat([days, days.head(1)])

    monkeypatch.setattr(evaluation, "billable_days", with_a_day_twice)
    told = reentry(home, "run", now="2026-11-01T18:00:00Z")
    assert told.exit_code == 5
    assert "check_failed: billable_days: contract" in told.err
    assert done(home, "status")["last_run"] == complete
    assert differing(before, tables(home)) == []
    with opened(home) as workspace:
        assert workspace.lake.snapshot() > complete["lake_snapshot"]
    assert submitted(home) == []


def test_a_run_overtaken_by_another_is_not_completed(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    complete = done(home, "status")["last_run"]
    make = evaluation.planned

    def while_another_runs(*arguments: Any) -> pl.DataFrame:
        with opened(home) as other:
            statement = "UPDATE written_by SET run_id = 'another' WHERE table_name = 'findings'"
            other.lake._connection.execute(statement)
        return make(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.defs.claims.planned", while_another_runs)
        told = reentry(home, "run", now="2026-11-01T18:00:00Z")
    assert told.exit_code == 5
    assert "run_overtaken" in told.err
    assert done(home, "status")["last_run"] == complete
