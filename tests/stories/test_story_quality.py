"""The quality card of a county's first delivery."""

from pathlib import Path
from typing import Any

import pytest
from stories import Homes, done, reentry

from contracts.feeds import FEEDS
from reports.quality import DIMENSIONS


@pytest.fixture(scope="module")
def derived(homes: Homes) -> Path:
    return homes.at("derived")


@pytest.fixture(scope="module")
def cards(derived: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = done(derived, "quality")
    return told


def test_every_file_of_every_feed_has_each_dimension(cards: list[dict[str, Any]]) -> None:
    assert [(row["feed"], row["dimension"]) for row in cards] == [
        (feed, dimension) for feed in FEEDS for dimension in DIMENSIONS
    ]


def test_the_card_counts_what_status_counts(derived: Path, cards: list[dict[str, Any]]) -> None:
    counts = done(derived, "status")["rows"]
    for row in (row for row in cards if row["dimension"] == "valid"):
        assert row["of"] == counts[row["feed"]]["received"], row["feed"]
        assert row["counted"] >= counts[row["feed"]]["accepted"]


def test_the_terminal_shows_the_newest_file_of_each_feed(
    derived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = reentry(derived, "quality", "--feed", "encounters")
    assert told.exit_code == 0, told
    assert "grades illustrative" in told.out
    assert "days" in told.out
    assert "people" not in told.out


def test_a_feed_that_there_is_not_is_refused(derived: Path) -> None:
    told = reentry(derived, "quality", "--feed", "encounter")
    assert (told.exit_code, told.err.split(":")[0]) == (2, "feed")
