"""What rows of a feed must hold across columns: a row that does not is told by column and rule."""

import polars as pl
import pytest

from contracts.feeds import FEEDS
from contracts.parsing import parse

STAY = {
    "stay_id": "s1", "person_id": "p1", "facility_id": "f1", "booking_number": "b1",
    "booked_at": "2026-01-05T22:30", "release_certainty": "known",
}  # fmt: skip
ACTIVATION = {
    "activation_id": "a1", "person_id": "p1", "aid_code": "J1", "activated_on": "2026-01-10",
}  # fmt: skip
CASES = [
    ("custody_stays", STAY | {"released_at": "2026-01-05T22:30"}, []),
    ("custody_stays", STAY | {"released_at": "2026-01-05T22:29"}, [("released_at", "range")]),
    ("ji_activations", ACTIVATION | {"deactivated_on": ""}, []),
    ("ji_activations", ACTIVATION | {"deactivated_on": "2026-01-10"}, []),
    (
        "ji_activations",
        ACTIVATION | {"deactivated_on": "2026-01-09"},
        [("deactivated_on", "range")],
    ),
]


@pytest.mark.parametrize(("feed", "row", "broken"), CASES)
def test_a_row_that_contradicts_itself_is_told_by_column(
    feed: str, row: dict[str, str], broken: list[tuple[str, str]]
) -> None:
    parsed = parse(FEEDS[feed], pl.DataFrame([{"row_number": 1, **row}]))
    assert parsed.failures.select("column_name", "rule").rows() == broken
    assert parsed.rows.height == (not broken)
