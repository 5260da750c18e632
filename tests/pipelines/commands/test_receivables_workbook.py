"""The workbooks of receivables and of closed months: Excel takes the names of their sheets."""

from datetime import UTC, datetime
from io import BytesIO

import polars as pl
from python_calamine import CalamineWorkbook

from pipelines.commands.receivable_parts import TITLES
from pipelines.io.receivables import SECTIONS
from pipelines.stages.receivables.closing import SECTIONS as CLOSED
from reports.list_file import book_of_lists


def test_each_part_is_a_sheet_of_its_name() -> None:
    assert {*TITLES} == {*SECTIONS, *CLOSED}
    sheets = {title: pl.DataFrame({"amount": [1]}) for title in TITLES.values()}
    made = book_of_lists(sheets, "Receivables", datetime(2026, 11, 27, tzinfo=UTC))
    assert CalamineWorkbook.from_filelike(BytesIO(made)).sheet_names == list(TITLES.values())
