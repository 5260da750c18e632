"""The plan as finance asks for it: filtered, summed, as a file, with what made late claims late."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from stories import Homes, digests, done, opened, reentry

from codesets.loader import SHIPPED
from pipelines.io.settled_claims import moved


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


def test_a_bundle_has_moved_by_rows_that_came_since_and_not_by_time(derived: Path) -> None:
    with opened(derived) as workspace:
        view = workspace.last_view()
        lines = view.derived("claim_lines").filter(source_system="care_bundles")
        keys = lines.select("claim_id", "source_system", "encounter_id", "line_number").unique()
        came = max(file.received_at for file in view.files)
        told = [
            moved(view, keys.with_columns(since=pl.lit(came + timedelta(days=days))))
            for days in (-3650, 1)
        ]
    assert set(told[0]) == set(keys["claim_id"])
    assert told[0].len()
    assert told[1].is_empty()


def test_a_claim_past_its_limit_is_lost_and_says_why(a_year_later: Any) -> None:
    _, after, screen = a_year_later
    lost = [row for row in after if "filing_limit_passed" in row["reasons"]]
    assert lost
    assert {row["expected_amount"] for row in lost} <= {"0.00", None}
    causes = {row["reasons"][-1] for row in lost}
    assert causes <= {"received_late", "held_until_late", "not_sent_in_time", "rejected_late"}
    assert "Lost to the filing limit" in screen.out


@pytest.fixture(scope="module")
def supposed(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return homes.copy("written", tmp_path_factory.mktemp("supposed") / "home")


def what_if(home: Path, *words: str) -> Any:
    """The difference; nothing of the home may be written."""
    before = digests(home)
    asked = [word for one in words for word in ("--what-if", one) if not one.startswith("--")]
    told = done(home, "plan", *asked, *(w for one in words if one[:2] == "--" for w in one.split()))
    assert digests(home) == before
    return told


def test_what_nothing_would_change_is_no_difference(supposed: Path) -> None:
    told = what_if(supposed, str(supposed / "policy.toml"))
    assert told["claims"] == []
    assert all(row["claims_before"] == row["claims_after"] for row in told["totals"])


def test_a_release_moved_takes_claims_away_and_says_by_which_edit(supposed: Path) -> None:
    with opened(supposed) as workspace:
        lines = workspace.last_view().derived("service_lines").filter(verdict="clean")
    last = lines.sort("service_date").row(-1, named=True)
    sooner = last["service_date"] - timedelta(days=1)
    told = what_if(supposed, f"{last['stay_id']}={sooner}")
    gone = [row for row in told["claims"] if "not_in_custody" in row["edits_gained"]]
    assert gone
    assert {row["facility_id"] for row in told["claims"]} <= {last["facility_id"], None}
    with opened(supposed) as workspace:
        stays = (
            workspace.last_view()
            .derived("claim_lines")
            .join(lines, on=["source_system", "encounter_id", "line_number"])
        )
    of_stay = set(stays.filter(stay_id=last["stay_id"])["claim_id"])
    assert {row["claim_id"] for row in gone} <= of_stay


def test_a_policy_value_moves_what_is_expected_of_late_claims(supposed: Path) -> None:
    told = what_if(supposed, "filing.months=1")
    late = [row for row in told["claims"] if "filing_limit_passed" in row["edits_gained"]]
    assert {row["action_before"] for row in late} == {"hold"}  # what is written has its lines out
    assert any("deadline_on" in row["differs"] for row in told["claims"])


def _expected_of_bundles(home: Path) -> Decimal:
    """What is expected of claims in the plan's dollars that bill a bundle."""
    with opened(home) as workspace:
        view = workspace.last_view()
        lines, claims = view.derived("claim_lines"), view.derived("claims")
    bundles = lines.filter(source_system="care_bundles").select("claim_id").unique()
    mine = claims.join(bundles, on="claim_id")
    return Decimal(mine["expected_amount"].sum() or 0)


def test_a_code_sets_edition_says_what_it_would_bring(supposed: Path, tmp_path: Path) -> None:
    rates = pl.read_csv(SHIPPED / "rates" / "illustrative-1.csv", infer_schema=False)
    doubled = (pl.col("rate_amount").cast(pl.Decimal(12, 2)) * 2).cast(pl.String)
    path = tmp_path / "rates.csv"
    rates.with_columns(rate_amount=doubled).write_csv(path)
    told = what_if(supposed, f"rates={path}", "--effective 2026-01-01")
    every = {row["what"]: row for row in told["totals"]}["all"]
    assert every["charge_amount_after"] == every["charge_amount_before"]
    before, after = (Decimal(every[f"expected_amount_{when}"]) for when in ("before", "after"))
    bundles = _expected_of_bundles(supposed)  # their rates stand in another code set
    assert after - bundles == 2 * (before - bundles) > 0
    assert {tuple(row["differs"]) for row in told["claims"]} == {("expected_amount",)}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("nowhere.toml", "what_if"),
        ("filing.month=5", "policy_unknown"),
        ("filing.months=five", "policy_entry"),
        ("S999999=2026-06-01", "stay_unknown"),
        ("S999999=soon", "what_if"),
        ("rates=nowhere.csv", "what_if"),
    ],
)
def test_what_cannot_be_supposed_is_refused(derived: Path, word: str, code: str) -> None:
    told = reentry(derived, "plan", "--what-if", word)
    assert (told.exit_code, f"{code}:" in told.err) == (2, True), told.err
