"""The same input gives the same bytes: in another time zone, locale and number of threads."""

import os
import subprocess
import sys
from pathlib import Path

import report_scenario as scenario

_HERE = Path(__file__).parents[1]  # of the scenario


_ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "POLARS_MAX_THREADS": "1",
    "PYTHONHASHSEED": "17",
}


def test_another_process_elsewhere_on_one_core_makes_the_same_bytes() -> None:
    path = os.pathsep.join([str(_HERE.parent), str(_HERE), *filter(None, sys.path)])
    told = subprocess.run(
        [sys.executable, str(_HERE / "report_scenario.py")],
        env=os.environ | _ELSEWHERE | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(line.split() for line in told.stdout.splitlines()) == scenario.digests()


def test_another_manifest_shows_in_the_page() -> None:
    assert scenario.report("2026-Q3").html != scenario.report("2026-07").html
