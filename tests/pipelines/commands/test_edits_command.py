"""`reentry edits`: the catalogue as this home's policy has it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from pipelines.io.home import Home
from pipelines.stages.edits.catalogue import ALL_EDITS

HELD = """
[[edit.note_signed_late]]
severity = "hold"
status = "unverified"
source = "a decision"
valid_from = 2026-01-01
"""
DAY = ("--now", "2026-10-31T18:00:00Z")


def run(home: Home, *words: str) -> Any:
    result = CliRunner().invoke(cli, ["edits", *words, *DAY, "--home", str(home.root), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_every_edit_is_listed_without_counts_before_a_run(home: Home) -> None:
    rows = run(home, "list")
    assert [row["edit"] for row in rows] == list(ALL_EDITS)
    assert {row["finding_count"] for row in rows} == {None}


def test_severity_is_the_one_that_policy_has_set(home: Home) -> None:
    with home.policy_path.open("a", encoding="utf-8") as policy:
        policy.write(HELD)
    row = run(home, "show", "note_signed_late")
    assert (row["severity"], row["shipped_severity"]) == ("hold", "warn")
    assert row["policy_source"] == "a decision"
    assert "note_signed_late" in [row["edit"] for row in run(home, "list", "--severity", "hold")]


def test_an_edit_is_shown_with_its_words(home: Home) -> None:
    row, edit = run(home, "show", "cin_missing"), ALL_EDITS["cin_missing"]
    assert (row["message"], row["remedy"]) == (edit.message, edit.remedy)
    assert row["source"] == edit.source


def test_an_unknown_edit_is_refused_with_its_neighbours(home: Home) -> None:
    words = ["edits", "show", "cin_mising", "--home", str(home.root)]
    error = CliRunner().invoke(cli, words).exception
    assert "Nearest: cin_missing" in str(error)


def test_an_unknown_edit_in_policy_stops_every_command(home: Home) -> None:
    with home.policy_path.open("a", encoding="utf-8") as policy:
        policy.write(HELD.replace("note_signed_late", "note_singed_late"))
    error = CliRunner().invoke(cli, ["edits", "list", "--home", str(home.root)]).exception
    assert "Nearest: note_signed_late" in str(error)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("edits list --severity bogus", "'off'"),
        ("edits list --category bogus", "'incorrect_codes'"),
        ("edits list --owner bogus", "'biller'"),
        ("findings --edit cin_mising", "Nearest: cin_missing"),
        ("findings --closed --edit cin_mising", "Nearest: cin_missing"),
        ("findings --age 999999999999", "0<=x<=36525"),
        ("decisions list --action bogus", "'hold'"),
    ],
)
def test_a_mistyped_filter_is_refused_not_answered_by_nothing(
    words: str, said: str, home: Home
) -> None:
    told = CliRunner().invoke(cli, [*words.split(), "--home", str(home.root)])
    assert told.exit_code != 0
    assert said in told.output + str(told.exception)
