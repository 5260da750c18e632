"""Repair files: text goes out and comes back as it was."""

import csv
import io
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from contracts.errors import UsageError
from reports.repair_files import repair_csv, repair_workbook

MADE_AT = datetime(2026, 10, 31, tzinfo=UTC)
FORMULAS = ["=1+1", "+1", "-1", "@A1", "\tx", "\rx", "'=1", "007", 'x,"y"\r\nz', "http://x", " a "]
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(texts=st.lists(_TEXT | st.sampled_from(FORMULAS), min_size=1, max_size=5))
def test_csv_text_comes_back_as_it_was(separator: str, texts: list[str]) -> None:
    frame = pl.DataFrame({"a": texts, "b": [None] * len(texts)}, schema_overrides={"b": pl.String})
    body = io.StringIO(repair_csv(frame, separator).decode(), newline="")
    rows = list(csv.reader(body, delimiter=separator, strict=True))
    assert rows == [["a", "b"], *([text, ""] for text in texts)]


def test_every_cell_of_the_workbook_is_the_text() -> None:
    frame = pl.DataFrame({"a": FORMULAS})
    book = CalamineWorkbook.from_filelike(io.BytesIO(repair_workbook("people", frame, MADE_AT)))
    assert book.sheet_names == ["people"]
    cells = [row[0] for row in book.get_sheet_by_index(0).to_python()]
    assert cells[0] == "a"
    assert [str(cell).replace("\r\n", "\n") for cell in cells[1:]] == [
        text.replace("\r\n", "\n") for text in FORMULAS
    ]


def test_a_text_that_no_cell_holds_is_not_cut() -> None:
    with pytest.raises(UsageError, match="Export CSV instead"):
        repair_workbook("people", pl.DataFrame({"a": ["x" * 40_000]}), MADE_AT)
