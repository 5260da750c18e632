"""Responses (278) as authorizations, and which orders are asked about: pictures beside rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn, feed

from contracts.derived import DERIVED
from contracts.feeds import AUTHORIZATION_ANSWERS, FEEDS, facts
from pipelines.stages.authorizations.answered import is_whole, rows_of, with_answers
from pipelines.stages.authorizations.asking import askable
from pipelines.x12.authorization_request import REQUESTS

ORDER = {"order_id": "o1", "person_id": "p1", "stay_id": "s1", "order_type": "dme",
         "procedure_code": "E0143", "units": Decimal(2), "ordered_by_npi": "1234567893",
         "ordered_on": date(2026, 4, 1), "order_status": "active",
         "continue_at_release": True}  # fmt: skip
PEOPLE = feed("people", {"person_id": "p1", "cin": "90000000A", "last_name": "DOE",
                         "first_name": "JO", "birth_date": date(1990, 1, 31), "sex": "F"},
              {"person_id": "p2", "cin": "90000001A", "last_name": "ROE", "first_name": "AL",
               "birth_date": date(1991, 1, 31), "sex": "M"})  # fmt: skip
ALIASES = FEEDS["cin_aliases"].empty()
ASKED = pl.DataFrame(
    {"trace_number": ["T1"], "order_id": ["o1"], "person_id": ["p1"],
     "asked_on": [date(2026, 4, 2)]}
)  # fmt: skip
STANDING = {
    "trace_number": "T1", "outcome": "approved", "authorization_number": "12345678901",
    "service_ordinal": 1, "units": Decimal(2), "starts_on": date(2026, 4, 5),
    "ends_on": date(2026, 7, 5), "decided_on": date(2026, 4, 4), "file_id": "f1", "row_number": 1,
}  # fmt: skip


def answers(*changes: dict[str, Any]) -> pl.DataFrame:
    rows = [
        STANDING
        | {"segment_ordinal": n, "received_at": datetime(2026, 4, 4, n, tzinfo=UTC)}
        | change
        for n, change in enumerate(changes, start=1)
    ]
    return AUTHORIZATION_ANSWERS.conform(pl.DataFrame(rows, infer_schema_length=None))


def said(*changes: dict[str, Any], order: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    orders = feed("orders", ORDER | (order or {}))
    return rows_of(answers(*changes), ASKED, orders, PEOPLE, ALIASES).to_dicts()


def test_what_a_response_leaves_out_is_the_orders() -> None:
    (one,) = said({})
    assert {name: one[name] for name in FEEDS["authorizations"].names if one.get(name)} == {
        "authorization_number": "12345678901",
        "line_number": 1,
        "authorization_type": "TAR",
        "person_id": "p1",
        "procedure_code": "E0143",
        "starts_on": date(2026, 4, 5),
        "ends_on": date(2026, 7, 5),
        "units_requested": Decimal(2),
        "units_approved": Decimal(2),
        "decision": "approved",
        "requested_on": date(2026, 4, 2),
        "decided_on": date(2026, 4, 4),
        "requesting_npi": "1234567893",
        "order_id": "o1",
        "trace_number": "T1",
    }


def test_the_newest_response_to_a_request_counts() -> None:
    (one,) = said(
        {"outcome": "pending", "authorization_number": None, "administrative_number": "P1"}, {}
    )
    assert (one["decision"], one["authorization_number"]) == ("approved", "12345678901")


WHOLE = [
    # of the response                               of the order   | is an authorization
    ({}, {}, True),
    ({"outcome": "rejected"}, {}, False),
    ({"outcome": "not_needed"}, {}, False),
    ({"ends_on": None}, {}, False),
    ({"ends_on": None}, {"ends_on": date(2026, 6, 1)}, True),
    ({"ends_on": None, "outcome": "pending"}, {}, True),
    ({"starts_on": None, "ends_on": None, "outcome": "denied"}, {}, True),
    ({"units": None}, {"units": None}, False),
    ({"trace_number": "THEIRS", "cin": "90000001A"}, {}, True),
    ({"trace_number": "THEIRS", "cin": "90000009A"}, {}, False),
    ({"trace_number": "THEIRS", "cin": "90000001A", "ends_on": None}, {}, False),
]


@pytest.mark.parametrize(("change", "order", "whole"), WHOLE)
def test_nothing_is_guessed(change: dict[str, Any], order: dict[str, Any], *, whole: bool) -> None:
    told = pl.DataFrame(said(change, order=order), infer_schema_length=None)
    schema = {name: facts("authorizations").schema[name] for name in
              ("person_id", "starts_on", "ends_on", "units_requested")}  # fmt: skip
    assert told.cast(schema).select(is_whole()).item() == whole


def test_the_later_word_holds_whether_fed_or_answered() -> None:
    fed = facts("authorizations").conform(
        pl.DataFrame(
            [{"authorization_number": "12345678901", "line_number": 1, "decision": "denied",
              "received_at": datetime(2026, 4, 4, hour, tzinfo=UTC)} for hour in (0,)]
        )
    )  # fmt: skip
    orders = feed("orders", ORDER)
    newer = with_answers(fed, answers({}), ASKED, orders, PEOPLE, ALIASES)
    assert newer["decision"].to_list() == ["approved"]
    later = fed.with_columns(received_at=pl.lit(datetime(2026, 4, 5, tzinfo=UTC)))
    older = with_answers(later, answers({}), ASKED, orders, PEOPLE, ALIASES)
    assert older["decision"].to_list() == ["denied"]


# --- asking ---------------------------------------------------------------------------------------

NEEDED = """
    order_id | reason
    o1       | never_asked
    o2       | never_asked
    o3       | refused
    o4       | need_unset
