"""Planted against found: a county of five lines, drawn."""

import polars as pl
import pytest

from pipelines.demo.confusion import Confusion, confusion

#   line   planted          found
#   1      unsigned, late   unsigned (reject)          late is missed
#   2      unsigned         unsigned (reject)
#   3      -                unsigned (reject)          besides, and on a clean line
#   4      late             late (warn), old (warn)    old is besides
#   5      -                -
PLANTED = [(1, "unsigned"), (1, "late"), (2, "unsigned"), (4, "late")]
FOUND = [
    (1, "unsigned", "reject"),
    (2, "unsigned", "reject"),
    (3, "unsigned", "reject"),
    (4, "late", "warn"),
    (4, "old", "warn"),
]


def of(line: int) -> str:
    return f"main/E{line}/1"


def judged(found: list[tuple[int, str, str]]) -> Confusion:
    truth = pl.DataFrame([{"edit_id": edit, "subject_id": of(line)} for line, edit in PLANTED])
    told = [
        {"edit_id": edit, "subject": "encounter", "subject_id": of(line), "severity": severity}
        for line, edit, severity in found
    ]
    stay = {"edit_id": "overlap", "subject": "stay", "subject_id": "S1", "severity": "reject"}
    lines = [
        {"source_system": "main", "encounter_id": f"E{n}", "line_number": 1} for n in range(1, 6)
    ]
    return confusion(truth, pl.DataFrame([*told, stay]), pl.DataFrame(lines))


@pytest.fixture
def told() -> Confusion:
    return judged(FOUND)


def test_each_edit_has_its_counts_and_shares(told: Confusion) -> None:
    assert told.edits.rows() == [
        # edit, planted, found, missed, extra, recall, precision
        ("late", 2, 1, 1, 0, 0.5, 1.0),
        ("old", 0, 0, 0, 1, None, 0.0),
        ("unsigned", 2, 2, 0, 1, 1.0, 2 / 3),
    ]
    assert told.totals == {"planted": 4, "found": 3, "missed": 1, "extra": 2}


def test_misfits_are_told_one_by_one(told: Confusion) -> None:
    assert told.missed.rows() == [("late", of(1))]
    assert told.extra.rows() == [("old", of(4)), ("unsigned", of(3))]
    assert not told.is_exact


def test_a_reject_on_a_line_without_a_planted_fault_is_told(told: Confusion) -> None:
    assert told.clean_lines == 2
    assert told.rejected_clean.rows() == [("unsigned", of(3))]


def test_findings_of_stays_are_not_judged_and_all_is_exact_where_the_lines_agree() -> None:
    exact = judged([(line, edit, "hold") for line, edit in PLANTED])
    assert exact.is_exact
    assert exact.edits["recall"].to_list() == exact.edits["precision"].to_list() == [1.0, 1.0]
