"""No row is lost and no fault is missed: from generated files to receipts, quarantine, findings."""

from pathlib import Path

import polars as pl
import pytest
from stories import AGENCY, Homes, done, opened, tables

from contracts.feeds import FEEDS, QUARANTINE


@pytest.fixture(scope="module")
def derived(homes: Homes) -> Path:
    return homes.at("derived")


@pytest.fixture(scope="module")
def generated(homes: Homes) -> dict[str, int]:
    """Rows of each generated file, counted in the file."""
    return {feed: rows_of(homes.at("landed") / "inbox" / AGENCY / feed) for feed in FEEDS}


def rows_of(folder: Path) -> int:
    (path,) = folder.iterdir()
    if path.suffix == ".parquet":
        return pl.read_parquet(path).height
    return pl.read_csv(path, infer_schema=False).height


def truth(home: Path, suffix: str = "") -> pl.DataFrame:
    (path,) = (home / "truth").glob(f"{AGENCY}-????????{suffix}.csv")
    return pl.read_csv(path, schema_overrides={"row_number": pl.Int64})


@pytest.mark.parametrize("feed", FEEDS)
def test_rows_of_the_file_are_accepted_quarantined_or_duplicates(
    feed: str, derived: Path, generated: dict[str, int]
) -> None:
    counts = done(derived, "status")["rows"][feed]
    assert counts["received"] == generated[feed]
    assert counts["accepted"] + counts["quarantined"] + counts["duplicate"] == generated[feed]


def test_the_quarantine_holds_the_planted_rows_and_no_others(derived: Path) -> None:
    with opened(derived) as workspace:
        held = workspace.lake.read(QUARANTINE)
    columns = ["feed", "row_number", "column_name", "rule"]
    planted = truth(derived, "-quarantine").select(columns)
    assert held.select(columns).sort(columns).rows() == planted.sort(columns).rows()


def test_every_planted_fault_is_found_by_its_edit(derived: Path) -> None:
    key = ["edit_id", "subject_id"]
    found = tables(derived)["findings"]
    missed = truth(derived).join(found, on=key, how="anti")
    assert missed.select(key).rows() == []


def test_every_kind_of_fault_is_among_them(derived: Path) -> None:
    assert truth(derived)["edit_id"].n_unique() > 25
    looked = tables(derived)["edit_counts"]
    assert set(truth(derived)["edit_id"]) <= set(looked["edit_id"])


def test_no_line_without_a_planted_fault_is_rejected(derived: Path) -> None:
    rejected = tables(derived)["findings"].filter(severity="reject")
    unplanned = rejected.join(truth(derived), on=["edit_id", "subject_id"], how="anti")
    assert unplanned.select("edit_id", "subject_id").rows() == []


def test_every_accepted_line_has_one_verdict_and_its_charge(derived: Path) -> None:
    with opened(derived) as workspace:
        received = workspace.last_view().current("encounters")
    judged = tables(derived)["service_lines"]
    place = ["file_id", "row_number", "charge_amount"]
    assert judged.select(place).sort(place).equals(received.select(place).sort(place))


def test_every_clean_line_stands_in_one_claim(derived: Path) -> None:
    made = tables(derived)
    key = ["source_system", "encounter_id", "line_number"]
    clean = made["service_lines"].filter(verdict="clean").select(key).sort(key)
    claims = made["claim_lines"].group_by(key).agg(pl.col("claim_id").n_unique()).sort(key)
    assert claims.select(key).equals(clean)
    assert claims["claim_id"].max() == 1


def test_the_charge_of_a_claimed_line_is_the_charge_received(derived: Path) -> None:
    made = tables(derived)  # a line of more units than X12 takes stands in its claim in parts
    place = ["file_id", "row_number"]
    claimed = made["claim_lines"].group_by(place).agg(pl.col("charge_amount").sum()).sort(place)
    clean = made["service_lines"].filter(verdict="clean").sort(place)
    assert claimed["charge_amount"].to_list() == clean["charge_amount"].to_list()
