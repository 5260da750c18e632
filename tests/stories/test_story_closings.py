"""Findings that closed, each with the row that closed it: corrections of known lines come in, a
night passes, policy changes, and each is told apart.
"""

import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stories import AGENCY, Homes, done, reentry

DAY, NEXT, THIRD = "2026-10-31", "2026-11-01", "2026-11-02"
NEXT_NOON, THIRD_NOON = f"{NEXT}T18:00:00Z", f"{THIRD}T18:00:00Z"
MENDED = {
    # edit that was planted, the feed that mends it: what is told of its row
    "note_not_signed": "encounters: mended.csv row 1, note_status changed",
    "diagnosis_missing": "encounters: mended.csv row 2, deleted",
    "cin_missing": "people: mended.csv row 1, cin changed",
    "authorization_pending": "authorizations: mended.csv row 1, decision changed",
}
SWITCHED_OFF = """
[[edit.sex_unlike_payer]]
severity = "off"
status = "unverified"
source = "a decision"
valid_from = 2026-01-01
"""


def sent(home: Path, feed: str) -> pl.DataFrame:
    (path,) = (home / "archive" / AGENCY / feed).iterdir()
    return pl.read_csv(path, infer_schema=False)


def planted(home: Path, edit_id: str) -> str:
    """The encounter of the first line with the fault that may be shown."""
    rows = done(home, "findings", "--edit", edit_id)
    return str(rows[0]["subject_id"]).split("/")[1]


def lay(home: Path, feed: str, rows: pl.DataFrame) -> None:
    rows.write_csv(home / "inbox" / AGENCY / feed / "mended.csv")


def mend(home: Path) -> None:
    lines, encounter = sent(home, "encounters"), pl.col("encounter_id")
    signed = lines.filter(encounter == planted(home, "note_not_signed")).head(1)
    ended = lines.filter(encounter == planted(home, "diagnosis_missing")).head(1)
    mended = [
        signed.with_columns(note_status=pl.lit("signed")),
        ended.with_columns(record_status=pl.lit("deleted")),
    ]
    lay(home, "encounters", pl.concat(mended, how="diagonal"))
    ill = lines.filter(encounter == planted(home, "cin_missing"))
    person = sent(home, "people").filter(person_id=ill["person_id"][0])
    lay(home, "people", person.with_columns(cin=pl.lit("90000000A")))
    waiting = lines.filter(encounter == planted(home, "authorization_pending"))
    number = waiting["authorization_number"].drop_nulls()[0]
    granted = sent(home, "authorizations").filter(authorization_number=number)
    lay(home, "authorizations", granted.with_columns(decision=pl.lit("approved")))


@pytest.fixture(scope="module")
def home(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county that is mended over night; on the third day an edit is switched off."""
    made = homes.copy("derived", tmp_path_factory.mktemp("closings") / "home")
    mend(made)
    done(made, "run", now=NEXT_NOON)
    with (made / "policy.toml").open("a") as policy:
        policy.write(SWITCHED_OFF)
    done(made, "run", now=THIRD_NOON)
    return made


@pytest.fixture(scope="module")
def closed(home: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = done(home, "findings", "--closed", now=THIRD_NOON)
    return rows


def details(row: dict[str, Any]) -> list[str]:
    return [cause["detail"] for cause in row["closed_by"]]


@pytest.mark.parametrize("edit_id", MENDED)
def test_the_row_that_mended_a_line_is_told_with_its_file(
    edit_id: str, closed: list[dict[str, Any]]
) -> None:
    mine = [row for row in closed if row["edit_id"] == edit_id]
    assert {tuple(details(row)) for row in mine} == {(MENDED[edit_id],)}
    assert {(row["first_seen_on"], row["closed_on"]) for row in mine} == {(DAY, NEXT)}
    told = {(cause["cause"], cause["file"]) for row in mine for cause in row["closed_by"]}
    assert told == {("row", "mended.csv")}


def test_a_change_of_policy_is_told_where_the_edit_rests_on_it(
    closed: list[dict[str, Any]],
) -> None:
    off = [row for row in closed if row["edit_id"] == "sex_unlike_payer"]
    assert off
    assert {row["closed_on"] for row in off} == {THIRD}
    assert {tuple(details(row)) for row in off} == {("policy.toml was changed",)}


def test_the_passing_of_time_is_told_of_deadlines(closed: list[dict[str, Any]]) -> None:
    """On the first of November more than the first share of the oldest services is cut."""
    passed = [row for row in closed if row["category"] == "timely_filing"]
    told = {cause["cause"] for row in passed for cause in row["closed_by"]}
    assert passed
    assert told <= {"time", "policy"}
    on_the_first = [row for row in passed if row["closed_on"] == NEXT]
    assert all(
        details(row) == [f"the passing of time: as of {DAY} it was open, as of {NEXT} not"]
        for row in on_the_first
    )


def test_of_every_closed_finding_something_is_told(closed: list[dict[str, Any]]) -> None:
    assert [row["finding_id"] for row in closed if not row["closed_by"]] == []
    assert [
        row for row in closed for cause in row["closed_by"] if cause["cause"] == "unknown"
    ] == []


def test_closed_ones_are_no_longer_listed_and_a_day_bounds_them(
    home: Path, closed: list[dict[str, Any]]
) -> None:
    open_ids = {row["finding_id"] for row in done(home, "findings", now=THIRD_NOON)}
    assert open_ids.isdisjoint(row["finding_id"] for row in closed)
    later = done(home, "findings", "--closed", "--since", THIRD, now=THIRD_NOON)
    assert {row["closed_on"] for row in later} == {THIRD}
    by_then = done(home, "findings", "--closed", "--as-of", NEXT, now=THIRD_NOON)
    assert {row["closed_on"] for row in by_then} == {NEXT}
    assert done(home, "findings", "--closed", "--as-of", DAY, now=THIRD_NOON) == []


def test_they_are_written_out_with_words_for_what_closed_them(
    home: Path, closed: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "closed.csv"
    told = reentry(home, "findings", "--closed", "--to", str(path), now=THIRD_NOON)
    assert told.exit_code == 0, told
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert [row["finding_id"] for row in rows] == [row["finding_id"] for row in closed]
    assert MENDED["cin_missing"] in {row["closed_by"] for row in rows}


def test_a_closed_finding_is_shown_with_its_life_and_takes_no_assignment(
    home: Path, closed: list[dict[str, Any]]
) -> None:
    one = closed[0]["finding_id"]
    page = done(home, "findings", "show", one, now=THIRD_NOON)
    assert page["state"] == "closed"
    assert [event["event"] for event in page["life"]] == ["opened", "closed"]
    assert page["closed_by"] == closed[0]["closed_by"]
    assert "closed by" in reentry(home, "findings", "show", one, now=THIRD_NOON).out
    refused = reentry(home, "findings", "assign", one, "--to", "biller", now=THIRD_NOON)
    assert refused.exit_code == 2
    assert "is closed" in refused.err
