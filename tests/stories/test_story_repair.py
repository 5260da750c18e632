"""Quarantine that comes back: rows go out, are mended and received, and close what they mend."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from stories import AGENCY, BILLER, NOW, copied, done, opened, reentry, typed

PEOPLE = "person_id,last_name,first_name,birth_date,sex,address_line\n"
FORMULA = "=1+1"
STREET = "-12 @Elm,\r\n+3"
CONSENTS = "consent_id,person_id,consent_type,granted_on\nC1,P1,part_2,2026-01-01\n"
ORDERS = (
    "order_id,person_id,stay_id,order_type,ordered_by_npi,ordered_on,order_status,"
    "continue_at_release,is_part_2\n"
    + "".join(f"O{n},P{n},S{n},service,1234567893,soon,active,no,yes\n" for n in (1, 2))
)


def landed(home: Path, feed: str, name: str, text: str) -> Path:
    path = home / "inbox" / AGENCY / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, newline="")
    return path


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people are sound; of one the birth date is not, of one the id, and one row is torn."""
    made = tmp_path_factory.mktemp("repair") / "home"
    told = typed(made, "init", str(made), "--agency", AGENCY, "--sandbox", "--now", NOW,
                 "--user", BILLER)  # fmt: skip
    assert told.exit_code == 0, told
    rows = (
        "P1,Sound,Ann,1990-01-01,F,1 Elm\n"
        f'007,{FORMULA},Bo,soon,M,"{STREET}"\n'
        ",Nameless,Cy,1990-01-01,M,\n"
        "P4,Torn\n"
        "P5,Sound,Di,1990-01-01,F,\n"
    )
    landed(made, "people", "first.csv", PEOPLE + rows)
    done(made, "intake")
    return made


@pytest.fixture
def home(received: Path, tmp_path: Path) -> Path:
    return copied(received, tmp_path / "home")


def open_rows(home: Path, *words: str) -> list[tuple[Any, ...]]:
    rows = done(home, "quarantine", *words)
    names = ("row_number", "column_name", "state", "closed_row_number", "closed_reason")
    return [tuple(row[name] for name in names) for row in rows]


def test_mended_rows_come_back_as_they_were_and_close_theirs(home: Path, tmp_path: Path) -> None:
    assert [row[0] for row in open_rows(home)] == [2, 3, 4]
    told = done(home, "quarantine", "--export", str(tmp_path / "out.csv"))
    assert (told["rows"], told["without_columns"], told["withheld"]) == (2, 1, 0)
    text = (tmp_path / "out.csv").read_bytes().decode()
    (first, second) = csv.DictReader(io.StringIO(text, newline=""))
    assert (first["person_id"], first["last_name"], first["address_line"]) == (
        "007", FORMULA, STREET,
    )  # fmt: skip
    assert (first["x_quarantine_row"], second["x_quarantine_row"]) == ("2", "3")
    assert "birth_date: not YYYY-MM-DD" in first["x_reason"]

    landed(home, "people", "mended.csv", text.replace('"soon"', '"1990-01-01"'))
    (taken,) = done(home, "intake")
    assert (taken["state"], taken["accepted"], taken["quarantined"]) == ("accepted", 1, 1)
    assert (2, "birth_date", "closed", 1, None) in open_rows(home, "--all")
    assert [row[0] for row in open_rows(home)] == [3, 4, 2]  # the nameless one, twice by now
    assert done(home, "history", "people", "007")[0]["file"] == "mended.csv"
    assert value(home, "007") == (FORMULA, STREET)


def value(home: Path, person_id: str) -> tuple[str, str]:
    with opened(home) as workspace:
        people = workspace.view_now().current("people").filter(person_id=person_id)
    return people.select("last_name", "address_line").row(0)


def test_a_row_that_nothing_mends_is_closed_by_hand_with_a_reason(home: Path) -> None:
    (row,) = (row for row in done(home, "quarantine") if row["row_number"] == 3)
    words = ("quarantine", "--close", row["file_id"], "3", "--reason", "not_needed")
    assert done(home, *words)["closed"] is True
    assert done(home, *words)["closed"] is False
    assert [row[0] for row in open_rows(home)] == [2, 4]
    assert (3, "person_id", "closed", None, "not_needed") in open_rows(home, "--all")
    assert done(home, "verify")
    told = reentry(home, *words, user="nobody")
    assert (told.exit_code, told.err.split(":")[0]) == (4, "right_missing")


def test_a_workbook_for_each_feed_and_no_part_2_row_without_consent(
    home: Path, tmp_path: Path
) -> None:
    landed(home, "consents", "c.csv", CONSENTS)
    landed(home, "orders", "o.csv", ORDERS)
    done(home, "intake")
    told = done(home, "quarantine", "--export", str(tmp_path / "out.xlsx"))
    assert (told["rows"], told["withheld"]) == (3, 1)
    paths = sorted(Path(path) for path in told["files"])
    assert [path.name for path in paths] == ["orders.xlsx", "people.xlsx"]
    sheets = [CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python() for path in paths]
    assert [row[0] for row in sheets[0]] == ["order_id", "O1"]
    assert [row[:2] for row in sheets[1]] == [
        ["person_id", "last_name"], ["007", FORMULA], ["", "Nameless"],
    ]  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


@pytest.mark.parametrize(("words", "code"), [
    (("--export", "out.txt"), "export_kind:"),
    (("--close", "nofile", "1", "--reason", "not_ours"), "quarantine_row_unknown:"),
    (("--feed", "nofeed"), "feed:"),
    (("--close", "nofile", "1"), "Usage:"),
])  # fmt: skip
def test_what_cannot_be_done_is_said(received: Path, words: tuple[str, ...], code: str) -> None:
    told = reentry(received, "quarantine", *words)
    assert told.exit_code == 2
    assert told.err.startswith(code)
