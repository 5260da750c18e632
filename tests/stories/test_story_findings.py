"""`reentry findings`: chosen, written out, given to people and talked about."""

import csv
import io
import json
import stat
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from stories import BILLER, Homes, done, opened, reentry

from pipelines.io.ledger.tables_intake import audit_events

ASKED = [
    "finding_id", "subject", "subject_id", "edit_id", "category", "severity", "message", "remedy",
    "owner", "amount", "deadline_on", "days_left", "first_seen_on", "assignee", "note_count",
]  # fmt: skip
DAY = "2026-10-31"
NEXT_DAY, LATER = "2026-11-01T18:00:00Z", "2026-11-01T19:00:00Z"
CopyOf = Callable[[str], Path]


@pytest.fixture(scope="module")
def derived(homes: Homes) -> Path:
    return homes.at("derived")


@pytest.fixture(scope="module")
def every(derived: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = done(derived, "findings")
    return rows


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["finding_id"] for row in rows]


FILTERS: dict[str, tuple[list[str], Callable[[dict[str, Any]], bool]]] = {
    "category": (["--category", "not_authorized"], lambda r: r["category"] == "not_authorized"),
    "owner": (["--owner", "pharmacy"], lambda r: r["owner"] == "pharmacy"),
    "severity": (["--severity", "hold"], lambda r: r["severity"] == "hold"),
    "facility": (["--facility", "F01"], lambda r: r["facility_id"] == "F01"),
    "edit": (["--edit", "ndc_missing"], lambda r: r["edit_id"] == "ndc_missing"),
    "dollars": (
        ["--min-amount", "$1,000"],
        lambda r: r["amount"] is not None and Decimal(r["amount"]) >= 1000,
    ),
    "deadline": (
        ["--days-left", "30"], lambda r: r["days_left"] is not None and r["days_left"] <= 30,
    ),
    "age": (["--age", "0"], lambda r: r["first_seen_on"] <= DAY),
    "since": (["--since", DAY], lambda r: r["first_seen_on"] >= DAY),
    "unassigned": (["--unassigned"], lambda r: r["assignee"] is None),
    "two": (
        ["--severity", "reject", "--owner", "biller"],
        lambda r: (r["severity"], r["owner"]) == ("reject", "biller"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
def test_filters_leave_what_they_say(name: str, derived: Path, every: list[dict[str, Any]]) -> None:
    words, holds = FILTERS[name]
    left = done(derived, "findings", *words)
    assert ids(left) == [row["finding_id"] for row in every if holds(row)]
    assert left


def test_nothing_is_older_than_the_first_run_nor_seen_after_it(derived: Path) -> None:
    assert done(derived, "findings", "--age", "1") == []
    assert done(derived, "findings", "--since", "2026-11-01") == []


def test_a_subject_is_a_line_an_encounter_or_a_stay(
    derived: Path, every: list[dict[str, Any]]
) -> None:
    line = next(row["subject_id"] for row in every if row["subject"] == "encounter")
    stay = next(row["subject_id"] for row in every if row["subject"] == "stay")
    encounter = line.rpartition("/")[0]
    for named, begins in {
        line: line,
        encounter: f"{encounter}/",
        encounter.removeprefix("main/"): f"{encounter}/",
        stay: stay,
    }.items():
        left = done(derived, "findings", "--subject", named)
        assert ids(left) == [r["finding_id"] for r in every if r["subject_id"].startswith(begins)]
        assert left
    assert done(derived, "findings", "--subject", encounter[:-1]) == []


def test_the_list_is_the_most_severe_and_dearest_first(every: list[dict[str, Any]]) -> None:
    rank = {"reject": 0, "hold": 1, "warn": 2}
    keys = [(rank[row["severity"]], -Decimal(row["amount"] or -1)) for row in every]
    assert keys == sorted(keys)


def test_json_is_the_format_json(derived: Path, every: list[dict[str, Any]]) -> None:
    told = reentry(derived, "findings", "--format", "json")
    assert json.loads(told.out) == every
    assert done(derived, "findings", "list") == every


def test_csv_has_the_columns_in_order_and_nothing_else_on_the_screen(
    derived: Path, every: list[dict[str, Any]]
) -> None:
    told = reentry(derived, "findings", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(told.out, newline="")))
    assert list(rows[0])[: len(ASKED)] == ASKED
    assert {"file", "row_number", "is_part_2"} <= set(rows[0])
    assert "person_id" not in rows[0]
    assert ids(rows) == ids(every)
    assert [row["amount"] for row in rows] == [row["amount"] or "" for row in every]
    assert rows[0]["first_seen_on"] == DAY


def test_a_file_is_whole_and_its_owners_alone(derived: Path, tmp_path: Path) -> None:
    for ending in ("csv", "xlsx", "json"):
        path = tmp_path / f"mine.{ending}"
        told = reentry(derived, "findings", "--severity", "reject", "--to", str(path))
        assert told.exit_code == 0, told
        assert f"{path}: " in told.out
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"mine.csv", "mine.xlsx", "mine.json"}


def test_a_workbook_has_real_dates_and_dollars(
    derived: Path, every: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "mine.xlsx"
    done_ = reentry(derived, "findings", "--format", "xlsx", "--to", str(path))
    assert done_.exit_code == 0
    header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Findings").to_python()
    assert header[: len(ASKED)] == ASKED
    first = dict(zip(header, rows[0], strict=True))
    assert len(rows) == len(every)
    assert first["amount"] == float(every[0]["amount"])
    assert first["deadline_on"] == date.fromisoformat(every[0]["deadline_on"])
    assert first["first_seen_on"] == date.fromisoformat(DAY)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "xlsx"], "needs --to FILE"),
        (["--format", "table", "--to", "x.csv"], "a table is for the screen"),
        (["--to", "x.docx"], "ends in .csv, .xlsx or .json"),
        (["--json", "--format", "csv"], "two formats"),
        (["--json", "--to", "x.xlsx"], "json is asked for"),
        (["--min-amount", "much"], "write dollars as"),
        (["--since", "yesterday"], "YYYY-MM-DD"),
        (["--closed", "--unassigned"], "chooses open findings"),
        (["nonsense"], "No such command"),
    ],
)
def test_options_that_contradict_each_other_are_usage(
    words: list[str], said: str, derived: Path
) -> None:
    told = reentry(derived, "findings", *words)
    assert told.exit_code == 2
    assert said in " ".join(told.err.split())


