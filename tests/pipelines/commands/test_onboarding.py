"""Onboarding: invented vendors' extracts are taken by mapping alone, as the documentation shows."""

import re
from pathlib import Path

import pytest

from contracts.feeds import FEEDS, QUARANTINE, facts
from pipelines.io.home import Home
from pipelines.io.workspace import Workspace

DOCS = Path(__file__).parents[3] / "docs"
LAYOUTS = [
    ("valley", "encounters", "encounters.csv"),
    ("coast", "custody_stays", "custody_stays.csv"),
    ("summit", "encounters", "wide.csv"),
    ("summit", "people", "wide.csv"),
]


def fenced(kind: str, text: str) -> str:
    return f"```{kind}\n{text.strip()}\n```"


def shown(workspace: Workspace, vendor: str, feed: str, file: str) -> str:
    """What the page says of a layout: the extract, its mapping, the rows taken and quarantined."""
    extract, mapping = DOCS / "onboarding" / vendor / file, f"{vendor}/{feed}.toml"
    return "\n\n".join(
        [
            f"The extract, [{vendor}/{file}](onboarding/{vendor}/{file}):",
            fenced("", extract.read_text()),
            f"The mapping, [{mapping}](onboarding/{mapping}):",
            fenced("toml", (DOCS / "onboarding" / mapping).read_text()),
            f"The rows of `{feed}` that were taken, without columns that no row fills:",
            fenced("", taken(workspace, feed)),
            quarantined(workspace),
        ]
    )


def taken(workspace: Workspace, feed: str) -> str:
    rows = workspace.lake.read(facts(feed)).sort("row_number").select(FEEDS[feed].names)
    filled = [name for name in rows.columns if rows[name].is_not_null().any()]
    lines = [
        "\n".join(f"{name:<20} {said(row[name])}" for name in filled)
        for row in rows.rows(named=True)
    ]
    return "\n\n".join(lines)


def said(value: object) -> str:
    return "|".join(value) if isinstance(value, list) else "" if value is None else str(value)


def quarantined(workspace: Workspace) -> str:
    rows = workspace.lake.read(QUARANTINE).sort("row_number")
    told = [
        f"Quarantined: row {number}, column `{column}`, rule `{rule}`."
        for number, column, rule in rows.select("row_number", "column_name", "rule").rows()
    ]
    return "\n".join(told) or "Nothing was quarantined."


def place_mapping(home: Home, vendor: str, feed: str) -> None:
    to = home.root / "mappings" / "34" / f"{feed}.toml"
    to.parent.mkdir(exist_ok=True)
    to.write_text((DOCS / "onboarding" / vendor / f"{feed}.toml").read_text())


@pytest.mark.parametrize(("vendor", "feed", "file"), LAYOUTS)
def test_the_page_shows_what_comes_out(
    workspace: Workspace, vendor: str, feed: str, file: str
) -> None:
    place_mapping(workspace.home, vendor, feed)
    outcome = workspace.inbox.take(feed, DOCS / "onboarding" / vendor / file)
    counts = outcome.counts
    assert counts is not None
    lines = (DOCS / "onboarding" / vendor / file).read_text().splitlines()
    assert counts.row_count == len(lines) - 1
    assert shown(workspace, vendor, feed, file) in (DOCS / "onboarding.md").read_text()


def test_one_sheet_may_serve_two_feeds(workspace: Workspace) -> None:
    for feed in ("encounters", "people"):
        place_mapping(workspace.home, "summit", feed)
    sheet = DOCS / "onboarding" / "summit" / "wide.csv"
    assert workspace.inbox.take("encounters", sheet).state == "accepted"
    assert workspace.inbox.take("people", sheet).state == "known"
    assert workspace.inbox.take("people", sheet, again=True).state == "accepted"
    assert workspace.lake.read(facts("people")).height == 2
    assert workspace.lake.read(facts("encounters")).height == 3


def test_the_table_names_every_section() -> None:
    page = (DOCS / "onboarding.md").read_text()
    sections = {
        "version", "separator", "ignore", "filter", "rename", "split", "join", "list_separator",
        "strip", "values", "date_format", "time_format", "default",
    }  # fmt: skip
    table = page.split("| section | says |")[1].split("\n\n")[0]
    cells = " ".join(line.split(" | ")[0] for line in table.splitlines())
    assert sections <= set(re.findall(r"[a-z_]+", cells))
