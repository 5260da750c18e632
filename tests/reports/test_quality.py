"""The quality card: each dimension on drawn files, and a card that fits the feeds."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from contracts.feeds import EXACT_DUPLICATES, FEEDS, QUARANTINE, facts
from reports.quality import DIMENSIONS, quality
from reports.quality_card import looked_at, status

FEED = "consents"  # its event is granted_on, signed_document_id is expected, person_id refers
KNOWN = {"people.person_id": pl.Series(["P1", "P2"])}


def received(number: int) -> datetime:
    """Files come on 10, 19 and 28 June, late in the evening of Los Angeles: the next day in UTC."""
    return datetime(2026, 6, 9 * number + 2, 6, tzinfo=UTC)


# file row person granted document; `=` for an exact duplicate of the row above of the same person,
# `!column` for a broken row, `twice` for a repeated key, `filtered` for one that the mapping leaves
DRAWN = """
1 1 P1 2026-06-01 D1
1 2 P2 2026-06-05 -
1 3 !granted_on
1 4 !granted_on
1 5 !person_id
1 6 filtered
2 1 P1 =
2 2 P9 2026-06-16 D3
2 3 twice
3 1 P2 2026-06-27 D4
3 2 P1 2026-06-26 D5
"""


def frames(drawing: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rows: dict[str, list[dict[str, Any]]] = {"facts": [], "again": [], "quarantine": []}
    last: dict[str, str] = {}
    for line in drawing.strip().splitlines():
        number, row, said, *rest = line.split()
        at = {"file_id": f"f{number}", "row_number": int(row), "received_at": received(int(number))}
        broken = {"feed": FEED, "rule": "format", "reason": "", "remedy": "", "row_text": "{}"}
        if said.startswith("!"):
            rows["quarantine"] += [at | broken | {"column_name": said[1:]}]
        elif said in ("twice", "filtered"):
            rule = "key_repeated_in_file" if said == "twice" else said
            rows["quarantine"] += [at | broken | {"column_name": "consent_id", "rule": rule}]
        elif rest == ["="]:
            rows["again"] += [at | {"feed": FEED, "row_hash": last[said]}]
        else:
            last[said] = line
            document = None if rest[1] == "-" else rest[1]
            values = {"person_id": said, "granted_on": date.fromisoformat(rest[0])}
            rows["facts"] += [at | values | {"row_hash": line, "signed_document_id": document}]
    kept = ["file_id", "row_number", "received_at", "row_hash", *looked_at(FEED).columns]
    return (
        facts(FEED).conform(pl.DataFrame(rows["facts"])).select(kept),
        pl.DataFrame(rows["again"], EXACT_DUPLICATES.schema),
        pl.DataFrame(rows["quarantine"], QUARANTINE.schema),
    )


def card(*, is_snapshot: bool = False) -> pl.DataFrame:
    taken = pl.DataFrame({"file_id": ["f1", "f2", "f3"], "received_at": map(received, (1, 2, 3))})
    return quality(
        FEED, taken.cast({"received_at": pl.Datetime("us", "UTC")}), *frames(DRAWN), KNOWN,
        is_snapshot=is_snapshot,
    )  # fmt: skip


# For each file in order: counted of, value, grade, trend, worst.
EXPECTED = {
    "timely": [  # 9 and 5 days; the duplicate's 18 and 3; 1 and 2
        (2, 2, 7.0, "A", None, None),
        (2, 2, 10.5, "B", "worse", None),
        (2, 2, 1.5, "A", "better", None),
    ],
    "complete": [  # the document of row 2 is missing
        (1, 2, 0.5, "F", None, "signed_document_id"),
        (2, 2, 1.0, "A", "better", None),
        (2, 2, 1.0, "A", "same", None),
    ],
    "valid": [  # three of five rows are broken; the one left out is none
        (2, 5, 0.4, "F", None, "granted_on"),
        (3, 3, 1.0, "A", "better", None),
        (2, 2, 1.0, "A", "same", None),
    ],
    "unique": [  # of three valid rows one was known and one stands twice
        (2, 2, 1.0, "A", None, None),
        (1, 3, 0.3333, "F", "worse", None),
        (2, 2, 1.0, "A", "better", None),
    ],
    "consistent": [  # nobody has sent P9
        (2, 2, 1.0, "A", None, None),
        (1, 2, 0.5, "F", "worse", "person_id"),
        (2, 2, 1.0, "A", "better", None),
    ],
}


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_each_dimension(dimension: str) -> None:
    told = card().filter(dimension=dimension)
    columns = ["counted", "of", "value", "grade", "trend", "worst"]
    assert told.select(columns).rows() == EXPECTED[dimension]


def test_what_a_snapshot_repeats_is_not_held_against_it() -> None:
    told = card(is_snapshot=True).filter(dimension="unique")
    assert told.select("counted", "of").rows() == [(2, 2), (2, 3), (2, 2)]


def test_a_file_without_sound_rows_has_a_card_of_what_can_be_told() -> None:
    taken = pl.DataFrame({"file_id": ["f1"], "received_at": [received(1)]})
    none, again, quarantine = (frame.clear() for frame in frames(DRAWN))
    broken = frames(DRAWN)[2].filter(row_number=3, file_id="f1")
    told = quality(
        FEED, taken.cast({"received_at": pl.Datetime("us", "UTC")}), none, again,
        pl.concat([quarantine, broken]), KNOWN, is_snapshot=False,
    )  # fmt: skip
    assert told.select("dimension", "value", "grade").rows() == [
        ("timely", None, None), ("complete", None, None), ("valid", 0.0, "F"),
        ("unique", None, None), ("consistent", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("feed", FEEDS)
def test_the_card_looks_at_columns_that_there_are(feed: str) -> None:
    looked, table = looked_at(feed), FEEDS[feed]
    assert set(looked.columns) <= set(table.names)
    assert all(table.column(name).is_optional for name in looked.expected)
    for name, places in looked.references.items():
        for place in places:
            other, _, column = place.partition(".")
            assert FEEDS[other].column(column).dtype == table.column(name).dtype == pl.String


def test_the_grades_are_no_payers() -> None:
    assert status() == "illustrative"
