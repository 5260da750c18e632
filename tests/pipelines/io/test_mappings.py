"""Mappings of a home: files are taken by them, and carry which one it was."""

from pathlib import Path

import pytest

from contracts.feeds import QUARANTINE, facts
from pipelines.io.ledger import files
from pipelines.io.workspace import Workspace

MAPPING = """
version = 1
separator = "|"
[rename]
alias_cin = "Old"
cin = "New"
reason = "Why"
valid_from = "From"
[date_format]
valid_from = "%m/%d/%Y"
[values.reason]
M = "merged"
"""
ROWS = 'Old|New|Why|From\n9A|9B|M|1/5/2026\n"9C"|"9|D"|M|1/5/2026\n'
TORN = ROWS + "9E|9F|M\n"


@pytest.fixture
def mapping(workspace: Workspace) -> Path:
    path = workspace.home.root / "mappings" / "34" / "cin_aliases.toml"
    path.parent.mkdir()
    path.write_text(MAPPING)
    return path


def land(workspace: Workspace, text: str) -> Path:
    path = workspace.home.inbox("34", "cin_aliases") / "extract.csv"
    path.write_text(text)
    return path


@pytest.mark.usefixtures("mapping")
@pytest.mark.parametrize(("text", "misshapen"), [(ROWS, 0), (TORN, 1)])
def test_a_file_is_taken_by_its_mapping(workspace: Workspace, text: str, misshapen: int) -> None:
    land(workspace, text)
    (outcome,) = workspace.inbox.take_all()
    counts = outcome.counts
    assert counts is not None
    assert (counts.accepted_count, counts.quarantined_count) == (2, misshapen)
    rows = workspace.lake.read(facts("cin_aliases")).sort("row_number")
    assert rows["cin"].to_list() == ["9B", "9|D"]
    torn = workspace.lake.read(QUARANTINE)["row_text"].to_list()
    assert torn == ['["9E", "9F", "M"]'][:misshapen]
    with workspace.ledger.read() as connection:
        digest = files.get(connection, "34", outcome.file_id).mapping_hash
    assert set(rows["mapping_hash"]) == {digest}
    kept = workspace.home.archive("34") / "mappings" / f"{digest}.toml"
    assert kept.read_text() == MAPPING


def test_a_mapping_that_cannot_be_read_leaves_the_file_where_it_is(
    workspace: Workspace, mapping: Path
) -> None:
    mapping.write_text(MAPPING.replace("\ncin =", "\ncinn ="))
    path = land(workspace, ROWS)
    (outcome,) = workspace.inbox.take_all()
    assert (outcome.state, outcome.code, outcome.file_id) == ("refused", "mapping", "")
    assert outcome.message == (
        "mappings/34/cin_aliases.toml, [rename]: no column of cin_aliases is named cinn. "
        "Did you mean cin? The file stays where it is."
    )
    assert path.exists()
    mapping.write_text(MAPPING)
    assert [one.state for one in workspace.inbox.take_all()] == ["accepted"]


def test_a_mapping_in_another_encoding_is_told(workspace: Workspace, mapping: Path) -> None:
    mapping.write_bytes(b"version = 1 # \xff")
    land(workspace, ROWS)
    (outcome,) = workspace.inbox.take_all()
    assert outcome.message == (
        "mappings/34/cin_aliases.toml cannot be read. Let this user read it, and save it as UTF-8. "
        "The file stays where it is."
    )
