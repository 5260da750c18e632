from typing import get_args

import pytest
from edit_cases import CASES
from edit_scenario import fired

from contracts.fields import field_of
from pipelines.stages.edits import catalogue, edit
from pipelines.stages.edits.catalogue import EDITS


def test_every_edit_has_a_failing_and_a_passing_case() -> None:
    assert set(CASES) == set(EDITS)


def test_no_two_edits_share_an_id() -> None:
    assert len(EDITS) == sum(len(category.EDITS) for category in catalogue._CATEGORIES)


@pytest.mark.parametrize("column", ["category", "severity", "owner"])
def test_the_types_of_an_edit_are_the_vocabulary_of_findings(column: str) -> None:
    assert get_args(getattr(edit, column.capitalize())) == field_of("findings", column).allowed


@pytest.mark.parametrize("edit_id", CASES)
def test_it_fires_and_nothing_else_does(edit_id: str) -> None:
    assert fired(CASES[edit_id].fails) == {edit_id} | CASES[edit_id].also


@pytest.mark.parametrize("edit_id", CASES)
def test_it_does_not_fire_on_a_near_miss(edit_id: str) -> None:
    assert edit_id not in fired(CASES[edit_id].passes)


@pytest.mark.parametrize("edit_id", EDITS)
def test_its_words_are_whole_sentences(edit_id: str) -> None:
    for words in (EDITS[edit_id].message, EDITS[edit_id].remedy):
        assert words.endswith(".")
        assert words[0].isupper()
        assert "  " not in words
    assert EDITS[edit_id].source


@pytest.mark.parametrize("edit_id", sorted(EDITS))
def test_its_words_fit_three_lines_of_the_worklist(edit_id: str) -> None:
    edit = EDITS[edit_id]
    assert max(len(edit.message), len(edit.remedy)) <= 90
