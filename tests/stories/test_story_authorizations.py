"""`reentry authorizations`: what is left of each, what misuses them, what is still to be asked."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from stories import AGENCY, Homes, done, reentry


@pytest.fixture(scope="module")
def derived(homes: Homes) -> Path:
    return homes.at("derived")


@pytest.fixture(scope="module")
def every(derived: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = done(derived, "authorizations")
    return rows


def test_what_is_left_is_what_was_granted_less_what_lines_that_count_use(
    derived: Path, every: list[dict[str, Any]]
) -> None:
    assert every
    used: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for one in every:
        shown = done(derived, "authorizations", "show", one["authorization_number"])
        assert one in shown["parts"]
        for line in shown["uses"]:
            if line["is_counted"]:
                key = (line["authorization_number"], line["part_line_number"])
                used[key] += Decimal(line["units"])
    seen = {(one["authorization_number"], one["line_number"]): one for one in every}
    for key, one in seen.items():
        lines = len({part for number, part in used if number == key[0]}) or 1
        assert Decimal(one["units_used"]) == used[key] / lines, key
        if one["units_granted"] is not None:
            assert Decimal(one["units_left"]) == Decimal(one["units_granted"]) - used[key] / lines


def test_one_that_lines_name_and_may_not_use_is_told_as_misused(
    derived: Path, every: list[dict[str, Any]]
) -> None:
    misused = {one["authorization_number"] for one in every if one["misuse_count"]}
    assert misused
    for one in every:
        assert ("misused" in one["attention"]) == (one["misuse_count"] > 0)
    for number in misused:
        lines = done(derived, "authorizations", "show", number)["uses"]
        assert any(line["faults"] and line["verdict"] == "rejected" for line in lines)


def test_filters_leave_what_they_say(derived: Path, every: list[dict[str, Any]]) -> None:
    expired = done(derived, "authorizations", "--standing", "expired")
    assert expired == [one for one in every if one["standing"] == "expired"]
    wanted = done(derived, "authorizations", "--attention", "any")
    assert wanted == [one for one in every if one["attention"]]


def test_equipment_that_was_ordered_and_never_asked_for_is_listed(derived: Path) -> None:
    rows = done(derived, "authorizations", "needed")
    assert rows
    assert {row["reason"] for row in rows} == {"never_asked"}
    assert {row["procedure_code"] for row in rows} == {"E0143"}


def test_the_lists_can_be_handed_over(derived: Path, tmp_path: Path) -> None:
    rows = done(derived, "authorizations", "needed")
    for name in ("needed.csv", "needed.xlsx"):
        assert (
            reentry(derived, "authorizations", "needed", "--to", str(tmp_path / name)).exit_code
            == 0
        )
    listed = list(csv.DictReader(io.StringIO((tmp_path / "needed.csv").read_text())))
    assert [row["order_id"] for row in listed] == [row["order_id"] for row in rows]
    sheet = CalamineWorkbook.from_path(tmp_path / "needed.xlsx").get_sheet_by_index(0)
    head, *body = sheet.to_python()
    assert len(body) == len(rows)
    assert [row[head.index("ordered on")].isoformat() for row in body] == [
        row["ordered_on"] for row in rows
    ]


def test_a_number_that_nobody_has_is_refused(derived: Path) -> None:
    refused = reentry(derived, "authorizations", "show", "00000000000")
    assert refused.exit_code == 2
    assert "authorization_unknown" in refused.err


# --- asking for them ------------------------------------------------------------------------------

CopyOf = Callable[[str], Path]
LATER = "2026-11-02T18:00:00Z"


def _takes_278(home: Path) -> None:
    settings = home / "reentry.toml"
    head, mark, rest = settings.read_text().partition("filing_indicator")
    assert mark
    settings.write_text(f"{head}takes_278 = true\n{mark}{rest.replace('takes_278 = false', '')}")


def _answered(request: str, number: str) -> str:
    """The payer's response to the first set of a request: granted from its day to January's end."""
    isa, gs, *lines = [line.strip() for line in request.split("~")]
    end = next(n for n, line in enumerate(lines) if line.startswith("SE*"))
    told = []
    for line in lines[:end]:
        if line.startswith("DTP*472"):
            day = line.split("*")[3][:8]
            told += [f"HCR*A1*{number}", f"DTP*007*D8*{day}", "DTP*036*D8*20270131"]
        told.append(line.replace("0007*13*", "0007*11*").replace("TRN*1*", "TRN*2*"))
    told.append(f"SE*{len(told) + 1}*0001")
    control = isa.split("*")[13]
    return "~".join([isa, gs, *told, f"GE*1*{gs.split('*')[6]}", f"IEA*1*{control}", ""])


def test_what_was_asked_for_and_granted_is_an_authorization(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    _takes_278(home)
    wanted = {row["order_id"] for row in done(home, "authorizations", "needed")}
    asked = done(home, "authorizations", "request")
    (path,) = asked["files"]
    assert asked["requests"] + len(asked["held"]) == len(wanted)
    text = Path(path).read_text()
    assert text.count("ST*278*") == asked["requests"]
    again = done(home, "authorizations", "request")
    assert (again["files"], again["requests"]) == ([], 0)

    (home / "inbox" / AGENCY / "x12" / "any.txt").write_text(_answered(text, "98765432101"))
    done(home, "run", now=LATER)
    told = done(home, "authorizations", "requests", now=LATER)
    granted = [row for row in told if row["outcome"]]
    assert len(told) == asked["requests"]
    assert [(row["outcome"], row["authorization_number"]) for row in granted] == [
        ("approved", "98765432101")
    ]
    (one,) = done(home, "authorizations", "show", "98765432101", now=LATER)["parts"]
    assert (one["standing"], one["procedure_code"]) == ("open", "E0143")
    left = {row["order_id"] for row in done(home, "authorizations", "needed", now=LATER)}
    assert left | {granted[0]["order_id"]} == wanted
    assert granted[0]["order_id"] not in left


def test_a_payer_without_278_is_asked_from_a_sheet(copy_of: CopyOf) -> None:
    home = copy_of("derived")
    asked = done(home, "authorizations", "request")
    (path,) = asked["files"]
    head, *body = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert len(body) == asked["requests"]
    assert {"cin", "procedure code", "requesting npi", "units"} <= set(head)
    assert Path(path).stat().st_mode & 0o777 == 0o600
