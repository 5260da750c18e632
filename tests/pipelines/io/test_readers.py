"""Readers: a file as text rows with their numbers, and what cannot be split, told apart."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import RefusedInputError
from pipelines.io import readers
from pipelines.io.readers import delimited, limits

PLACE = "people file 7f3a"
Rows = list[tuple[int, ...]]


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    return tmp_path / "landed.csv"


def sound(path: Path) -> list[tuple[Any, ...]]:
    """Number and texts of each row; an empty text and none are the same to `parse`."""
    raw = readers.read(path, PLACE)
    assert raw.misshapen.is_empty()
    return raw.rows.select("row_number", pl.exclude("row_number").fill_null("")).rows()


ONE = [(1, "1", "2")]
FILES: list[tuple[str, bytes, list[tuple[Any, ...]]]] = [
    ("plain", b"a,b\n1,2\n", ONE),
    ("the last line without its end", b"a,b\n1,2", ONE),
    ("Windows line ends", b"a,b\r\n1,2\r\n", ONE),
    ("old Mac line ends", b"a,b\r1,2\r", ONE),
    ("line ends of two kinds", b"a,b\n1,2\r\n3,4\n", [(1, "1", "2"), (2, "3", "4")]),
    ("a byte order mark", b"\xef\xbb\xbfa,b\n1,2\n", ONE),
    ("blanks around names", b" a , b\n1,2\n", ONE),
    ("blank lines", b"a,b\n\n1,2\n\n\n3,4\n\n", [(1, "1", "2"), (2, "3", "4")]),
    ("blank lines above the header", b"\n\r\na,b\n1,2\n", ONE),
    ("a line break in a value", b'a,b\n"x\ny",2\n3,4\n', [(1, "x\ny", "2"), (2, "3", "4")]),
    ("a Windows one, too", b'a,b\r\n"x\r\ny",2\r\n', [(1, "x\r\ny", "2")]),
    ("quotes and commas in a value", b'a,b\n"a ""b"", c",2\n', [(1, 'a "b", c', "2")]),
    ("a quote in the middle", b'a,b\n5" pipe,2\n', [(1, '5" pipe', "2")]),
    ("quotes after a blank", b'a,b\n1, "x, y"\n', [(1, "1", "x, y")]),
    ("a NUL", b"a,b\n1\x00,2\n", [(1, "1\x00", "2")]),
    ("empty values", b'a,b\n,""\n', [(1, "", "")]),
    ("words that mean nothing elsewhere", b"a,b\nNULL,NA\n", [(1, "NULL", "NA")]),
    ("a back slash escapes nothing", b'a,b\n"a\\",2\n', [(1, "a\\", "2")]),
    ("a sharp begins no comment", b"a,b\n#1,2\n", [(1, "#1", "2")]),
    ("letters beyond ASCII", "a,b\nJOSÉ,\u2028\n".encode(), [(1, "JOSÉ", "\u2028")]),
    ("a header alone", b"a,b\n", []),
    ("a header alone, without its end", b"a,b", []),
]


@pytest.mark.parametrize(("said", "content", "expected"), FILES)
def test_a_csv_file_is_its_rows(
    landed: Path, said: str, content: bytes, expected: list[tuple[Any, ...]]
) -> None:
    landed.write_bytes(content)
    assert readers.header(landed, PLACE) == ["a", "b"], said
    assert sound(landed) == expected, said


MISSHAPEN: list[tuple[str, bytes, list[int], list[tuple[int, str, str]]]] = [
    ("too few and too many", b"a,b\n1\n2,3,4\n5,6\n", [3], [
        (1, "has 1 columns where the header has 2", '["1"]'),
        (2, "has 3 columns where the header has 2", '["2", "3", "4"]'),
    ]),
    ("a comma too many, its last column empty", b"a,b\nSMITH, J,\n5,6\n", [2], [
        (1, "has 3 columns where the header has 2", '["SMITH", "J", ""]'),
    ]),
    ("blanks only", b"a,b\n  \n5,6\n", [2], [
        (1, "has 1 columns where the header has 2", '[""]'),
    ]),
    ("the end mark of DOS", b"a,b\n5,6\n\x1a", [1], [
        (2, "has 1 columns where the header has 2", '["\\u001a"]'),
    ]),
    ("none holds", b"a,b\n1\n", [], [(1, "has 1 columns where the header has 2", '["1"]')]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "content", "numbers", "torn"), MISSHAPEN)
def test_rows_of_another_width_are_told_apart(
    landed: Path, said: str, content: bytes, numbers: list[int], torn: list[tuple[int, str, str]]
) -> None:
    landed.write_bytes(content)
    raw = readers.read(landed, PLACE)
    assert raw.rows["row_number"].to_list() == numbers, said
    assert raw.rows.schema == {"row_number": pl.Int64, "a": pl.String, "b": pl.String}
    assert raw.misshapen.rows() == torn, said


REFUSED = [
    ("empty", b"", "empty_file"),
    ("blank", b"\n\n", "empty_file"),
    ("a byte order mark alone", b"\xef\xbb\xbf", "empty_file"),
    ("a header of nothing", b",,\n1,2,3\n", "empty_file"),
    ("an open quote", b'a,b\n1,2\n"SMITH,2\n3,4\n', "not_csv"),
    ("an open quote in the last value", b'a,b\n1,2\n3,"SMITH', "not_csv"),
    ("an open quote at the very end", b'a,b\n1,2\n"SMITH', "not_csv"),
    ("text after a quoted value", b'a,b\n"SMITH"x,2\n3\n', "not_csv"),
    ("Latin-1", "a,b\nSMITH,MU\xd1OZ\n".encode("latin-1"), "not_utf8"),
    ("UTF-16", "a,b\nSMITH,2\n".encode("utf-16"), "wrong_kind"),
    ("Latin-1 in the header", b"a,\xd1\n1,2\n", "not_utf8"),
    ("a field without end", b"a,b\n1," + b"x" * 1_000_001 + b"\n", "not_csv"),
    ("more columns than any feed", b"," * 1_000 + b"a\n", "too_many_columns"),
]


@pytest.mark.parametrize(("said", "content", "code"), REFUSED)
def test_a_file_that_is_no_csv_is_refused_without_a_value(
    landed: Path, said: str, content: bytes, code: str
) -> None:
    landed.write_bytes(content)
    with pytest.raises(RefusedInputError) as caught:
        readers.read(landed, PLACE)
    assert caught.value.code == code, said
    assert caught.value.message.startswith(PLACE)
    assert "SMITH" not in caught.value.message
    assert landed.name not in caught.value.message


def test_a_long_file_is_read_by_the_same_rules(landed: Path) -> None:
    lines = ["a,b", *(f'{number},"SMITH, {number}"' for number in range(60_000)), "torn"]
    landed.write_text("\n".join(lines))
    raw = readers.read(landed, PLACE)
    assert raw.rows.height == 60_000
    assert raw.rows.row(-1) == (60_000, "59999", "SMITH, 59999")
    assert raw.misshapen.rows() == [(60_001, "has 1 columns where the header has 2", '["torn"]')]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
ODD = st.sampled_from(['"', ",", "\n", "\r\n", '","', "\n1,2,3\n", '""', "x"])
TABLES = st.lists(
    st.tuples(*[TEXTS | st.lists(ODD, max_size=4).map("".join)] * 3), min_size=1, max_size=6
)


def written(rows: list[tuple[str, ...]], line_end: str = "\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(
        [("a", "b", "c"), *rows]
    )
    return text.getvalue()


@given(rows=TABLES, line_end=st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read_by_both_ways(
    tmp_path: Path, rows: list[tuple[str, ...]], line_end: str
) -> None:
    path = tmp_path / "written.csv"
    path.write_bytes(written(rows, line_end).encode())
    told = [(number, *row) for number, row in enumerate(rows, start=1)]
    marks = delimited.counted(path)
    has_other_line_end = any("\r" in text.replace("\r\n", "") for row in rows for text in row)
    assert marks.is_plain != has_other_line_end
    if marks.is_plain:
        quick = delimited.quick(path, ["a", "b", "c"], ",")
        assert quick is not None
        assert delimited.is_whole(marks, quick, ["a", "b", "c"])
        assert quick.select("row_number", pl.exclude("row_number").fill_null("")).rows() == told
    assert delimited.careful(path, ["a", "b", "c"], PLACE).rows.rows() == told


@given(rows=TABLES, place=st.integers(0, 200), odd=st.sampled_from(['"', ",", "\n", ""]))
def test_a_damaged_file_never_loses_a_row_in_silence(
    tmp_path: Path, rows: list[tuple[str, ...]], place: int, odd: str
) -> None:
    text = written(rows)
    at = len('"a","b","c"\n') + place % len(text)
    damaged = text[:at] + odd + text[at + 1 :]
    path = tmp_path / "damaged.csv"
    path.write_bytes(damaged.encode())
    try:
        records = records_of(damaged)
    except csv.Error:
        with pytest.raises(RefusedInputError):
            readers.read(path, PLACE)
        return
    raw = readers.read(path, PLACE)
    assert raw.rows.height + raw.misshapen.height == len(records) - 1
    kept = [tuple(text.strip() for text in one) for one in records[1:] if len(one) == 3]
    texts = pl.exclude("row_number").fill_null("")
    assert [tuple(text.strip() for text in row) for row in raw.rows.select(texts).rows()] == kept


def records_of(text: str) -> list[list[str]]:
    """The records as Python's own reader sees them."""
    lines = io.StringIO(text, newline="")
    return [one for one in csv.reader(lines, strict=True, skipinitialspace=True) if one]


