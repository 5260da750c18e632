"""Schemas: Pandera tells each broken rule of a typed frame, and never what the value was."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from contract_drawing import column, field, table_of

from contracts.errors import BrokenInvariantError
from contracts.fields import Kind
from contracts.schemas import broken_rules, validate

THINGS = table_of(
    column(field("code", Kind.TEXT, allowed=("alpha", "beta"))),
    column(field("zip", Kind.TEXT, pattern="^[0-9]{9}$")),
    column(field("told", Kind.TEXT, max_length=5)),
    column(field("minutes", Kind.INTEGER, minimum=0)),
    column(field("codes", Kind.LIST, allowed=("alpha", "beta"), pattern="^[a-z]+$")),
    column(field("paid_amount", Kind.MONEY), is_optional=False),
)
SOUND: dict[str, list[Any]] = {
    "id": ["1", "2"],
    "code": ["alpha", None],
    "zip": ["958140001", None],
    "told": ["short", None],
    "minutes": [0, None],
    "codes": [["alpha", "beta"], None],
    "paid_amount": [Decimal("1.50"), Decimal("-1.50")],
}
PERSONS = "QX7-PERSONAL"


def frame(**changes: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(SOUND | changes, schema=THINGS.schema)


def test_a_sound_frame_comes_back_as_it_is() -> None:
    assert broken_rules(THINGS, frame()) == {}
    assert validate(THINGS, frame()).equals(frame())
    assert broken_rules(THINGS, THINGS.empty()) == {}


BROKEN: list[tuple[dict[str, list[Any]], dict[str, int]]] = [
    ({"id": [PERSONS, PERSONS]}, {"things: DUPLICATES": 2}),
    ({"id": ["1", None]}, {"id: SERIES_CONTAINS_NULLS": 1}),
    ({"code": [PERSONS, "alpha"]}, {"code: allowed_value": 1}),
    ({"zip": [PERSONS, PERSONS]}, {"zip: pattern": 2}),
    ({"told": [PERSONS, None]}, {"told: length": 1}),
    ({"minutes": [-1, 5]}, {"minutes: greater_than_or_equal_to": 1}),
    ({"codes": [["alpha", PERSONS], None]}, {"codes: allowed_value": 1, "codes: pattern": 1}),
    ({"paid_amount": [None, None]}, {"paid_amount: SERIES_CONTAINS_NULLS": 2}),
]


@pytest.mark.parametrize(("changes", "broken"), BROKEN)
def test_each_broken_rule_is_counted_and_no_value_told(
    changes: dict[str, list[Any]], broken: dict[str, int]
) -> None:
    assert broken_rules(THINGS, frame(**changes)) == broken
    with pytest.raises(BrokenInvariantError, match="table things breaks its contract") as caught:
        validate(THINGS, frame(**changes))
    assert PERSONS not in caught.value.message
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


RESHAPED = [
    ("a column is missing", frame().drop("code"), "things: COLUMN_NOT_IN_DATAFRAME"),
    ("a column is foreign", frame().with_columns(x=1), "things: COLUMN_NOT_IN_SCHEMA"),
    ("a type is another", frame().cast({"paid_amount": pl.Float64}), "paid_amount: WRONG_DATATYPE"),
    (
        "money has other decimals",
        frame().cast({"paid_amount": pl.Decimal(12, 3)}),
        "paid_amount: WRONG_DATATYPE",
    ),
]


@pytest.mark.parametrize(("said", "reshaped", "rule"), RESHAPED)
def test_columns_and_types_are_exactly_the_tables(
    said: str, reshaped: pl.DataFrame, rule: str
) -> None:
    assert rule in broken_rules(THINGS, reshaped), said
