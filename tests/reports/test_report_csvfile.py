"""CSV that spreadsheets open without running anything."""

import csv
import io
from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.csvfile import csv_bytes


def test_numbers_and_days_are_plain_and_text_is_quoted_where_it_must_be() -> None:
    frame = pl.DataFrame(
        {"a": ['x,"y"\r\nz', None], "n": [-1, 2], "d": [date(2026, 9, 1), None]}
    ).with_columns(pl.Series("m", [Decimal("-0.10"), Decimal("12.00")], pl.Decimal(12, 2)))
    assert csv_bytes(frame).decode() == (
        'a,n,d,m\r\n"x,""y""\r\nz",-1,2026-09-01,-0.10\r\n,2,,12.00\r\n'
    )


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(_TEXT | st.sampled_from("=+-@\t\r").flatmap(lambda c: _TEXT.map(c.__add__))))
def test_no_cell_begins_as_a_formula_and_all_text_comes_back(texts: list[str]) -> None:
    frame = pl.DataFrame({"t": texts, "n": range(len(texts))}, schema={"t": pl.String, "n": int})
    body = io.StringIO(csv_bytes(frame).decode(), newline="")
    cells = [row[0] for row in csv.reader(body)][1:]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]
    dangerous = [text[0] in "=+-@\t\r" for text in texts]
    assert cells == [
        f"'{text}" if bad else text for text, bad in zip(texts, dangerous, strict=True)
    ]