"""


def asked(requests: str = "", outcomes: str = "") -> pl.DataFrame:
    shared = ORDER | {"starts_on": None, "ends_on": None, "modifiers": ["NU"], "is_part_2": False,
                      "diagnosis_codes": ["m62.81"], "waiting_count": 0, "amount": None,
                      "deadline_on": None}  # fmt: skip
    rows = pl.DataFrame([shared | row for row in drawn(NEEDED)])
    wanted = DERIVED["authorizations_needed"].conform(rows)
    known = pl.DataFrame(drawn(requests) if requests else {"order_id": [], "trace_number": []},
                         schema={"order_id": pl.String, "trace_number": pl.String})  # fmt: skip
    told = pl.DataFrame(drawn(outcomes) if outcomes else {"trace_number": [], "outcome": []},
                        schema={"trace_number": pl.String, "outcome": pl.String})  # fmt: skip
    providers = feed("providers", {"staff_id": "st1", "npi": "1234567893", "first_name": "Ann",
                                   "last_name_or_organization": "Lee"})  # fmt: skip
    return askable(wanted, known, told, PEOPLE, providers, "09")


ASKING = [
    ("", "", ["o1", "o2"]),
    ("order_id | trace_number\no1 | T1", "", ["o2"]),
    ("order_id | trace_number\no1 | T1", "trace_number | outcome\nT1 | pending", ["o2"]),
    ("order_id | trace_number\no1 | T1", "trace_number | outcome\nT1 | rejected", ["o1", "o2"]),
    ("order_id | trace_number\no1 | T1\no1 | T2", "trace_number | outcome\nT1 | rejected", ["o2"]),
]


@pytest.mark.parametrize(("requests", "outcomes", "orders"), ASKING)
def test_each_order_is_asked_for_once_until_its_request_is_taken_up(
    requests: str, outcomes: str, orders: list[str]
) -> None:
    assert asked(requests, outcomes)["order_id"].to_list() == orders


def test_a_request_says_what_x12_wants() -> None:
    first = asked().select(list(REQUESTS))
    assert first.schema == REQUESTS
    assert first.row(0, named=True) == {
        "trace_number": None,
        "cin": "90000000A",
        "last_name": "DOE",
        "first_name": "JO",
        "birth_date": "19900131",
        "sex": "F",
        "procedure_code": "E0143",
        "units": "2",
        "starts_on": "20260401",
        "ends_on": None,
        "place_of_service": "09",
        "requesting_npi": "1234567893",
        "requesting_name": "Ann Lee",
        "modifiers": ["NU"],
        "diagnosis_codes": ["M6281"],
    }
