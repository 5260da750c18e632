"""The catalogue page: current, and it tells every measure."""

from pathlib import Path

from reports.catalogue import render
from reports.measure import definition, measures

PAGE = Path(__file__).parents[2] / "docs" / "measures.md"


def test_the_page_in_the_docs_is_what_the_definitions_say() -> None:
    assert PAGE.read_text() == render(), "python -m reports.catalogue > docs/measures.md"


def test_every_measure_has_its_own_id_and_stands_on_the_page() -> None:
    ids = [definition(name).id for name in measures()]
    assert len(set(ids)) == len(ids)
    assert all(f"## {one} " in render() for one in ids)
    listed = {f"R{number:02d}" for number in range(1, 19)} - {"R16", "R18"}
    assert listed <= set(ids)
    assert {one for one in ids if one.startswith("R18")} == {f"R18.{n}" for n in range(1, 7)}