def parquet(path: Path, **columns: Any) -> Path:
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_a_parquet_file_is_its_rows_as_text(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "typed.PARQUET",
        a=[Decimal("1.50"), None],
        b=[date(2026, 7, 15), None],
        c=[datetime(2026, 7, 15, 10, tzinfo=UTC), None],
        d=[["x", "y"], []],
        e=[True, None],
        x_aside=[b"\xff", None],
    )
    assert readers.header(path, PLACE) == ["a", "b", "c", "d", "e", "x_aside"]
    assert readers.read(path, PLACE).rows.rows() == [
        (1, "1.50", "2026-07-15", "2026-07-15T10:00:00.000000+00:00", "x|y", "yes"),
        (2, None, None, None, None, None),
    ]


NOT_TOLD = [
    ("bytes", [b"\xff"]),
    ("a structure", [{"name": "SMITH"}]),
    ("a list of lists", [[["SMITH"]]]),
]


@pytest.mark.parametrize(("said", "values"), NOT_TOLD)
def test_a_type_that_no_text_tells_is_refused(tmp_path: Path, said: str, values: list[Any]) -> None:
    path = parquet(tmp_path / "typed.parquet", a=values)
    with pytest.raises(RefusedInputError, match="column a is neither text") as caught:
        readers.read(path, PLACE)
    assert "SMITH" not in caught.value.message, said


