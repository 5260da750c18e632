"""The data dictionary: up to date, and nothing left out of it."""

from pathlib import Path

import pytest

from contracts.derived import DERIVED
from contracts.dictionary import render
from contracts.feeds import (
    COMMON,
    EXACT_DUPLICATES,
    FEEDS,
    ORIGIN,
    QUARANTINE,
    RESPONSES,
    SAID,
)
from contracts.fields import vocabulary
from contracts.remittances import REMITTED
from contracts.tables import Table
from pipelines.io.workspace import WRITTEN_BY

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
BESIDE = (RESPONSES, *SAID, *REMITTED.values(), QUARANTINE, EXACT_DUPLICATES)
TOLD = (*FEEDS.values(), *BESIDE, *DERIVED.values())


def test_the_page_is_what_the_contracts_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "docs/data-dictionary.md is stale. Run "
        "`python -m contracts.dictionary > docs/data-dictionary.md`."
    )


def section(table: Table) -> str:
    """A table's part of the page, from its heading to the next."""
    return render().split(f"\n### {table.name}\n")[1].split("\n##")[0]


@pytest.mark.parametrize("table", TOLD, ids=lambda table: table.name)
def test_every_table_and_column_stands_in_it(table: Table) -> None:
    told = section(table)
    rows = [line.strip("| ").split(" | ") for line in told.splitlines() if line.startswith("| ")]
    assert [row[0].strip("*") for row in rows[2:]] == table.names
    assert [row[0].strip("*") for row in rows[2:] if row[0].startswith("**")] == table.key
    assert all(row[-1].endswith(".") for row in rows[2:])
    assert f"[{table.name}](#{table.name})" in render()


def test_allowed_values_and_rules_over_columns_stand_in_it() -> None:
    screenings = section(FEEDS["screenings"])
    assert "`meets`, `does_not_meet`, `incomplete`" in screenings
    assert "- `outcome`: a pre_release_access screening that was not declined" in screenings
    assert "at most 80 characters" in section(FEEDS["encounters"])


def test_every_entry_of_the_vocabulary_is_used_by_a_table() -> None:
    tables = (*TOLD, WRITTEN_BY)
    used = {column.name for column in (*COMMON, *ORIGIN)}
    used |= {_entry(table.name, name) for table in tables for name in table.names}
    assert set(vocabulary()) - used == set()


def _entry(table: str, column: str) -> str:
    """The entry that a column takes its meaning from."""
    own = f"{table}.{column}"
    return own if own in vocabulary() else column
