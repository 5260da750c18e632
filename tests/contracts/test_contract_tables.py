"""Fields and tables: how a declaration of words becomes columns, keys, types and privacy."""

import polars as pl
import pytest
from contract_drawing import column, field, table_of

from contracts.derived import DERIVED
from contracts.feeds import FEEDS, QUARANTINE, RECEIVED, facts
from contracts.fields import INSTANT, MONEY, Kind, Privacy, field_of, vocabulary
from contracts.tables import Table, table

KINDS = [
    # name, kind, and what says so
    ("filled_on", Kind.DATE),  # _on
    ("signed_at", Kind.TIMESTAMP),  # _at
    ("charge_amount", Kind.MONEY),  # _amount
    ("is_epsdt", Kind.FLAG),  # is_
    ("declined", Kind.FLAG),  # said in the vocabulary
    ("service_date", Kind.DATE),
    ("units", Kind.QUANTITY),
    ("days_left", Kind.INTEGER),
    ("procedure_code", Kind.TEXT),  # codes are text
    ("county_code", Kind.TEXT),
    ("line_number", Kind.INTEGER),
    ("authorization_number", Kind.TEXT),
    ("diagnosis_codes", Kind.LIST),
]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_columns_kind_follows_from_its_name_or_is_said(name: str, kind: Kind) -> None:
    assert field_of("encounters", name).kind is kind


def test_a_table_may_give_a_column_its_own_meaning() -> None:
    assert field_of("screenings", "outcome").allowed == ("meets", "does_not_meet", "incomplete")
    assert field_of("other_payer_payments", "outcome").allowed == ()
    assert field_of("facilities", "zip").pattern == "^[0-9]{9}$"
    assert field_of("people", "zip").pattern is None


def test_a_column_nobody_has_described_is_refused() -> None:
    with pytest.raises(KeyError, match="shoe_size"):
        table("people", "Persons.", "*person_id shoe_size?")


def test_a_declaration_is_its_words() -> None:
    drawn = table("fills", "Fills.", "*fill_id *line_number? filled_on paid_amount? modifiers?")
    assert [(c.name, c.is_key, c.is_optional) for c in drawn.columns] == [
        ("fill_id", True, False),
        ("line_number", True, True),
        ("filled_on", False, False),
        ("paid_amount", False, True),
        ("modifiers", False, True),
    ]
    assert drawn.key == ["fill_id", "line_number"]
    assert drawn.schema == {
        "fill_id": pl.String,
        "line_number": pl.Int64,
        "filled_on": pl.Date,
        "paid_amount": MONEY,
        "modifiers": pl.List(pl.String),
    }
    assert drawn.empty().shape == (0, 5)
    assert drawn.of_privacy(Privacy.IDENTIFIER) == ["fill_id"]


def test_conform_orders_casts_and_fills() -> None:
    things = table_of(column(field("units", Kind.INTEGER)), column(field("paid", Kind.MONEY)))
    frame = pl.DataFrame({"other": ["x"], "units": pl.Series([2], dtype=pl.Int32), "id": ["a"]})
    assert things.conform(frame).rows() == [("a", 2, None)]
    assert things.conform(frame).schema == things.schema


@pytest.mark.parametrize("feed", FEEDS)
def test_facts_are_the_feed_with_its_origin(feed: str) -> None:
    kept = facts(feed)
    assert kept.name == f"{feed}_facts"
    assert kept.names[:5] == ["file_id", "row_number", "received_at", "row_hash", "mapping_hash"]
    assert kept.names[5:-2] == FEEDS[feed].names
    assert kept.names[-2:] == ["record_status", "source_updated_at"]
    assert kept.key == ["file_id", "row_number"]
    assert kept.schema["received_at"] == INSTANT


def test_a_row_may_be_quarantined_for_several_rules() -> None:
    assert QUARANTINE.key == ["file_id", "row_number", "column_name", "rule"]


@pytest.mark.parametrize("declared", [*RECEIVED.values(), *DERIVED.values()], ids=lambda t: t.name)
def test_every_table_has_a_key_a_meaning_and_each_column_once(declared: Table) -> None:
    assert declared.key
    assert declared.meaning.endswith(".")
    assert len(set(declared.names)) == len(declared.names)


@pytest.mark.parametrize("key", vocabulary())
def test_a_field_says_something_that_can_be_held(key: str) -> None:
    told = vocabulary()[key]
    assert told.meaning.endswith("."), key
    of_texts = told.kind in (Kind.TEXT, Kind.LIST)
    assert of_texts or not (told.allowed or told.pattern or told.max_length), key
    assert told.minimum is None or told.kind in (Kind.INTEGER, Kind.MONEY, Kind.QUANTITY), key
