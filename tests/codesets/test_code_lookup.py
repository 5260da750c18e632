"""Look-ups of many (code, day) pairs, against a slow reading of the same rows."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codesets.errors import AmbiguousCodeError
from codesets.lookup import lookup

D = date.fromisoformat
SCHEMA = {
    "code": pl.String,
    "label": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "edition_id": pl.String,
    "edition_from": pl.Date,
    "edition_to": pl.Date,
}
# fmt: off
CODES = pl.DataFrame([
    # code label  valid from        valid to          edition  answers from      answers to
    ("A1", "old", None,             D("2024-06-30"),  "first", D("2024-01-01"),  D("2024-12-31")),
    ("A2", "two", D("2024-03-01"),  None,             "first", D("2024-01-01"),  D("2024-12-31")),
    ("A2", "2nd", D("2024-03-01"),  None,             "next",  D("2025-01-01"),  None),
    ("A3", "new", D("2025-02-01"),  None,             "next",  D("2025-01-01"),  None),
], schema=SCHEMA, orient="row")

PICTURE = [
    # code  on                is known  in force  label
    ("A1",  D("2024-06-30"),  True,     True,     "old"),
    ("A1",  D("2024-07-01"),  True,     False,    None),
    ("A1",  D("2025-01-01"),  True,     False,    None),   # gone from the next edition
    ("A2",  D("2024-02-29"),  True,     False,    None),
    ("A2",  D("2024-12-31"),  True,     True,     "two"),
    ("A2",  D("2025-01-01"),  True,     True,     "2nd"),  # the words of its day
    ("A3",  D("2024-12-31"),  True,     False,    None),   # known, from a later edition
    ("A3",  D("2025-02-01"),  True,     True,     "new"),
    ("B9",  D("2025-02-01"),  False,    False,    None),
    ("A2",  D("2023-12-31"),  True,     None,     None),   # before any edition: not evaluated
    ("A2",  D("2025-01-01"),  True,     True,     "2nd"),  # asked twice
    ("A2",  None,             True,     None,     None),
]
# fmt: on


def keys_of(rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame([r[:2] for r in rows], {"code": pl.String, "on": pl.Date}, orient="row")


def test_known_and_in_force_are_told_apart() -> None:
    assert lookup(CODES, keys_of(PICTURE), ["label"]).rows() == PICTURE


def test_an_empty_set_is_not_evaluated() -> None:
    found = lookup(CODES.clear(), keys_of(PICTURE[:1]))
    assert found.select("is_known", "is_in_force").rows() == [(False, None)]


def test_a_set_keyed_by_another_column_names_it() -> None:
    renamed = CODES.rename({"code": "procedure_code"})
    found = lookup(renamed, keys_of(PICTURE), ["label"], code_column="procedure_code")
    assert found.rows() == PICTURE


def test_two_rows_of_one_code_on_one_day_are_refused() -> None:
    twice = pl.concat([CODES, CODES.filter(code="A3")])
    with pytest.raises(AmbiguousCodeError, match="code A3 has several rows on 2025-02-01"):
        lookup(twice, keys_of(PICTURE))


days = st.integers(0, 400).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
rows = st.tuples(st.sampled_from("AB"), st.none() | days, st.none() | days)


@given(st.lists(rows, max_size=3, unique_by=lambda r: r[0]), st.lists(days, min_size=1, max_size=9))
def test_lookup_equals_reading_the_rows_one_by_one(held: list[tuple], asked: list[date]) -> None:
    first = date(2024, 3, 1)
    codes = pl.DataFrame(
        [(code, code.lower(), a, b, "e", first, None) for code, a, b in held],
        schema=SCHEMA,
        orient="row",
    )
    keys = [(code, on) for code in "ABC" for on in asked]

    def slow(code: str, on: date) -> tuple:
        mine = [r for r in held if r[0] == code]
        if on < first or not held:
            return code, on, bool(mine), None
        alive = any((a is None or a <= on) and (b is None or on <= b) for _, a, b in mine)
        return code, on, bool(mine), alive

    assert lookup(codes, keys_of(keys)).rows() == [slow(*key) for key in keys]
