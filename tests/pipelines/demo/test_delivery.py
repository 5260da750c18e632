"""Delivery: names, bytes, typed Parquet, and a truth that intake never sees."""

import csv
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from contracts.errors import UsageError
from contracts.feeds import FEEDS
from pipelines.demo.county import County, generate
from pipelines.demo.delivery import write_county

START, END = date(2026, 6, 1), date(2026, 8, 31)


@pytest.fixture(scope="module")
def county() -> County:
    return generate("demo", 7, 120, START, END, 0.05)


def written(county: County, home: Path) -> dict[str, bytes]:
    files = write_county(county, home / "inbox", home / "truth" / "truth.csv", "demo")
    return {str(path.relative_to(home)): path.read_bytes() for path in files}


def test_the_same_county_gives_the_same_bytes_and_another_seed_others(
    county: County, tmp_path: Path
) -> None:
    again = generate("demo", 7, 120, START, END, 0.05)
    other = generate("demo", 8, 120, START, END, 0.05)
    first = written(county, tmp_path / "a")
    assert first == written(again, tmp_path / "b")
    elsewhere = written(other, tmp_path / "c")
    assert first.keys() == elsewhere.keys()
    changed = {name for name in first if first[name] != elsewhere[name]}
    assert {"inbox/demo/people/people-2026-06-01-2026-08-31.csv"} <= changed


DIGEST = """
import hashlib, sys
from datetime import date, timedelta
from pathlib import Path
from pipelines.demo.county import generate
from pipelines.demo.delivery import write_county
home = Path(sys.argv[1])
county = generate("demo", 7, 2000, date(2026, 6, 1), date(2026, 8, 31), 0.05)
files = write_county(county, home / "inbox", home / "truth.csv", "demo")
print(hashlib.sha256(b"".join(p.read_bytes() for p in [*files, home / "truth.csv"])).hexdigest())
"""


def digest(threads: int, home: Path) -> str:
    environment = os.environ | {"POLARS_MAX_THREADS": str(threads)}
    ran = subprocess.run(
        [sys.executable, "-c", DIGEST, str(home)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout.strip()


def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    assert digest(1, tmp_path / "one") == digest(4, tmp_path / "four")


def test_one_file_a_feed_under_its_agency(county: County, tmp_path: Path) -> None:
    names = sorted(written(county, tmp_path))
    assert names == sorted(
        f"inbox/demo/{feed}/{feed}-2026-06-01-2026-08-31."
        + ("parquet" if feed == "pharmacy_fills" else "csv")
        for feed in FEEDS
    )
    assert [p for p in tmp_path.rglob("*") if p.name.startswith(".")] == []


def test_csv_reads_back_as_it_was_with_another_reader(county: County, tmp_path: Path) -> None:
    path = write_county(county, tmp_path / "inbox", tmp_path / "t.csv", "demo")[5]
    assert path.parent.name == "people"
    assert b"\r" not in path.read_bytes()
    with path.open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    expected = county.files["people"].fill_null("")
    assert header == expected.columns
    assert [tuple(record) for record in records] == expected.rows()


def test_pharmacy_fills_go_out_typed(county: County, tmp_path: Path) -> None:
    files = write_county(county, tmp_path / "inbox", tmp_path / "t.csv", "demo")
    parquet = next(path for path in files if path.suffix == ".parquet")
    frame = pl.read_parquet(parquet)
    assert frame.schema == FEEDS["pharmacy_fills"].schema
    assert frame.height == county.files["pharmacy_fills"].height


def test_the_truth_lies_outside_the_inbox(county: County, tmp_path: Path) -> None:
    write_county(county, tmp_path / "inbox", tmp_path / "truth.csv", "demo")
    truth = pl.read_csv(tmp_path / "truth.csv", schema=county.truth.schema)
    assert truth.equals(county.truth)
    broken = pl.read_csv(tmp_path / "truth-quarantine.csv", schema=county.quarantine_truth.schema)
    assert broken.equals(county.quarantine_truth)
    with pytest.raises(UsageError, match="inside the inbox"):
        write_county(county, tmp_path / "inbox", tmp_path / "inbox" / "demo" / "t.csv", "demo")


def test_files_of_several_deliveries_sort_as_they_arrive(tmp_path: Path) -> None:
    several = generate("demo", 7, 60, START, END, 0, deliveries=3)
    arrived = [one.received_at for one in several.deliveries]
    assert arrived == sorted(arrived)
    assert arrived[-1].date() == END + timedelta(days=1)
    paths = write_county(several, tmp_path / "inbox", tmp_path / "t.csv", "demo")
    stays = [path.name for path in paths if path.parent.name == "custody_stays"]
    assert stays == [f"custody_stays-{START}-{END}-{number}.csv" for number in (1, 2, 3)]
    # Where nothing is new there is no file.
    assert [p.name for p in paths if p.parent.name == "billing_providers"] == [
        f"billing_providers-{START}-{END}-1.csv"
    ]


def test_one_delivery_of_several_can_be_laid_alone(tmp_path: Path) -> None:
    several = generate("demo", 7, 60, START, END, 0, deliveries=3)
    paths = write_county(several, tmp_path / "inbox", tmp_path / "t.csv", "demo", only=2)
    assert paths
    assert all(path.stem.endswith("-2") for path in paths)
    with pytest.raises(UsageError, match="choose 1 to 3"):
        write_county(several, tmp_path / "inbox", tmp_path / "t.csv", "demo", only=4)