def test_a_finding_is_given_to_somebody_by_the_beginning_of_its_id(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    first, second, *_ = ids(done(home, "findings"))
    done(home, "findings", "assign", first[:9], second, "--to", BILLER, "--note", "MIRANDA rings")
    mine = done(home, "findings", "--assignee", BILLER)
    assert ids(mine) == [first, second]
    assert [(row["assignee"], row["note_count"]) for row in mine] == [(BILLER, 1)] * 2
    assert len(done(home, "findings", "--unassigned")) == len(done(home, "findings")) - 2
    assert done(home, "run")["is_new"] is False  # what people note is no input of a run


def test_notes_are_read_where_the_finding_is_shown_and_nowhere_else(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    finding_id = ids(done(home, "findings"))[0]
    done(home, "findings", "note", finding_id[:10], "MIRANDA was asked on Monday")
    page = done(home, "findings", "show", finding_id[:10])
    assert page["finding_id"] == finding_id
    assert page["state"] == "open"
    assert page["remedy"]
    assert page["source"]
    assert [(one["event"], one["as_of"]) for one in page["life"]] == [("opened", DAY)]
    ((note, by),) = [(one["note"], one["recorded_by"]) for one in page["work"]]
    assert (note, by) == ("MIRANDA was asked on Monday", BILLER)
    assert "MIRANDA was asked on Monday" in reentry(home, "findings", "show", finding_id).out
    assert "MIRANDA" not in reentry(home, "findings", "--format", "csv").out
    with opened(home) as workspace, workspace.ledger.read() as connection:
        audited = connection.execute(audit_events.select()).all()
    assert "finding_noted" in {row.event for row in audited}
    assert "MIRANDA" not in str(audited)


def test_notes_of_a_later_day_are_not_seen_as_of_an_earlier_one(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    finding_id = ids(done(home, "findings"))[0]
    words = ("findings", "assign", finding_id, "--to", BILLER)
    done(home, *words, now=NEXT_DAY)
    assert ids(done(home, "findings", "--assignee", BILLER, now=NEXT_DAY)) == [finding_id]
    on_the_day = done(home, "findings", "--as-of", DAY, now=NEXT_DAY)
    assert {row["assignee"] for row in on_the_day} == {None}
    page = done(home, "findings", "show", finding_id, "--as-of", DAY, now=NEXT_DAY)
    assert (page["assignee"], page["work"]) == (None, [])


def test_a_finding_is_told_as_it_was_known_on_an_earlier_day(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    line = next(r["subject_id"] for r in done(home, "findings", "--edit", "units_not_positive"))
    (first,) = ids(done(home, "findings", "--edit", "units_not_positive", "--subject", line))
    for field, value in (("units", "2"), ("charge_amount", "-1")):
        words = ("correct", "--field", field, "--value", value, "--reason", "x")
        done(home, "decisions", "make", "encounter", line, *words, now=NEXT_DAY)
    done(home, "run", now=LATER)
    (second,) = ids(
        done(home, "findings", "--edit", "charge_not_positive", "--subject", line, now=LATER)
    )
    page = done(home, "findings", "show", first, "--as-of", DAY, now=LATER)
    assert [(page["state"], *(one["event"] for one in page["life"]))] == [("open", "opened")]
    closed = done(home, "findings", "show", first, now=LATER)
    assert [one["event"] for one in closed["life"]] == ["opened", "closed"]
    told = reentry(home, "findings", "show", second, "--as-of", DAY, now=LATER)
    assert (told.exit_code, told.err.split(":")[0]) == (2, "finding_to_come")
    done(home, "decisions", "make", "encounter", line, *words, now=LATER)
    again = done(home, "decisions", "make", "encounter", line, *words, now=LATER)
    assert (again["recorded"], again["repeated"]) == (0, 1)
    assert done(home, "decisions", "list", "--as-of", DAY, now=LATER) == []
    assert len(done(home, "decisions", "list", now=LATER)) == len(("units", "charge_amount"))
    refused = reentry(home, "decisions", "list", user="stranger", now=LATER)
    assert (refused.exit_code, refused.out) == (4, "")


@pytest.mark.parametrize(
    ("words", "user", "code", "said"),
    [
        (["assign", "zz", "--to", BILLER], BILLER, 2, "no finding's id begins with"),
        (["note", "", "x"], BILLER, 2, "no finding's id begins with"),
        (["assign", "{id}", "--to", "nobody"], BILLER, 2, "users list"),
        (["assign", "{id}", "--to", BILLER], "approver", 4, "no right to decide"),
        (["note", "{id}", "x"], "approver", 4, "no right to decide"),
        (["show", "{id}"], "stranger", 4, "no right to view or decide"),
    ],
)
def test_what_may_not_be_done_is_refused(
    words: list[str], user: str, code: int, said: str, copy_of: CopyOf
) -> None:
    home = copy_of("derived")
    finding_id = ids(done(home, "findings"))[0]
    told = reentry(home, "findings", *(word.format(id=finding_id) for word in words), user=user)
    assert (told.exit_code, told.out) == (code, "")
    assert said in told.err


def test_a_beginning_that_several_ids_have_is_refused(derived: Path) -> None:
    told = reentry(derived, "findings", "show", ids(done(derived, "findings"))[0][:1])
    assert told.exit_code == 2
    assert "Give more of it" in told.err
