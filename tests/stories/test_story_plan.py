"""The plan as finance asks for it: filtered, summed, as a file, with what made late claims late."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from stories import Homes, done, reentry


@pytest.fixture(scope="module")
def derived(homes: Homes) -> Path:
    return homes.at("derived")


def test_filters_choose_and_together_they_leave_everything(derived: Path) -> None:
    rows = done(derived, "plan")
    parts = [done(derived, "plan", "--action", action) for action in ("new", "hold", "nothing")]
    assert sorted(map(str, rows)) == sorted(str(row) for part in parts for row in part)
    places = {row["facility_id"] for row in rows}
    of_place = done(derived, "plan", *(word for place in places for word in ("--facility", place)))
    assert len(of_place) == len(rows)
    held = done(derived, "plan", "--reason", "name_not_carried")
    assert held
    assert all("name_not_carried" in row["reasons"] for row in held)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_the_plan_goes_to_a_file_whole(derived: Path, tmp_path: Path, ending: str) -> None:
    rows = done(derived, "plan")
    path = tmp_path / f"plan.{ending}"
    told = reentry(derived, "plan", "--to", str(path))
    assert (told.exit_code, f"{len(rows):,} rows" in told.out) == (0, True)
    if ending == "json":
        assert json.loads(path.read_text()) == rows
        return
    charges, ids = _read(path)
    assert charges == sum(Decimal(row["charge_amount"]) for row in rows)
    assert sorted(ids) == sorted(row["claim_id"] for row in rows)


def _read(path: Path) -> tuple[Decimal, list[str]]:
    if path.suffix == ".csv":
        frame = pl.read_csv(path, infer_schema=False)
        return frame["charge_amount"].cast(pl.Decimal(12, 2)).sum(), frame["claim_id"].to_list()
    claims, totals = (_sheet(path, name) for name in ("Claims", "Summary"))
    cents = sum(round(row["charge"] * 100) for row in claims)
    assert round(totals[-1]["charge"] * 100) == cents
    assert totals[-1]["claims"] == len(claims)
    return Decimal(cents) / 100, [row["claim_id"] for row in claims]


def _sheet(path: Path, name: str) -> list[dict[str, Any]]:
    head, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_screen_sums_up_and_says_what_nobody_can_know(derived: Path) -> None:
    told = reentry(derived, "plan").out
    assert "by action and facility" in told
    assert "cut-off calendar is unset" in told


@pytest.fixture(scope="module")
def a_year_later(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = homes.copy("written", tmp_path_factory.mktemp("late") / "home")
    later = {"now": "2027-11-30T18:00:00Z"}
    done(home, "batch", "sent", "demo-000001")
    before = done(home, "plan")
    done(home, "run", **later)
    return before, done(home, "plan", **later), reentry(home, "plan", "--late", **later)


def test_time_alone_changes_no_claim_that_was_sent(a_year_later: Any) -> None:
    before, after, _ = a_year_later
    sent = {row["claim_id"] for row in before if row["reasons"][:1] == ["awaiting_answer"]}
    assert sent
    told = {row["claim_id"]: row for row in after}
    assert {told[claim]["action"] for claim in sent} == {"nothing"}
    assert {row["action"] for row in after} == {"nothing", "hold"}


def test_a_claim_past_its_limit_is_lost_and_says_why(a_year_later: Any) -> None:
    _, after, screen = a_year_later
    lost = [row for row in after if "filing_limit_passed" in row["reasons"]]
    assert lost
    assert {row["expected_amount"] for row in lost} <= {"0.00", None}
    causes = {row["reasons"][-1] for row in lost}
    assert causes <= {"received_late", "held_until_late", "not_sent_in_time", "rejected_late"}
    assert "Lost to the filing limit" in screen.out
