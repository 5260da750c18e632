"""Which values of the feeds are cleaned for X12, told by feed, row and column, never by value."""

from claim_county import BILLING, FACILITY, PERSON, feed

from contracts.feeds import FEEDS
from pipelines.stages.claims.cleanings import CLEANED, CLEANING, text_cleanings

PLAIN = PERSON | {"first_name": "Ana"}


def test_each_cleaned_value_is_told_by_its_row_and_column() -> None:
    facts = {name: FEEDS[name].empty() for name in CLEANED}
    facts |= {
        "people": feed(
            "people",
            PLAIN | {"last_name": "O\u2019Bri\u00e9n", "city": "Sacra\tmento"},
            PLAIN | {"person_id": "P2", "last_name": "\u0418\u0432\u0430\u043d"},
        ),
        "facilities": feed("facilities", FACILITY | {"name": "Main*Jail"}),
        "billing_providers": feed("billing_providers", BILLING),
    }
    assert text_cleanings(facts).rows() == [
        ("facilities", "MAIN", "name", ["delimiters_blanked"], True),
        ("people", "P1", "city", ["controls_blanked"], True),
        ("people", "P1", "last_name", ["letters_folded", "accents_removed"], True),
        ("people", "P2", "last_name", [], False),
    ]


def test_the_columns_it_looks_at_are_the_feeds_own() -> None:
    for name, columns in CLEANED.items():
        assert set(columns) <= set(FEEDS[name].names), name


def test_nothing_cleaned_is_an_empty_list() -> None:
    facts = {name: FEEDS[name].empty() for name in CLEANED}
    assert text_cleanings(facts).schema == CLEANING