def test_a_parquet_file_in_name_only_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "named.parquet"
    path.write_bytes(b"a,b\nSMITH,2\n")
    for step in (readers.header, readers.read):
        with pytest.raises(RefusedInputError, match="not a Parquet file") as caught:
            step(path, PLACE)
        assert "SMITH" not in caught.value.message


def test_a_damaged_page_refuses_the_file(tmp_path: Path) -> None:
    path = parquet(tmp_path / "damaged.parquet", a=[f"SMITH {n}" for n in range(1_000)])
    content = bytearray(path.read_bytes())
    content[40:120] = b"\xff" * 80
    path.write_bytes(content)
    with pytest.raises(RefusedInputError, match="not a Parquet file") as caught:
        readers.read(path, PLACE)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(("limit", "most"), [("MOST_ROWS", 999), ("MOST_CELLS", 1_999)])
def test_few_bytes_may_not_stand_for_any_number_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    path = parquet(tmp_path / "bomb.parquet", a=["x"] * 1_000, b=["y"] * 1_000)
    assert readers.read(path, PLACE).rows.height == 1_000
    monkeypatch.setattr(limits, limit, most)
    with pytest.raises(RefusedInputError, match=f"over {most} "):
        readers.read(path, PLACE)


PLAIN: list[tuple[str, bytes, bool]] = [
    ("no quotes", b"a,b\n1,2\n", True),
    ("quotes", b'\xef\xbb\xbf"a","b"\r\n"1, ""x""","2"', True),
    ("a value goes on in the next line", b'a,b\n"1\n","2"\n', True),
    ("a line ends as on an old Mac, in a value", b'a,b\n"1\r",2\n', False),
    ("a line ends as on an old Mac", b"a,b\n1,2\r3,4\n", False),
    ("a quote in the middle", b'a,b\n5" pipe,2\n', False),
    ("text after a quoted value", b'a,b\n"1"x,2\n', False),
    ("a separator, then text", b'a,b\n"1,"2\n', False),
    ("quotes after a blank", b'a,b\n1, "2"\n', False),
    ("quoted bytes that are no UTF-8", b'a,b\n"\xd1",2\n', False),
    ("many blocks", b"a,b\n" + b'"x",1\n' * 300_000, True),
    ("many blocks, then a value that goes on", b"a,b\n" + b'"x",1\n' * 300_000 + b'"\n",1', True),
    ("a value that goes on for blocks", b'a,b\n"' + b"x\n" * 700_000 + b'",2\n', True),
    ("a value that goes on for ever", b'a,b\n"' + b"x\n" * 3_000_000 + b'",2\n', False),
    ("a line longer than blocks", b"a,b\n" + b"x" * (1 << 22) + b",2\n", False),
]


@pytest.mark.parametrize(("said", "content", "is_plain"), PLAIN)
def test_only_a_plain_file_is_read_the_quick_way(
    tmp_path: Path, said: str, content: bytes, *, is_plain: bool
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert delimited.counted(path).is_plain is is_plain, said
