"""Disputes: what each waits for and until when, drawn; what may be decided of a denial on a day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn, policy

from contracts.derived import DERIVED
from contracts.disputes import CLOSED, EVENTS, MOVES, STATES
from contracts.fields import INSTANT, MONEY
from pipelines.stages.decisions.decidable import decidable
from pipelines.stages.denials.disputes import open_claims, standing

AS_OF = date(2026, 6, 30)
AT = datetime(2026, 5, 1, 18, tzinfo=UTC)
DISPUTES = {
    "dispute_id": pl.String, "denial_id": pl.String, "claim_id": pl.String,
    "submission_id": pl.String, "line_ordinal": pl.Int64, "kind": pl.String,
    "amount": MONEY, "remitted_on": pl.Date, "deadline_on": pl.Date, "recorded_at": INSTANT,
}  # fmt: skip
EVENT = {
    "dispute_id": pl.String, "recorded_at": INSTANT, "event": pl.String, "occurred_on": pl.Date,
    "reference": pl.String,
}  # fmt: skip
# Sent on these days; 15 days to acknowledge, 45 to decide, 30 more.
PICTURE = """
id | kind    | events                                 | state        | awaits          | due
a  | appeal  |                                        | opened       | sending         | 2026-08-13
b  | appeal  | sent 06-20                             | sent         | acknowledgement | 2026-07-05
c  | appeal  | sent 06-01, acknowledged 06-10         | acknowledged | decision        | 2026-07-16
d  | appeal  | sent 05-01, acknowledged 05-10         | acknowledged | decision        | 2026-07-15
e  | appeal  | sent 05-01, answered 05-20             | answered     | documents       |
f  | appeal  | sent 05-01, answered 05-20, sent 06-29 | sent         | acknowledgement | 2026-07-14
g  | inquiry | sent 06-20                             | sent         | answer          |
j  | inquiry | sent 06-01, acknowledged 06-10         | acknowledged | answer          |
h  | appeal  | sent 05-01, upheld 06-01               | upheld       |                 |
i  | inquiry | withdrawn 06-01                        | withdrawn    |                 |
"""


def disputes(picture: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    opened, moved = [], []
    for row in drawn(picture):
        told = {"dispute_id": row["id"], "denial_id": f"d-{row['id']}", "kind": row["kind"],
                "claim_id": row.get("claim") or f"c-{row['id']}", "amount": Decimal(10),
                "submission_id": f"s-{row['id']}", "line_ordinal": 1,
                "remitted_on": date(2026, 5, 15), "deadline_on": date(2026, 8, 13),
                "recorded_at": AT}  # fmt: skip
        opened.append(told)
        for one in (row.get("events") or "").split(", "):
            if one:
                event, day = one.split(" ")
                moved.append({"dispute_id": row["id"], "recorded_at": AT, "event": event,
                              "occurred_on": date.fromisoformat(f"2026-{day}")})  # fmt: skip
    return pl.DataFrame(opened, schema=DISPUTES), pl.DataFrame(moved, schema=EVENT)


def test_each_waits_for_its_own_until_its_day() -> None:
    told = standing(*disputes(PICTURE), policy(), AS_OF)
    found = [
        (row["dispute_id"], row["state"], row["awaits"], row["due_on"] and str(row["due_on"]))
        for row in told.to_dicts()
    ]
    rows = drawn(PICTURE)
    assert found == [(r["id"], r["state"], r["awaits"], r["due"]) for r in rows]


def test_a_clock_that_policy_has_not_is_no_day() -> None:
    unset = policy(appeal__acknowledge_days=None, appeal__extend_days=None)
    told = standing(*disputes(PICTURE), unset, AS_OF)
    due = dict(told.select("dispute_id", "due_on").rows())
    assert due["b"] is None
    assert (due["c"], due["d"]) == (date(2026, 7, 16), None)


def test_a_claim_has_what_is_open_about_it_an_appeal_first() -> None:
    told = open_claims(
        *disputes("""
        id | claim | kind    | events
        a  | one   | inquiry | sent 06-01
        b  | one   | appeal  |
        c  | two   | inquiry | sent 06-01, overturned 06-20
        d  | three | inquiry |
        """)
    )
    assert sorted(told.rows()) == [("one", "appeal"), ("three", "inquiry")]


def test_every_state_can_be_reached_and_what_is_closed_stays_so() -> None:
    assert {event for events in MOVES.values() for event in events} == set(EVENTS)
    assert set(MOVES) == set(STATES)
    assert all(MOVES[state] == () for state in CLOSED)


BARS = """
remitted   | route       | disputed | changes                | appeal | inquiry
2026-05-15 | correct     |          |                        |        |
2026-05-15 | appeal_ncci |          |                        |        | appeal_only
2026-05-15 | correct     | yes      |                        |        |
2026-04-01 | correct     |          |                        |        |
2026-03-31 | correct     |          |                        | passed |
2025-12-29 | correct     |          |                        | passed | passed
2025-12-30 | correct     |          |                        | passed |
2026-05-15 | correct     |          | appeal__days           | unset  |
2026-05-15 | correct     |          | claim_inquiry__months  |        | unset
           | correct     |          |                        | unset  | unset
"""


@pytest.mark.parametrize("row", drawn(BARS), ids=str)
def test_a_denial_is_argued_while_there_is_a_day_left(row: Any) -> None:
    denials = DERIVED["denials"].conform(
        pl.DataFrame([{"denial_id": "d-a", "route": row["route"], "source_system": "main",
                       "encounter_id": "E1", "line_number": 1, "amount": Decimal(10),
                       "submission_id": "s-a", "line_ordinal": 1,
                       "remitted_on": row["remitted"] and date.fromisoformat(row["remitted"])}])
    )  # fmt: skip
    opened, moved = disputes("id | kind\na | appeal")
    held = opened if row["disputed"] else opened.clear()
    changes = {row["changes"]: None} if row["changes"] else {}
    rules = policy(**changes)
    versions = pl.DataFrame({"subject_id": ["main/E1/1"], "seen_version": ["v1"]})
    told = decidable(denials, standing(held, moved, rules, AS_OF), versions, rules, AS_OF)
    (found,) = told.to_dicts()
    assert (found["appeal_bar"], found["inquiry_bar"]) == (row["appeal"], row["inquiry"])
    assert found["is_disputed"] == found["is_line_disputed"] == bool(row["disputed"])
    assert (found["line_subject_id"], found["line_version"]) == ("main/E1/1", "v1")
