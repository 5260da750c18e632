"""Workbooks: a sheet as text rows, the same that CSV would give, or one refusal by cell."""

from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from workbook_parts import cells, packed, parts, row, text, workbook

from contracts.errors import RefusedInputError
from contracts.feeds import FEEDS
from contracts.parsing import as_text
from pipelines.io import readers
from pipelines.io.readers import limits
from pipelines.io.readers.sheets import address
from reports import feed_template

PLACE = "people file 7f3a"


def saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    raw = readers.read(path, PLACE)
    assert raw.misshapen.is_empty()
    return raw.rows.rows()


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(RefusedInputError) as caught:
        readers.read(path, PLACE)
    message = caught.value.message
    assert message.startswith(f"{PLACE}: ")
    assert "SMITH" not in message
    return caught.value.code, message.removeprefix(f"{PLACE}: ")


def one_cell(path: Path, cell: str, **more: Any) -> str:
    """What a cell below heading `a` is read as."""
    content = workbook(row(1, "a") + cells(2, cell), **more)
    ((_, value),) = rows_of(saved(path, content))
    return str(value)


CELLS = [
    ("a number", '<c r="A2"><v>150</v></c>', "150"),
    ("a number kept with a fraction of nothing", '<c r="A2"><v>150.0</v></c>', "150"),
    ("half a dollar", '<c r="A2"><v>150.5</v></c>', "150.5"),
    ("as a float is written", '<c r="A2"><v>0.1</v></c>', "0.1"),
    ("without exponent", '<c r="A2"><v>1.5E-5</v></c>', "0.000015"),
    ("a negative one", '<c r="A2"><v>-3</v></c>', "-3"),
    ("fifteen digits", '<c r="A2"><v>999999999999999</v></c>', "999999999999999"),
    ("a flag", '<c r="A2" t="b"><v>1</v></c>', "yes"),
    ("its contrary", '<c r="A2" t="b"><v>0</v></c>', "no"),
    ("a day", '<c r="A2" s="1"><v>45000</v></c>', "2023-03-15"),
    ("a day and time", '<c r="A2" s="2"><v>45000.5</v></c>', "2023-03-15T12:00:00"),
    ("a day where time is shown, but is none", '<c r="A2" s="2"><v>45000</v></c>', "2023-03-15"),
    ("a time", '<c r="A2" s="3"><v>0.5</v></c>', "12:00"),
    ("a time with seconds", '<c r="A2" s="3"><v>0.500011574074074</v></c>', "12:00:01"),
    ("hours that count on", '<c r="A2" s="4"><v>1.5</v></c>', "36:00:00"),
    ("an ISO day", '<c r="A2" t="d"><v>2026-07-15</v></c>', "2026-07-15"),
    ("an ISO time", '<c r="A2" t="d"><v>2026-07-15T10:11:12</v></c>', "2026-07-15T10:11:12"),
    ("text", '<c r="A2" t="inlineStr"><is><t>007</t></is></c>', "007"),
    ("text of a formula's kind, without one", '<c r="A2" t="str"><v>007</v></c>', "007"),
    ("shared text", '<c r="A2" t="s"><v>0</v></c>', "JOSÉ"),
    ("shared text in runs", '<c r="A2" t="s"><v>1</v></c>', "x y"),
    ("text that begins as formulas do", '<c r="A2" t="inlineStr"><is><t>=1+1</t></is></c>', "=1+1"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "cell", "expected"), CELLS)
def test_a_cell_is_the_text_that_the_contract_parses(
    tmp_path: Path, said: str, cell: str, expected: str
) -> None:
    shared = ("<t>JOSÉ</t>", '<r><t>x</t></r><r><t xml:space="preserve"> y</t></r>')
    assert one_cell(tmp_path / "one.xlsx", cell, shared=shared) == expected, said


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    cell = '<c r="A2" s="1"><v>1</v></c>'
    properties = '<workbookPr date1904="1"/>'
    assert one_cell(tmp_path / "mac.xlsx", cell, properties=properties) == "1904-01-02"


def test_midnight_is_a_time_in_a_column_of_times(tmp_path: Path) -> None:
    noon, midnight = '<c r="A2" s="2"><v>45000.5</v></c>', '<c r="A3" s="2"><v>45001</v></c>'
    day = '<c r="A4" s="1"><v>45002</v></c>'
    content = workbook(row(1, "a") + cells(2, noon) + cells(3, midnight) + cells(4, day))
    told = [value for _, value in rows_of(saved(tmp_path / "times.xlsx", content))]
    assert told == ["2023-03-15T12:00:00", "2023-03-16T00:00:00", "2023-03-17"]


