"""The workbooks of receivables and of closed months: Excel takes the names of their sheets."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from pipelines.commands.close import TITLES as CLOSED
from pipelines.commands.receivables import TITLES as OWED
from reports.list_file import book_of_lists


@pytest.mark.parametrize("titles", [OWED, CLOSED])
def test_each_part_is_a_sheet_of_its_name(titles: Mapping[str, str]) -> None:
    sheets = {title: pl.DataFrame({"amount": [1]}) for title in titles.values()}
    made = book_of_lists(sheets, "Receivables", datetime(2026, 11, 27, tzinfo=UTC))
    assert CalamineWorkbook.from_filelike(BytesIO(made)).sheet_names == list(titles.values())
