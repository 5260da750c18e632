"""The worklist workbook, read back as a person's spreadsheet program reads it."""

import csv
import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
import report_scenario as scenario
from python_calamine import CalamineWorkbook

from contracts.decisions import ACTIONS
from contracts.derived import DERIVED
from reports.worklist_rows import withhold
from reports.worklist_sheets import COLUMNS
from reports.worklist_totals import breakdown, totals


@pytest.fixture(scope="module")
def book() -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(scenario.worklist().workbook))


def _rows(book: CalamineWorkbook, sheet: str) -> list[dict[str, object]]:
    head, *rows = book.get_sheet_by_name(sheet).to_python()
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_sheet_for_each_role_that_has_something_to_do(book: CalamineWorkbook) -> None:
    assert book.sheet_names == ["Summary", "Biller", "Clinician", "Finance", "Fields"]


def test_the_most_severe_comes_first_then_most_dollars(book: CalamineWorkbook) -> None:
    rows = _rows(book, "Biller")
    assert [(row["finding_id"], row["Severity"], row["Charge"]) for row in rows] == [
        ("f3", "Reject", 250.0),
        ("f1", "Reject", 100.1),
        ("f7", "Reject", ""),
        ("f2", "Warn", 100.1),
    ]


def test_a_row_says_what_where_when_and_from_which_line_of_which_file(
    book: CalamineWorkbook,
) -> None:
    row = _rows(book, "Finance")[0]
    assert row == {
        "Severity": "Hold",
        "Days left": 30,
        "Deadline": date(2026, 11, 5),
        "Charge": 80.05,
        "What is wrong": "What is wrong.",
        "What to do": "What to do.",
        "Person": "P2",
        "Facility": "Main Jail",
        "Subject": "main/E5/1",
        "Service date": date(2026, 8, 20),
        "Procedure": "99213",
        "Decision": "",
        "Field": "",
        "Value": "",
        "Reason": "",
        "Category": "Timely filing",
        "Edit": "an_edit",
        "First seen": date(2026, 9, 1),
        "Source file": "+encounters.csv",
        "Row": 17,
        "finding_id": "f4",
        "subject": "encounter",
        "seen_version": "v1",
        "issue_id": "issue1",
    }


def _parts() -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(scenario.worklist().workbook)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_text_that_looks_like_a_formula_stays_text(book: CalamineWorkbook) -> None:
    assert _rows(book, "Biller")[0]["What is wrong"] == '=HYPERLINK("http://x","y")'
    sheets = {name: text for name, text in _parts().items() if name.startswith("xl/worksheets/")}
    assert not [name for name, text in sheets.items() if "<f>" in text]
    assert not [name for name, text in sheets.items() if 'TargetMode="External"' in text]


def test_ids_are_hidden_sheets_are_not_protected_and_rejects_cannot_be_released() -> None:
    sheet = _parts()["xl/worksheets/sheet2.xml"]
    hidden = re.findall(r'<col min="(\d+)" max="(\d+)"[^>]*hidden="1"', sheet)
    places = {place for first, last in hidden for place in range(int(first), int(last) + 1)}
    assert places == {place for place, column in enumerate(COLUMNS, 1) if column.is_hidden}
    assert "sheetProtection" not in sheet
    assert '<autoFilter ref="A1:X5"' in sheet
    assert 'orientation="landscape"' in sheet
    lists = dict(re.findall(r'sqref="L(\d[^"]*)"><formula1>"([^"]*)"', sheet))
    # Row 4 is about a facility: nothing can be decided there.
    assert lists == {
        "2:L3": "hold,correct,write_off,set",
        "5": "hold,correct,write_off,set",
    }
    finance = dict(re.findall(r'sqref="L(\d[^"]*)"><formula1>"([^"]*)"', _parts()[
        "xl/worksheets/sheet4.xml"
    ]))  # fmt: skip
    assert finance == {"2": ",".join(ACTIONS["encounter"])}


