"""Parsing: what each kind of text is read as, and what is said of the text that is not."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from contract_drawing import column, field, outcome, parsed, table_of
from hypothesis import given
from hypothesis import strategies as st

from contracts import parsing
from contracts.feeds import FEEDS
from contracts.fields import DTYPES, Kind
from contracts.parsing import FAILURES, as_text, parse
from contracts.tables import Requirement


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


BAD = "!format"
READ: dict[Kind, list[tuple[str, Any]]] = {
    Kind.TEXT: [
        ("00420", "00420"),  # codes keep their zeros
        ("  JOSÉ \t", "JOSÉ"),
        ("   ", None),
        ("two\nlines", "two\nlines"),
        ("NULL", "NULL"),
        ("a\x00b", "!control_character"),
        ("a\x1bb", "!control_character"),
        ("a\x7fb", "!control_character"),
        ("a\x85b", "!control_character"),  # Windows-1252 read as Latin-1
    ],
    Kind.DATE: [
        ("2026-02-28", date(2026, 2, 28)),
        ("2024-02-29", date(2024, 2, 29)),
        ("9999-12-31", date(9999, 12, 31)),
        ("2026-02-29", BAD),
        ("2026-2-8", BAD),
        ("02/28/2026", BAD),
        ("20260228", BAD),
        ("0000-01-01", BAD),  # no year of Python's calendar
        ("٢٠٢٦-٠٢-٢٨", BAD),
        ("2026-02-28T00:00:00", BAD),
    ],
    Kind.MONTH: [
        ("2026-02", "2026-02"),
        ("2026-13", BAD),
        ("2026-2", BAD),
        ("٢٠٢٦-٠٢", BAD),
    ],
    Kind.TIMESTAMP: [
        ("2026-01-15T10:00", utc(2026, 1, 15, 18)),  # standard time: eight hours behind
        ("2026-07-15 10:00:30", utc(2026, 7, 15, 17, 0, 30)),  # daylight time: seven
        ("2026-07-15T10:00:00.25", utc(2026, 7, 15, 17, 0, 0, 250_000)),
        ("2026-07-15T10:00Z", utc(2026, 7, 15, 10)),
        ("2026-07-15T10:00:00-07:00", utc(2026, 7, 15, 17)),
        ("2026-07-15T10:00:00+0530", utc(2026, 7, 15, 4, 30)),
        ("2026-03-08T01:59", utc(2026, 3, 8, 9, 59)),
        ("2026-03-08T02:30", BAD),  # the clock goes from 02:00 to 03:00
        ("2026-03-08T03:00", utc(2026, 3, 8, 10)),
        ("2026-03-08T02:30-08:00", utc(2026, 3, 8, 10, 30)),  # with its offset it exists
        ("2026-11-01T01:30", utc(2026, 11, 1, 8, 30)),  # happens twice: the first
        ("2026-11-01T01:30-08:00", utc(2026, 11, 1, 9, 30)),  # the second, said by its offset
        ("2026-11-01T02:00", utc(2026, 11, 1, 10)),
        ("2026-07-15", BAD),
        ("2026-07-15T24:00", BAD),
        ("2026-07-15T10:00:60", BAD),
        ("2026-07-15T10:00+24:00", BAD),
        ("2026-07-15T10:00 PST", BAD),
        ("9999-12-31T15:59:59", utc(9999, 12, 31, 23, 59, 59)),
        ("9999-12-31T16:00", BAD),  # the year 10000 in UTC
    ],
    Kind.TIME: [
        ("09:30", time(9, 30)),
        ("23:59:59", time(23, 59, 59)),
        ("24:00", BAD),
        ("9:30", BAD),
        ("09:30 AM", BAD),
        ("09:30:60", BAD),
    ],
    Kind.INTEGER: [
        ("15", 15),
        ("-3", -3),
        ("007", 7),
        ("999999999999999", 999_999_999_999_999),
        ("9999999999999999", BAD),
        ("1.0", BAD),
        ("1e3", BAD),
        ("1,000", BAD),
        ("٣", BAD),
    ],
    Kind.MONEY: [
        ("125", Decimal("125.00")),
        ("125.5", Decimal("125.50")),
        ("-0.01", Decimal("-0.01")),
        ("9999999999.99", Decimal("9999999999.99")),
        ("10000000000.00", BAD),
        ("1.005", BAD),  # a third decimal is never rounded away
        ("$125.00", BAD),
        ("1,250.00", BAD),
        ("(125.00)", BAD),
        (".50", BAD),
        ("1e2", BAD),
    ],
    Kind.QUANTITY: [
        ("0.125", Decimal("0.125")),
        ("30", Decimal("30.000")),
        ("0.1255", BAD),
        ("999999999999.999", Decimal("999999999999.999")),
    ],
    Kind.FLAG: [("yes", True), ("no", False), ("Yes", BAD), ("true", BAD), ("1", BAD), ("Y", BAD)],
    Kind.LIST: [
        ("F1120", ["F1120"]),
        ("F1120|Z0000", ["F1120", "Z0000"]),
        (" F1120 | Z0000 ", ["F1120", "Z0000"]),
        ("F1120,Z0000", ["F1120,Z0000"]),
        ("F1120||Z0000", BAD),
        ("F1120| |Z0000", BAD),
        ("|F1120", BAD),
        ("F1120|", BAD),
        ("|", BAD),
    ],
}
CASES = [(kind, text, expected) for kind, cases in READ.items() for text, expected in cases]


@pytest.mark.parametrize(("kind", "text", "expected"), CASES)
def test_a_text_is_read_by_its_kind(kind: Kind, text: str, expected: Any) -> None:
    assert outcome(field("thing", kind), text) == expected


def test_every_kind_is_drawn() -> None:
    assert set(READ) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_text_is_empty_in_every_kind(kind: Kind) -> None:
    for text in (None, "", "  "):
        assert outcome(field("thing", kind), text) is None
        assert outcome(field("thing", kind), text, is_optional=False) == "!required_value"


CODES = ("alpha", "beta")
RULES: list[tuple[Kind, dict[str, Any], str, Any]] = [
    (Kind.TEXT, {"allowed": CODES}, "alpha", "alpha"),
    (Kind.TEXT, {"allowed": CODES}, "Alpha", "!allowed_value"),
    (Kind.LIST, {"allowed": CODES}, "alpha|beta", ["alpha", "beta"]),
    (Kind.LIST, {"allowed": CODES}, "alpha|gamma", "!allowed_value"),
    (Kind.TEXT, {"pattern": "^[0-9]{9}$"}, "958140001", "958140001"),
    (Kind.TEXT, {"pattern": "^[0-9]{9}$"}, "95814", "!pattern"),
    (Kind.LIST, {"pattern": "^[0-9]+$"}, "1|2", ["1", "2"]),
    (Kind.LIST, {"pattern": "^[0-9]+$"}, "1|x", "!pattern"),
    (Kind.TEXT, {"max_length": 4}, "née!", "née!"),  # characters, not bytes
    (Kind.TEXT, {"max_length": 4}, "12345", "!length"),
    (Kind.LIST, {"max_length": 1}, "1|22", "!length"),
    (Kind.INTEGER, {"minimum": 0}, "0", 0),
    (Kind.INTEGER, {"minimum": 0}, "-1", "!range"),
    (Kind.INTEGER, {"minimum": 0}, "", None),
    (Kind.TEXT, {"allowed": CODES, "max_length": 4}, "gamma", "!allowed_value, length"),
]


@pytest.mark.parametrize(("kind", "rules", "text", "expected"), RULES)
def test_a_value_keeps_the_rules_of_its_field(
    kind: Kind, rules: dict[str, Any], text: str, expected: Any
) -> None:
    assert outcome(field("thing", kind, **rules), text) == expected


def test_a_rule_over_columns_is_asked_of_rows_whose_columns_hold() -> None:
    least = Requirement(
        "range", "units", pl.col("units") < pl.col("minutes"), "too many", "Correct it."
    )
    table = table_of(
        column(field("units", Kind.INTEGER)), column(field("minutes", Kind.INTEGER)),
        requirements=[least],
    )  # fmt: skip
    raw = pl.DataFrame(
        [
            (1, "a", "1", "15"),
            (2, "b", "20", "15"),
            (3, "c", "1", None),  # neither true nor false: it does not hold
            (4, "d", "x", "15"),
        ],
        schema=["row_number", "id", "units", "minutes"],
        orient="row",
    )
    read = parse(table, raw)
    assert read.rows["row_number"].to_list() == [1]
    assert read.failures.select("row_number", "column_name", "rule").rows() == [
        (4, "units", "format"),
        (2, "units", "range"),
        (3, "units", "range"),
    ]


def test_each_broken_rule_of_a_row_is_told_with_its_remedy() -> None:
    raw = pl.DataFrame({"row_number": [7], "alias_cin": ["9"], "reason": ["typo\x00"]})
    read = parse(FEEDS["cin_aliases"], raw)
    assert read.rows.is_empty()
    assert read.failures.select(pl.exclude("remedy")).rows() == [
        (7, "cin", "required_value", "is empty and must not be"),
        (7, "reason", "control_character", "holds a control character or an invisible one"),
        (7, "reason", "allowed_value", "is not one of: merged, changed, typo"),
        (7, "valid_from", "required_value", "is empty and must not be"),
    ]
    assert read.failures["remedy"].str.ends_with(".").all()


def test_absent_columns_have_their_defaults() -> None:
    raw = pl.DataFrame({"row_number": [1], "encounter_id": ["e"], "line_number": ["1"]})
    rows = parse(table_of(), pl.DataFrame({"row_number": [1], "id": ["1"]})).rows
    assert rows.select("record_status", "source_updated_at").rows() == [("active", None)]
    read = parse(FEEDS["other_payer_payments"], raw)
    assert "source_system" not in read.failures["column_name"].to_list()


def test_rows_are_told_the_same_however_many_are_read_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [None, "1", "x", "2", "", "y", "3"]
    whole = parsed(field("thing", Kind.INTEGER), *texts)
    monkeypatch.setattr(parsing, "_ROWS_AT_ONCE", 2)
    parts = parsed(field("thing", Kind.INTEGER), *texts)
    assert parts.rows.equals(whole.rows)
    assert parts.failures.equals(whole.failures)


def test_no_rows_are_a_table_too() -> None:
    read = parsed(field("thing", Kind.MONEY))
    assert read.rows.schema["thing"] == DTYPES[Kind.MONEY]
    assert read.failures.schema == FAILURES


# Hypothesis: what is typed can be told as text and read again; nothing is lost in silence.
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs"]), max_size=20)
TOLD = WORDS.map(str.strip).filter(bool)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: TOLD,
    Kind.DATE: st.dates(date(1000, 1, 1)),
    Kind.MONTH: st.dates(date(1000, 1, 1)).map(lambda day: f"{day:%Y-%m}"),
    Kind.TIMESTAMP: INSTANTS,
    Kind.TIME: st.times().map(lambda moment: moment.replace(microsecond=0)),
    Kind.INTEGER: st.integers(-(10**15) + 1, 10**15 - 1),
    Kind.MONEY: st.decimals("-9999999999.99", "9999999999.99", places=2),
    Kind.QUANTITY: st.decimals("-999999999999.999", "999999999999.999", places=3),
    Kind.FLAG: st.booleans(),
    Kind.LIST: st.lists(TOLD.filter(lambda word: "|" not in word), min_size=1, max_size=4),
}


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
def test_what_is_typed_reads_back_from_its_text(kind: Kind, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[kind], min_size=1, max_size=5))
    typed = pl.DataFrame({"thing": values}, schema={"thing": DTYPES[kind]})
    read = parsed(field("thing", kind), *as_text(typed)["thing"])
    assert read.failures.is_empty()
    assert read.rows["thing"].to_list() == typed["thing"].to_list()


@pytest.mark.parametrize("kind", Kind)
@given(texts=st.lists(st.text(max_size=12) | st.from_regex(r"[0-9T:|.yesno-]{0,20}"), min_size=1))
def test_a_text_is_a_value_or_empty_or_a_failure(kind: Kind, texts: list[str]) -> None:
    read = parsed(field("thing", kind), *texts)
    failed = set(read.failures["row_number"])
    kept = dict(read.rows.select("row_number", "thing").rows())
    assert failed.isdisjoint(kept)
    assert len(failed) + len(kept) == len(texts)
    lost = [n for n, value in kept.items() if value is None and texts[n - 1].strip()]
    assert lost == []


@pytest.mark.parametrize("kind", Kind)
def test_no_reason_and_no_remedy_repeats_a_value(kind: Kind) -> None:
    personal = "QX7-PERSONAL"
    strict = field("thing", kind, allowed=CODES) if kind in (Kind.TEXT, Kind.LIST) else None
    read = parsed(strict or field("thing", kind), personal, f"{personal}\x00")
    assert set(read.failures["row_number"]) == {1, 2}
    told = read.failures.select(pl.concat_str(pl.exclude("row_number"))).to_series()
    assert not told.str.contains(personal, literal=True).any()


TYPED: list[tuple[str, Any, pl.DataType | None, str | None]] = [
    ("an integer", 5, pl.Int32(), "5"),
    ("a float, as warehouses give money", 12.5, pl.Float64(), "12.5"),
    ("a day", date(2026, 7, 15), pl.Date(), "2026-07-15"),
    ("a local time", datetime(2026, 7, 15, 10), pl.Datetime("us"), "2026-07-15T10:00:00.000000"),  # noqa: DTZ001
    ("an instant", utc(2026, 7, 15), pl.Datetime("us", "UTC"), "2026-07-15T00:00:00.000000+00:00"),
    ("a list", ["a", "b"], pl.List(pl.String), "a|b"),
    ("an empty list", [], pl.List(pl.String), None),
    ("a list with a null, which is told", ["a", None], pl.List(pl.String), "a|"),
    ("an element with the separator, which is told", ["a|b", "c"], pl.List(pl.String), "|c"),
    ("a flag", False, pl.Boolean(), "no"),
    ("nothing", None, pl.Boolean(), None),
    ("a list of days", [date(2026, 7, 15)], pl.List(pl.Date), "2026-07-15"),
    ("a list of flags", [True, False], pl.List(pl.Boolean), "yes|no"),
    ("the first day", date.min, pl.Date(), "0001-01-01"),
    ("the last day", date.max, pl.Date(), "9999-12-31"),
]


@pytest.mark.parametrize(("said", "value", "dtype", "text"), TYPED)
def test_typed_cells_are_told_as_a_feed_would_write_them(
    said: str, value: Any, dtype: pl.DataType | None, text: str | None
) -> None:
    assert as_text(pl.DataFrame({"x": [value]}, schema={"x": dtype}))["x"].to_list() == [text], said


NUMBERS = [
    # unit, units since 1970, its text
    (pl.Date(), 2**31 - 1, "2147483647"),
    (pl.Date(), -(2**31), "-2147483648"),
    (pl.Date(), 2_932_897, "2932897"),
    (pl.Datetime("us"), 2**63 - 1, "9223372036854775807"),
    (pl.Datetime("ms", "UTC"), -(2**63) + 1, "-9223372036854775807"),
    (pl.Datetime("ns"), 2**63 - 1, "2262-04-11T23:47:16.854775"),
]


@pytest.mark.parametrize(("dtype", "number", "text"), NUMBERS)
def test_days_that_no_calendar_has_are_told_as_numbers(
    dtype: pl.DataType, number: int, text: str
) -> None:
    width = pl.Int32() if dtype == pl.Date else pl.Int64()
    frame = pl.DataFrame({"x": pl.Series([number], dtype=width).cast(dtype)})
    assert as_text(frame)["x"].to_list() == [text]
    assert as_text(frame.select(pl.col("x").implode()))["x"].to_list() == [text]
