"""The page of the edits: up to date, and none left out of it."""

from pathlib import Path

import pytest

from pipelines.stages.edits.catalogue import ALL_EDITS
from pipelines.stages.edits.page import render

PAGE = Path(__file__).parents[4] / "docs" / "edits.md"


def test_the_page_is_what_the_edits_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "docs/edits.md is stale. Run `python -m pipelines.stages.edits.page > docs/edits.md`."
    )


@pytest.mark.parametrize("edit_id", ALL_EDITS)
def test_every_edit_stands_on_it_once_with_its_words(edit_id: str) -> None:
    (row,) = [line for line in render().splitlines() if line.startswith(f"| **{edit_id}** |")]
    edit = ALL_EDITS[edit_id]
    for words in (edit.severity, edit.owner, edit.message, edit.remedy, edit.source):
        assert words in row
    assert row.count("|") == 8
