"""What may have closed a finding: sources of every edit, and rows between two runs, drawn."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from contracts.feeds import FEEDS
from pipelines.stages.edits import ineligible_person
from pipelines.stages.edits.catalogue import ALL_EDITS
from pipelines.stages.edits.closing import EVENTS, closing_rows, turns
from pipelines.stages.edits.sources import GATES_OF, Mark, Source, sources_of
from pipelines.stages.eligibility.gates import GATES


@pytest.mark.parametrize("edit_id", ALL_EDITS)
def test_of_every_edit_it_is_told_what_it_rests_on(edit_id: str) -> None:
    told = sources_of(edit_id)
    beside = {Mark.POLICY, Mark.DECISIONS, Mark.ANSWERS}
    assert any(isinstance(one, Source) for one in told) or told & beside
    for source in told:
        if isinstance(source, Source):
            assert set(source.columns) <= set(FEEDS[source.feed].names), source


@pytest.mark.parametrize("edit", ineligible_person.EDITS, ids=lambda edit: edit.id)
def test_the_gates_of_an_edit_are_those_that_its_expression_names(edit: Any) -> None:
    written = edit.fires.meta.serialize(format="json") if GATES_OF.get(edit.id) else ""
    assert {gate for gate in GATES if f'"{gate}"' in written} == set(GATES_OF.get(edit.id, ()))


def test_days_that_are_reached_bear_on_custody_and_on_services_to_come() -> None:
    reached = {edit_id for edit_id in ALL_EDITS if Mark.DAYS_REACHED in sources_of(edit_id)}
    assert reached == {"not_in_custody", "service_to_come"}


def at(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


#   day   1        2            3             4            5
#   run   first    .            .             second       .
#   f1    open ----------------------------- closed        note_not_signed: reads note_status
#   f2    open ----------------------------- closed        cin_missing: reads people's cin
DRAWN = [
    # subject, feed, link, key, day, change, columns, file, row
    ("L1", "encounters", "line", "main/E1/1", 1, "changed", ["note_status"], "before", 1),
    ("L1", "encounters", "line", "main/E1/1", 2, "changed", ["charge_amount"], "a", 2),
    ("L1", "encounters", "line", "main/E1/1", 3, "changed", ["note_status", "units"], "b", 3),
    ("L1", "encounters", "line", "main/E1/1", 5, "changed", ["note_status"], "after", 4),
    ("L1", "people", "person", "P1", 3, "changed", ["cin"], "c", 5),
    ("L2", "people", "person", "P2", 2, "changed", ["cin"], "c", 6),
    ("L2", "people", "person", "P2", 3, "changed", ["merged_into"], "d", 7),
    ("L2", "people", "person", "P2", 4, "changed", ["race"], "e", 8),
    ("L2", "encounters", "line", "main/E2/1", 3, "deleted", ["record_status"], "b", 9),
    ("L3", "people", "person", "P3", 3, "changed", ["cin"], "c", 10),
    ("L4", "people", "person", "P4", 1, "changed", ["cin"], "before", 11),
    ("L5", "people", "person", "P5", 4, "changed", ["cin"], "e", 12),
]


def drawn() -> pl.DataFrame:
    rows = [("encounter", *row[:4], at(row[4]), *row[5:]) for row in DRAWN]
    return pl.DataFrame(rows, EVENTS, orient="row")


def closed(*findings: tuple[str, str, str]) -> pl.DataFrame:
    names = ("finding_id", "edit_id", "subject_id")
    frame = pl.DataFrame(findings, schema=dict.fromkeys(names, pl.String), orient="row")
    bounds = {"after": at(1), "until": at(4)}
    return frame.with_columns(
        subject=pl.lit("encounter"), **{n: pl.lit(v, EVENTS["at"]) for n, v in bounds.items()}
    )


def test_each_version_of_a_key_and_each_file_that_withdrew_it_is_a_turn() -> None:
    again = pl.List(pl.Struct({"file_id": pl.String, "row_number": pl.Int64}))
    versions = pl.DataFrame(
        [
            ("P1", None, "current", "a", 1, at(1), [], [{"file_id": "c", "row_number": 8}]),
            ("P1", ["cin"], None, "b", 2, at(2), ["c"], [{"file_id": "d", "row_number": 9}]),
            ("P2", ["race"], "deleted", "b", 3, at(2), [], []),
        ],
        schema={
            "person_id": pl.String, "changed": pl.List(pl.String), "record_status": pl.String,
            "file_id": pl.String, "row_number": pl.Int64, "received_at": EVENTS["at"],
            "withdrawn_by": pl.List(pl.String), "seen_again": again,
        },
        orient="row",
    )  # fmt: skip
    files = pl.DataFrame(
        {"file_id": ["c", "d"], "received_at": [at(3), at(4)]},
        schema_overrides={"received_at": EVENTS["at"]},
    )
    assert turns(FEEDS["people"], versions, files).rows() == [
        ("P1", at(1), "received", [], "a", 1),
        ("P1", at(2), "changed", ["cin"], "b", 2),
        ("P2", at(2), "deleted", ["race"], "b", 3),
        ("P1", at(3), "withdrawn", [], "c", None),
        ("P1", at(4), "sent again", [], "d", 9),
    ]


def test_rows_between_the_runs_that_changed_what_the_edit_reads_are_told() -> None:
    told = closing_rows(
        closed(
            ("f1", "note_not_signed", "L1"),
            ("f2", "cin_missing", "L2"),
            ("f5", "cin_missing", "L5"),
        ),
        drawn(),
    )
    assert told.rows() == [
        ("f1", "encounters", "main/E1/1", "changed", ["note_status"], "b", 3),
        ("f2", "encounters", "main/E2/1", "deleted", [], "b", 9),
        ("f2", "people", "P2", "changed", ["cin", "merged_into"], "d", 7),
        ("f5", "people", "P5", "changed", ["cin"], "e", 12),
    ]


def test_of_a_finding_that_nothing_it_reads_changed_no_row_is_told() -> None:
    assert closing_rows(closed(("f3", "diagnosis_missing", "L1")), drawn()).is_empty()
    assert closing_rows(closed(("f4", "cin_missing", "L4")), drawn()).is_empty()
    assert closing_rows(closed(("f1", "note_not_signed", "L1")), drawn().clear()).is_empty()
