"""SIGKILL at twenty moments of `run`, `intake` and `batch write`: all ends as if undisturbed.

The moments are shares of the processor time of the undisturbed command, its start left out.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stories import (
    AGENCY,
    Homes,
    differing,
    done,
    finished,
    interchanges,
    killed,
    ledger_rows,
    opened,
    processor_seconds,
    reports,
    spawned,
    submitted,
    tables,
)

from pipelines.x12 import wire

# Drawn once. A file taken stays taken: after the first kills a run has the tables only to make.
INTAKE_MOMENTS = (0.38, 0.45, 0.52)
TABLE_MOMENTS = (0.58, 0.75, 0.92)
WRITE_MOMENTS = (0.50, 0.63, 0.76, 0.87, 0.97)
BATCH = "demo-000001"
# By the clock of this machine, for files that kills left behind are told by their age.
DAYS_LATER = (datetime.now(UTC) + timedelta(days=3650)).isoformat()
LATER, KNOWN_AT = "2026-10-31T19:00:00Z", "2026-10-31T18:30:00Z"


def holds(home: Path) -> None:
    assert [row for row in done(home, "verify") if not row["holds"]] == []


def rows_by_feed(home: Path) -> Any:
    return done(home, "status")["rows"]


def files_of_lake(home: Path) -> int:
    return len(list(home.glob("lake/*/data/**/*.parquet")))


def numbered(home: Path) -> list[tuple[str, int, str, str]]:
    """What was proposed: claim, submission number, control number, charge."""
    with opened(home) as workspace:
        plan = workspace.last_view().derived("plan").filter(action="new").sort("claim_id")
    columns = ["claim_id", "submission_number", "patient_control_number", "charge_amount"]
    return [(*map(str, row),) for row in plan.select(columns).iter_rows()]


def test_a_run_killed_six_times_ends_as_one_that_was_not(homes: Homes, tmp_path: Path) -> None:
    whole = homes.copy("landed", tmp_path / "whole")
    home = homes.copy("landed", tmp_path / "home")
    first = processor_seconds(spawned(whole, "run"))
    again = processor_seconds(spawned(whole, "run", "--known-at", KNOWN_AT, now=LATER))
    hits = [killed(spawned(home, "run"), share * first) for share in INTAKE_MOMENTS]
    done(home, "intake")  # what is left, before the clock moves on
    for n, share in enumerate(TABLE_MOMENTS):  # each looks at another instant: all has to be made
        look = ("--known-at", f"2026-10-31T18:10:0{n}Z")
        hits.append(killed(spawned(home, "run", *look, now=LATER), share * again))
    assert sum(hits) > len(hits) // 3, "most kills came when the run had ended"

    done(home, "run")
    holds(home)
    assert rows_by_feed(home) == rows_by_feed(whole)
    assert list((home / "inbox").rglob("*.csv")) == []
    assert numbered(home) == numbered(whole)
    told = done(home, "run", "--known-at", KNOWN_AT, now=LATER)
    assert differing(tables(home, told["run_id"]), tables(whole)) == []
    assert reports(home) == reports(whole)
    done(home, "maintain", now=DAYS_LATER)
    copies = (home / "archive" / AGENCY / ".tmp").iterdir()
    assert [path for path in copies if path.suffix != ".lock"] == []
    holds(home)


def test_an_intake_killed_on_the_way_takes_each_file_once(homes: Homes, tmp_path: Path) -> None:
    home = homes.copy("landed", tmp_path / "home")
    whole = homes.copy("landed", tmp_path / "whole")
    needed = processor_seconds(spawned(whole, "intake"))
    states = []
    for share in (0.45, 0.55, 0.62, 0.68):
        killed(spawned(home, "intake"), share * needed)
        states.append(done(home, "status")["files"])
    done(home, "intake")
    assert states == sorted(states, key=lambda files: files["accepted"])
    assert rows_by_feed(home) == rows_by_feed(whole)
    holds(home)


@pytest.fixture(scope="module")
def written(homes: Homes) -> Path:
    return homes.at("written")


def wire_claims(path: Path) -> list[str]:
    tokens = wire.read(path.read_bytes(), file_id="written").tokens
    return tokens.filter(segment_id="CLM").select(wire.element(1)).to_series().to_list()


def without_place(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Submissions less what may differ: times, ids and control numbers of the envelope."""
    same = ("claim_id", "submission_number", "patient_control_number", "frequency_code",
            "content_hash", "row_hash", "charge_amount", "set_position", "batch_id")  # fmt: skip
    return [{name: row[name] for name in same} for row in rows]


def test_a_write_killed_five_times_sends_each_claim_once(
    written: Path, homes: Homes, tmp_path: Path
) -> None:
    home = homes.copy("approved", tmp_path / "home")
    needed = processor_seconds(
        spawned(homes.copy("approved", tmp_path / "w"), "batch", "write", BATCH)
    )
    for share in WRITE_MOMENTS:
        killed(spawned(home, "batch", "write", BATCH), share * needed)
        seen = tmp_path / "seen"
        shutil.rmtree(seen, ignore_errors=True)
        shutil.copytree(home / "outbox" / AGENCY, seen)
        # Whatever lies in the outbox has its submissions already, before anything is recovered.
        recorded = {row["patient_control_number"] for row in submitted(home)}
        for path in seen.glob("*.x12"):
            assert set(wire_claims(path)) == recorded

    last = finished(spawned(home, "batch", "write", BATCH))
    (batch,) = done(home, "batch", "list")
    assert batch["state"] == "written"
    assert last.exit_code in (0, 2), last  # 2: a killed command had come to its end
    (path,) = interchanges(home)
    assert sorted(wire_claims(path)) == sorted(wire_claims(interchanges(written)[0]))
    assert without_place(submitted(home)) == without_place(submitted(written))
    # Numbers of killed writes are lost; none is taken twice, and the file bears the last one.
    taken = [row[2] for row in ledger_rows(home)["control_numbers"] if row[1] == "interchange"]
    assert taken == list(range(1, len(taken) + 1))
    assert batch["interchange_control_number"] == taken[-1]
    assert {row["interchange_control_number"] for row in submitted(home)} == {taken[-1]}
    holds(home)


def test_maintenance_removes_what_killed_runs_left(homes: Homes, tmp_path: Path) -> None:
    home = homes.copy("derived", tmp_path / "home")
    before = tables(home)
    orphan = next(home.glob("lake/*/data/main/findings/*.parquet"))
    shutil.copy2(orphan, orphan.with_name("ducklake-killed.parquet"))
    files = files_of_lake(home)
    done(home, "maintain", now=DAYS_LATER)
    assert files_of_lake(home) < files
    assert differing(before, tables(home)) == []
    holds(home)
