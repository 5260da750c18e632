"""The difference between two editions, and which of our rows it touches."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import published_files as given
import pytest
from click.testing import CliRunner

from codesets.changes import changes, filled
from codesets.loader import CodeSets
from contracts.errors import UsageError
from contracts.feeds import FEEDS
from pipelines.commands.codes import codes
from pipelines.io.code_changes import difference
from pipelines.io.code_uses import LINE, USES, Use, touched
from pipelines.io.home import Home
from pipelines.io.workspace import Workspace

D = date.fromisoformat
COLUMNS = ("code", "label", "rate", "valid_to")
# fmt: off
BEFORE = [
    # code  label     rate   valid_to
    ("A",   "same",   None,  None),
    ("B",   "gone",   "1",   None),
    ("C",   "dear",   "10",  None),
    ("D",   "ending", "5",   None),
]
AFTER = [
    ("A",   "same",   None,  None),
    ("C",   "dear",   "12",  None),
    ("D",   "ending", "5",   D("2026-12-31")),
    ("E",   "new",    "7",   None),
]
EXPECTED = [
    # code  change     detail
    ("B",   "ended",   None),
    ("C",   "changed", "rate: 10 → 12"),
    ("E",   "added",   None),
]
# fmt: on


def rows_of(rows: list[tuple], columns: tuple[str, ...] = COLUMNS) -> pl.DataFrame:
    days = {name: pl.Date for name in columns if name == "valid_to"}
    return pl.DataFrame(rows, schema=columns, orient="row", schema_overrides=days)


def changed(before: list[tuple], after: list[tuple]) -> pl.DataFrame:
    old, new = rows_of(before), rows_of(after)
    return changes(old, new, ["code"], filled(old, new))


def test_a_difference_names_what_was_added_ended_and_changed() -> None:
    # D's last day is told by one edition only: the other does not fill the column.
    assert changed(BEFORE, AFTER).rows() == EXPECTED
    dated = [(*row[:3], D("2027-12-31")) for row in BEFORE]
    told = changed(dated, AFTER).filter(code="D")["detail"]
    assert told.to_list() == ["valid_to: 2027-12-31 → 2026-12-31"]


def test_an_edition_does_not_differ_from_itself() -> None:
    assert changed(AFTER, AFTER).is_empty()
    only_codes = rows_of(AFTER).select("code")
    assert changes(only_codes, only_codes, ["code"], filled(only_codes)).is_empty()


def test_a_code_without_modifiers_is_one_of_its_own() -> None:
    held = ("procedure_code", "modifiers", "rate")
    before = rows_of([("99213", None, "1"), ("99213", "TC", "2")], held)
    after = rows_of([("99213", None, "3"), ("99213", "TC", "2")], held)
    found = changes(before, after, ["procedure_code", "modifiers"], ["rate"])
    assert found.rows() == [("99213", None, "changed", "rate: 1 → 3")]


def lines(rows: list[tuple]) -> pl.DataFrame:
    columns = ("encounter_id", "person_id", "service_date", "procedure_code", "modifiers",
               "diagnosis_codes")  # fmt: skip
    types = {"modifiers": pl.List(pl.String), "diagnosis_codes": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=columns, orient="row", schema_overrides=types)


START = D("2026-10-01")
# fmt: off
OURS = lines([
    # id    person  date             procedure  modifiers      diagnoses
    ("e1",  "p1", D("2026-09-30"), "C",       None,          ["C"]),          # before it begins
    ("e2",  "p1", D("2026-10-01"), "C",       ["U2", "U1"],  ["Z", "B."]),
    ("e3",  "p1", D("2026-10-01"), "B",       [],            None),
    ("e4",  "p2", D("2026-10-02"), "E",       ["B"],         ["E", "A"]),     # added: no harm
])
PAIR_CHANGE = ("column1", "column2", "change")
TOUCHED = [
    # set               changes                                              rows of ours
    ("icd10cm",         rows_of(EXPECTED, ("code", "change", "detail")),     ["e2"]),
    ("hcpcs",           rows_of(EXPECTED, ("code", "change", "detail")),     ["e2", "e3"]),
    ("hcpcs_modifiers", rows_of(EXPECTED, ("code", "change", "detail")),     ["e4"]),
    ("rates",           rows_of([("C", "U1|U2", "changed"), ("B", None, "ended"),
                                 ("E", None, "ended")],
                                ("procedure_code", "modifiers", "change")),  ["e2", "e3"]),
    ("ncci_ptp",        rows_of([("B", "C", "changed")], PAIR_CHANGE),       ["e2", "e3"]),
    ("ncci_ptp",        rows_of([("B", "E", "changed")], PAIR_CHANGE),       []),
]
# fmt: on


@pytest.mark.parametrize(("name", "found", "expected"), TOUCHED)
def test_rows_are_touched_that_use_an_ended_or_changed_code_from_that_day_on(
    name: str, found: pl.DataFrame, expected: list[str]
) -> None:
    assert touched(USES[name][0], OURS, found, START)["encounter_id"].to_list() == expected


def test_coverage_is_touched_while_it_goes_on() -> None:
    coverage = pl.DataFrame(
        {"aid_code": ["B", "B", "B"], "ends_on": [None, D("2026-09-30"), D("2026-10-31")]}
    )
    found = rows_of(EXPECTED, ("code", "change", "detail"))
    use = USES["aid_codes"][0]
    assert touched(use, coverage, found, START)["ends_on"].to_list() == [None, D("2026-10-31")]


def test_every_use_names_a_set_and_columns_that_there_are() -> None:
    schemas = CodeSets().schemas
    assert {*LINE} <= {*FEEDS["encounters"].names}
    for name, uses in USES.items():
        for use in uses:
            assert {*use.columns} == {*schemas[name].identity}, name
            assert {*use.columns.values()} <= {*FEEDS[use.feed].names}, name
            assert use.until is None or use.until in FEEDS[use.feed].names, name
    assert isinstance(USES["ncci_ptp"][0], Use)


def run(home: Home, *arguments: str) -> str:
    options = ["--home", str(home.root), "--now", "2026-10-31T18:00:00Z", "--user", "admin"]
    result = CliRunner().invoke(codes, [*arguments, *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_import_tells_the_difference_and_diff_tells_it_again(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "icd10cm_order_2028.txt"
    file.write_text(given.ICD10CM_ORDER)
    told = ("--edition", "fy2028", "--effective", "2027-10-01", "--source", "CMS")
    output = run(home, "import", "icd10cm", str(file), *told, "--json")
    result = json.loads(output)
    found = result["difference"]
    assert (result["rows"], found["before"], found["added"]) == (3, "fy2021-fy2027", 0)
    changed = {row["code"]: row["detail"] for row in found["codes"] if row["change"] == "changed"}
    assert changed["A000"].endswith("→ Cholera due to Vibrio 01")
    assert found["ended"] + found["changed"] > 90_000
    assert found["touches"] is None
    again = json.loads(run(home, "diff", "icd10cm", "--edition", "fy2028", "--json"))
    assert again == found
    shown = run(home, "diff", "icd10cm")
    assert "0 added" in shown
    assert "counted once a run is complete" in shown


def test_the_first_edition_of_a_set_has_nothing_to_differ_from(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing answered before edition fy2021-fy2027"):
        difference(workspace, "icd10cm")


def test_codes_that_begin_or_end_within_an_edition_are_told(workspace: Workspace) -> None:
    found = difference(workspace, "hcpcs", ["2026-01", "2026-10-partial"])
    assert found.changes.equals(difference(workspace, "hcpcs").changes)
    # fmt: off
    expected = [
        ("J0640", "changed", "valid_to: blank → 2026-09-30"),
        ("J0643", "added",   None),
        ("J2789", "added",   None),
    ]
    # fmt: on
    told = found.changes.filter(pl.col("code").is_in([code for code, *_ in expected]))
    assert told.rows() == expected
    assert found.counts()["added"] == 17