def test_part_2_findings_without_consent_are_withheld_and_counted(book: CalamineWorkbook) -> None:
    assert [row["finding_id"] for row in _rows(book, "Clinician")] == ["f5"]
    summary = [str(cell) for row in book.get_sheet_by_name("Summary").to_python() for cell in row]
    assert any(cell.startswith("1 finding withheld: 42 CFR Part 2") for cell in summary)


def test_claims_and_denials_that_are_withheld_are_counted_too() -> None:
    plan = pl.DataFrame(
        [{"claim_id": "c1", "action": "hold", "reasons": ["address_missing"],
          "charge_amount": Decimal("120.00"), "content_hash": "h1", "facility_id": "A"}]
    )  # fmt: skip
    claims = pl.DataFrame([{"claim_id": "c1", "person_id": "P2", "is_part_2": True}])
    refused = [
        {"denial_id": name, "person_id": person, "is_part_2": True, "amount": Decimal("9.00"),
         "category": "duplicate", "next_step": "look", "carc": "18", "facility_id": "A"}
        for name, person in (("d1", "P2"), ("d2", "P2"), ("d3", "P1"))
    ]  # fmt: skip
    nothing = {"seen_version": pl.lit("v1"), "dispute": pl.lit(None, pl.String)}
    made = scenario.worklist(
        plan=DERIVED["plan"].conform(plan),
        claims=DERIVED["claims"].conform(claims),
        denials=DERIVED["denials"].conform(pl.DataFrame(refused)).with_columns(**nothing),
    )
    read = CalamineWorkbook.from_filelike(io.BytesIO(made.workbook))
    assert [row["Subject"] for row in _rows(read, "Denials")] == ["d3"]
    assert "Claims" not in read.sheet_names
    summary = [str(row[0]) for row in read.get_sheet_by_name("Summary").to_python()]
    assert any(line.startswith("1 finding, 1 claim, 2 denials withheld: 42") for line in summary)


def test_the_summary_ties_to_the_findings_and_counts_dollars_once(book: CalamineWorkbook) -> None:
    rows = book.get_sheet_by_name("Summary").to_python()
    table = {row[0]: row[1:] for row in rows}
    # fmt: off
    #                               reject hold warn findings items reject$  hold$   warn$ dollars
    assert table["Biller"] ==        [3,   0,   1,       4,     3, 350.10,   0.0, 100.10, 350.10]
    assert table["Clinician"] ==     [1,   0,   0,       1,     1,  60.00,   0.0,    0.0,  60.00]
    assert table["Pharmacy"] ==      [0,   0,   0,       0,     0,    0.0,   0.0,    0.0,    0.0]
    assert table["Timely filing"] == [0,   1,   1,       2,     2,    0.0, 80.05, 100.10, 180.15]
    assert table["Total"] ==         [4,   1,   1,       6,     5, 410.10, 80.05, 100.10, 490.15]
    # fmt: on


def test_totals_by_owner_and_by_category_both_add_up_to_the_findings() -> None:
    shown, withheld_count = withhold(scenario.findings(), {"P1"})
    assert (shown.height, withheld_count) == (6, 1)
    for dimension in ("owner", "category"):
        values = sorted(set(shown[dimension]))
        *parts, total = breakdown(shown, dimension, values)["finding_count"]
        assert sum(parts) == total == totals(shown)["finding_count"].item() == 6


def test_a_finding_marked_part_2_about_no_person_is_withheld() -> None:
    found = scenario.findings().filter(pl.col("person_id").is_null())
    part_2 = found.with_columns(pl.lit(True).alias("is_part_2"))
    assert withhold(part_2, {"P1"})[1] == found.height == 1


