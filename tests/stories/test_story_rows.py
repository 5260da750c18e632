"""No row is lost and no fault is missed: from generated files to receipts, quarantine, findings."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stories import AGENCY, Homes, done, opened, reentry, tables

from contracts.feeds import FEEDS, QUARANTINE
from pipelines.stages.bundles.anchors import SOURCE as BUNDLES

# What waits for nothing but its filing limit has a claim, too: that is held.
CLAIMED = (pl.col("verdict") == "clean") | pl.col("is_late").fill_null(value=False)


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


@pytest.fixture(scope="module")
def confused(derived: Path) -> Any:
    """The confusion table: these stories rename people, whom the payer then knows otherwise."""
    (path,) = (derived / "truth").glob(f"{AGENCY}-????????.csv")
    told = reentry(derived, "edits", "confusion", str(path), "--json")
    assert told.exit_code == 1, told.err
    return told.json


def test_every_planted_fault_is_found_by_its_edit_and_nothing_else_is(
    confused: Any, derived: Path
) -> None:
    assert confused["missed_faults"] == []
    assert confused["found"] == confused["planted"] == truth(derived).height
    assert {row["edit_id"] for row in confused["extra_findings"]} == {"name_unlike_payer"}
    assert {row["recall"] for row in confused["edits"]} == {1}


def test_a_fault_that_is_missed_is_named_and_ends_with_1(derived: Path, tmp_path: Path) -> None:
    """Of one planted fault the truth tells another edit."""
    is_first = pl.int_range(pl.len()) == 0
    wrong = truth(derived).with_columns(
        edit_id=pl.when(is_first).then(pl.lit("moon")).otherwise("edit_id")
    )
    wrong.write_csv(tmp_path / "truth.csv")
    told = reentry(derived, "edits", "confusion", str(tmp_path / "truth.csv"))
    assert told.exit_code == 1
    assert f"missed: moon on {wrong['subject_id'][0]}" in told.out
    assert f"{wrong.height - 1:,} of {wrong.height:,} planted faults found" in told.out


def test_a_file_that_is_no_truth_is_refused(derived: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("edit_id,moon\nx,y\n")
    told = reentry(derived, "edits", "confusion", str(tmp_path / "other.csv"))
    assert (told.exit_code, told.out) == (3, "")
    assert "reentry generate" in told.err


def test_every_kind_of_fault_is_among_them(derived: Path) -> None:
    assert truth(derived)["edit_id"].n_unique() > 25
    looked = tables(derived)["edit_counts"]
    assert set(truth(derived)["edit_id"]) <= set(looked["edit_id"])


def test_no_line_without_a_planted_fault_is_rejected(confused: Any, derived: Path) -> None:
    assert confused["rejected_clean_lines"] == []
    faulty = truth(derived)["subject_id"].n_unique()
    assert confused["clean_lines"] == tables(derived)["service_lines"].height - faulty > 0


def test_every_accepted_line_has_one_verdict_and_its_charge(derived: Path) -> None:
    with opened(derived) as workspace:
        received = workspace.last_view().current("encounters")
    judged = tables(derived)["service_lines"]
    place = ["file_id", "row_number", "charge_amount"]
    assert judged.select(place).sort(place).equals(received.select(place).sort(place))


def test_every_clean_line_stands_in_one_claim(derived: Path) -> None:
    made = tables(derived)
    key = ["source_system", "encounter_id", "line_number"]
    clean = made["service_lines"].filter(CLAIMED).select(key).sort(key)
    services = made["claim_lines"].filter(pl.col("source_system") != BUNDLES)
    claims = services.group_by(key).agg(pl.col("claim_id").n_unique()).sort(key)
    assert claims.select(key).equals(clean)
    assert claims["claim_id"].max() == 1


def test_the_charge_of_a_claimed_line_is_the_charge_received(derived: Path) -> None:
    made = tables(derived)  # a line of more units than X12 takes stands in its claim in parts
    place = ["file_id", "row_number"]
    bundled = made["claim_lines"].filter(source_system=BUNDLES)
    lines = made["claim_lines"].filter(pl.col("source_system") != BUNDLES)
    riding = lines.join(bundled, on="claim_id", how="semi")  # paid with their bundle
    assert (riding["charge_amount"] == 0).all()
    services = lines.join(riding, on=place, how="anti")
    claimed = services.group_by(place).agg(pl.col("charge_amount").sum()).sort(place)
    clean = made["service_lines"].filter(CLAIMED).join(riding, on=place, how="anti").sort(place)
    assert claimed["charge_amount"].to_list() == clean["charge_amount"].to_list()