VALUES = {
    "texts": st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=5),
    "flags": st.booleans(),
    "days": st.dates(date(1930, 1, 1), date(2100, 1, 1)),
    "money": st.decimals(-(10**9), 10**9, places=2),
    "counts": st.integers(-(10**15) + 1, 10**15 - 1),
    "clocks": st.times().map(lambda one: one.replace(microsecond=0)),
    "instants": st.builds(
        datetime.combine,
        st.dates(date(1930, 1, 1), date(2100, 1, 1)),
        st.times().map(lambda one: one.replace(microsecond=0)),
    ),
}
ROWS = st.lists(st.fixed_dictionaries(VALUES), min_size=1, max_size=5)
FORMS: dict[type, str] = {date: "yyyy-mm-dd", time: "hh:mm:ss", datetime: "m/d/yy h:mm"}


@given(rows=ROWS)
def test_typed_cells_give_what_typed_parquet_gives(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path / "typed.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMS.items()}
        for place, name in enumerate(VALUES):
            sheet.write_string(0, place, name)
            for number, values in enumerate(rows, 1):
                value = values[name]
                write = sheet.write_string if type(value) is str else sheet.write
                write(number, place, value, formats.get(type(value)))
    typed = pl.DataFrame(rows, schema_overrides={"money": pl.Decimal(12, 2)})
    told = [
        {name: meaning(name, value) for name, value in one.items() if name != "row_number"}
        for one in readers.read(path, PLACE).rows.to_dicts()
    ]
    expected = [
        {name: meaning(name, value) for name, value in one.items()}
        for one in as_text(typed).to_dicts()
    ]
    assert told == expected


def meaning(name: str, value: str) -> Any:
    """Two texts are one to the contract where they mean the same."""
    match name:
        case "money":
            return Decimal(value)
        case "clocks":
            return time.fromisoformat(value)
        case "instants":
            return datetime.fromisoformat(value)
        case _:
            return value


@pytest.mark.parametrize("feed", ["people", "encounters"])
def test_a_template_is_read_as_the_feeds_header(tmp_path: Path, feed: str) -> None:
    path = saved(tmp_path / "template.xlsx", feed_template.as_workbook(FEEDS[feed]))
    header = feed_template.as_csv(FEEDS[feed]).decode().strip().split(",")
    assert readers.header(path, PLACE) == header
    assert readers.read(path, PLACE).rows.height == 0


SHEETS: list[tuple[str, bytes, list[tuple[Any, ...]]]] = [
    ("row by row", workbook(row(1, "a", "b") + row(2, "1", "2")), [(1, "1", "2")]),
    ("the header further down and right", workbook(
        cells(3, text("C3", "a"), text("D3", "b")) + cells(4, text("C4", "1"), text("D4", "2"))
    ), [(1, "1", "2")]),
    ("a blank row keeps its number", workbook(
        row(1, "a", "b") + row(2, "1", "2") + row(3, "", " ") + row(5, "5", "6")
    ), [(1, "1", "2"), (4, "5", "6")]),
    ("a row that ends early", workbook(row(1, "a", "b") + row(2, "1")), [(1, "1", "")]),
    ("cells without an address", workbook(
        row(1, "a", "b") + "<row><c><v>1</v></c><c><v>2</v></c></row>"
    ), [(1, "1", "2")]),
    ("the first sheet that is to be seen", workbook(
        row(1, "SMITH"), row(1, "SMITH"), row(1, "a", "b") + row(2, "1", "2"), row(1, "z"),
        states=("hidden", "veryHidden", "visible", "visible"),
    ), [(1, "1", "2")]),
    ("formulas of other sheets", workbook(
        row(1, "a", "b") + row(2, "1", "2"), cells(1, '<c r="A1"><f>1+1</f><v>2</v></c>')
    ), [(1, "1", "2")]),
    ("cells with a format and nothing else, far away", workbook(
        row(1, "a", "b") + row(2, "1", "2") + cells(1_048_576, '<c r="XFD1048576" s="1"/>')
    ), [(1, "1", "2")]),
    ("a header alone", workbook(row(1, "a", "b")), []),
]  # fmt: skip


@pytest.mark.parametrize(("said", "content", "expected"), SHEETS)
def test_a_sheet_is_its_rows(
    tmp_path: Path, said: str, content: bytes, expected: list[tuple[Any, ...]]
) -> None:
    path = saved(tmp_path / "sheet.xlsx", content)
    assert readers.header(path, PLACE) == ["a", "b"], said
    assert rows_of(path) == expected, said


def test_merged_cells_hold_their_text_once(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.merge_range(1, 0, 2, 0, "x")
        sheet.write_column(1, 1, ["1", "2"])
    assert rows_of(path) == [(1, "x", "1"), (2, "", "2")]


def test_content_outside_the_headers_columns_makes_a_row_misshapen(tmp_path: Path) -> None:
    content = workbook(
        cells(1, text("B1", "a")) + row(2, "", "1", "x") + row(3, "y", "2") + row(4, "", "3", " ")
    )
    raw = readers.read(saved(tmp_path / "wide.xlsx", content), PLACE)
    assert raw.rows.rows() == [(3, "3")]
    assert raw.misshapen.rows() == [
        (1, "has content in column C, outside the 1 columns of the header", '["", "1", "x"]'),
        (2, "has content in column A, outside the 1 columns of the header", '["y", "2", ""]'),
    ]


FORMULA = '<c r="C7"><f>SMITH+1</f><v>2</v></c>'
DIGITS = (
    "cell A2 of sheet 1 holds a number of over 15 digits, of which a spreadsheet keeps no more. "
    "Format the column as text and enter the value again."
)
REFUSED: list[tuple[str, bytes, str, str]] = [
    ("a formula", workbook(row(1, "a") + cells(7, FORMULA)), "formula",
     "cell C7 of sheet 1 holds a formula; copy and paste as values."),
    ("formulas in the second sheet, the first hidden", workbook(
        row(1, "z"), row(1, "a") + cells(7, FORMULA) + cells(8, FORMULA.replace("C7", "AB8")),
        states=("hidden", "visible"),
    ), "formula", "cell C7 of sheet 2 (and 1 more) holds a formula; copy and paste as values."),
    ("a formula that was never computed", workbook(
        row(1, "a") + cells(2, '<c r="A2"><f>1+1</f></c>')
    ), "formula", "cell A2 of sheet 1 holds a formula; copy and paste as values."),
    ("an error", workbook(row(1, "a") + cells(2, '<c r="B2" t="e"><v>#N/A</v></c>')),
     "cell_error", "cell B2 of sheet 1 holds an error such as #N/A; correct or empty it."),
    ("more digits than are kept", workbook(
        row(1, "a") + cells(2, '<c r="A2"><v>1234567890123456</v></c>')
    ), "number_length",
     DIGITS),
]  # fmt: skip


@pytest.mark.parametrize(("said", "content", "code", "message"), REFUSED)
def test_a_cell_that_cannot_be_taken_as_it_stands_is_named(
    tmp_path: Path, said: str, content: bytes, code: str, message: str
) -> None:
    assert refusal(saved(tmp_path / "sheet.xlsx", content)) == (code, message), said


def test_a_stray_cell_far_away_does_not_take_the_memory_of_all_between(tmp_path: Path) -> None:
    content = workbook(row(1, "a") + cells(1_048_576, text("XFD1048576", "x")))
    code, message = refusal(saved(tmp_path / "far.xlsx", content))
    assert code == "too_large"
    assert message.startswith("a sheet reaches down to row 1048576 and across to column XFD: over ")


def test_a_limit_counts_cells_of_any_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the library reads instead must not be larger than what was looked at."""
    monkeypatch.setattr(limits, "MOST_SHEET_CELLS", 20)
    content = workbook(row(1, "a"), row(1, *"abcdefg") + row(3, "x"))
    assert refusal(saved(tmp_path / "other.xlsx", content))[0] == "too_large"


ADDRESSES = [(1, 1, "A1"), (7, 26, "Z7"), (7, 27, "AA7"), (1, 702, "ZZ1"), (9, 16_384, "XFD9")]


@pytest.mark.parametrize(("row_number", "column", "expected"), ADDRESSES)
def test_addresses_are_those_of_a_spreadsheet(row_number: int, column: int, expected: str) -> None:
    assert address(row_number, column) == expected


@given(at=st.integers(0, 10_000), junk=st.binary(min_size=1, max_size=12), part=st.integers(0, 5))
def test_a_damaged_part_is_read_or_refused(tmp_path: Path, at: int, junk: bytes, part: int) -> None:
    """Whatever stands in a part: rows or a refusal, never another error, never a crash."""
    whole = parts(row(1, "a") + cells(2, '<c r="A2" s="2"><v>45000.5</v></c>'))
    name = list(whole)[part]
    content = whole[name].encode()
    at %= len(content)
    damaged = {**whole, name: content[:at] + junk + content[at + len(junk) :]}
    path = saved(tmp_path / "damaged.xlsx", packed(damaged.items()))
    with suppress(RefusedInputError):
        readers.read(path, PLACE)


@given(at=st.integers(0, 10_000), junk=st.binary(min_size=1, max_size=12))
def test_a_damaged_container_is_read_or_refused(tmp_path: Path, at: int, junk: bytes) -> None:
    content = workbook(row(1, "a") + row(2, "1"))
    at %= len(content)
    path = saved(tmp_path / "damaged.xlsx", content[:at] + junk + content[at + len(junk) :])
    with suppress(RefusedInputError):
        readers.read(path, PLACE)