def test_what_does_not_fit_is_the_least_urgent_and_goes_to_a_csv() -> None:
    made = scenario.worklist(row_limit=4)
    rest = list(csv.DictReader(io.StringIO(made.overflow_csv.decode(), newline="")))
    assert [row["finding_id"] for row in rest] == ["f4", "f2"]
    assert {row["file_name"] for row in rest} == {"'+encounters.csv"}
    book = CalamineWorkbook.from_filelike(io.BytesIO(made.workbook))
    assert book.sheet_names == ["Summary", "Biller", "Clinician", "Fields"]
    summary = [row[0] for row in book.get_sheet_by_name("Summary").to_python()]
    assert any(str(cell).startswith("2 least urgent findings are in the CSV") for cell in summary)
    assert scenario.worklist().overflow_csv is None


def test_a_county_without_findings_gets_a_summary_that_says_zero() -> None:
    made = scenario.worklist(scenario.findings().clear())
    book = CalamineWorkbook.from_filelike(io.BytesIO(made.workbook))
    assert book.sheet_names == ["Summary", "Fields"]
    table = {row[0]: row[1:] for row in book.get_sheet_by_name("Summary").to_python()}
    assert table["Total"] == [0] * 9


def test_held_and_written_off_claims_have_a_sheet_beside_the_findings() -> None:
    day = date(2026, 8, 20)
    rows = [
        ("c1", "hold", "address_missing", "120.00", "h1"),
        ("c2", "new", None, "80.00", "h2"),
        ("c3", "nothing", "written_off", "60.00", "h3"),
        ("c4", "hold", "awaiting_answer", "200.00", None),  # facts make it no longer
        ("c5", "hold", "held_by_decision", "10.00", "h5"),
        ("c6", "hold", "awaiting_answer", "6.00", "h6"),  # its facts have changed since it went
        ("c7", "hold", "rejected_unchanged", "4.00", "h7"),
    ]
    plan = DERIVED["plan"].conform(
        pl.DataFrame(
            [
                {"claim_id": name, "action": action, "reasons": [why] if why else [],
                 "charge_amount": Decimal(amount), "content_hash": content,
                 "deadline_on": day, "facility_id": "A"}
                for name, action, why, amount, content in rows
            ]
        )
    )  # fmt: skip
    claims = DERIVED["claims"].conform(
        pl.DataFrame({"claim_id": ["c1", "c3", "c5"], "person_id": "P1", "service_date": day,
                      "is_part_2": [False, False, False]})
    )  # fmt: skip
    made = scenario.worklist(plan=plan, claims=claims)
    book = CalamineWorkbook.from_filelike(io.BytesIO(made.workbook))
    told = [
        (row["Subject"], row["What is wrong"], row["Charge"], row["seen_version"])
        for row in _rows(book, "Claims")
    ]
    assert told == [
        ("c4", "Awaiting answer.", 200.0, "gone"),
        ("c1", "Address missing.", 120.0, "h1"),
        ("c3", "Written off.", 60.0, "h3"),
        ("c5", "Held by decision.", 10.0, "h5"),
        ("c6", "Awaiting answer.", 6.0, "h6"),
        ("c7", "Rejected unchanged.", 4.0, "h7"),
    ]
    with zipfile.ZipFile(io.BytesIO(made.workbook)) as archive:
        sheet = archive.read("xl/worksheets/sheet5.xml").decode()
    lists = dict(re.findall(r'sqref="L(\d[^"]*)"><formula1>"([^"]*)"', sheet))
    assert lists == {
        "2:L3": "hold,write_off,set",  # nothing is there to be sent again
        "4:L5": "hold,release,write_off,set",
        "6:L7": "hold,resubmit,write_off,set",
    }
    summary = [str(row[0]) for row in book.get_sheet_by_name("Summary").to_python()]
    assert any(line.startswith("6 claims of $400.00 held or written off") for line in summary)
    assert "Total" in summary  # and no finding more for them
    table = {row[0]: row[1:] for row in book.get_sheet_by_name("Summary").to_python()}
    assert table["Total"][3] == 6
