"""Side by side: several people and the nightly job at the same home at the same time."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stories import AGENCY, BILLER, ROOT, reentry

from pipelines.io.home import Home

LATER = "2026-10-31T19:00:00Z"


def started(home: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pipelines.cli", *words, "--home", str(home)]
    return subprocess.Popen(
        [*command, "--user", BILLER, "--now", LATER],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_runs_take_turns_and_both_end_well(copy_of: Callable[[str], Path]) -> None:
    home = copy_of("derived")
    both = [started(home, "run", "--as-of", day) for day in ("2026-10-29", "2026-10-30")]
    ends = [(run.communicate(timeout=240)[1], run.returncode) for run in both]
    assert [code for _, code in ends] == [0, 0], ends


def test_a_run_bounded_long_ago_is_not_what_everybody_reads(
    copy_of: Callable[[str], Path],
) -> None:
    home = copy_of("derived")
    before = reentry(home, "status", "--json").json
    look = reentry(home, "run", "--known-at", "2020-01-01T00:00:00Z", "--json")
    assert look.exit_code == 0, look.err
    assert look.json["counts"]["service_lines"] == 0
    after = reentry(home, "status", "--json").json
    assert after["findings"] == before["findings"]
    assert after["last_run"]["run_id"] == before["last_run"]["run_id"]


@pytest.mark.parametrize("place", ["nosuchfeed/a.csv", "stray.csv", "encounters/below/a.csv"])
def test_what_lies_where_nothing_is_taken_is_told(
    copy_of: Callable[[str], Path], place: str
) -> None:
    home = copy_of("derived")
    path = home / "inbox" / AGENCY / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    told = reentry(home, "intake")
    assert "1 files lie in the inbox where none is taken" in told.out
    assert reentry(home, "doctor").exit_code == 5


def test_invented_people_stay_out_of_a_real_inbox(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home", "34", "34", sandbox=False)
    refused = reentry(home.root, "generate", "--stays", "20")
    assert (refused.exit_code, "not_a_sandbox" in refused.err) == (2, True)
