"""Receivables: accounts drawn beside the sums, rates and weeks that they give."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import drawn

from contracts.derived import DERIVED
from pipelines.stages.receivables.aging import aging, by_month, in_effect, placed, totals
from pipelines.stages.receivables.outlook import at_risk, cash
from pipelines.stages.receivables.rates import denial_rates, rates

AS_OF = date(2026, 6, 30)
# claim, facility, day of service, sent, days until the remittance, what became of the dollars
BOOK = """
    claim | place | served     | sent       | remitted   | state       | charge | paid  | adjusted | denied | open  | expected
    A     | f1    | 2026-04-10 | 2026-05-01 | 2026-05-15 | paid        | 100.00 | 80.00 | 20.00    | 0      | 0     | 80.00
    B     | f1    | 2026-04-11 | 2026-05-01 | 2026-05-21 | denied      | 50.00  | 0     | 0        | 50.00  | 0     | 40.00
    C     | f2    | 2026-05-02 | 2026-05-31 |            | accepted    | 70.00  | 0     | 0        | 0      | 70.00 | 60.00
    D     | f2    | 2026-05-03 | 2026-05-30 |            | sent        | 30.00  | 0     | 0        | 0      | 30.00 |
    E     | f2    | 2025-12-03 | 2026-01-15 |            | pended      | 10.00  | 0     | 0        | 0      | 10.00 | 5.00
    F     | f2    | 2026-05-03 |            |            | written     | 20.00  | 0     | 0        | 0      | 20.00 | 20.00
"""  # noqa: E501 - a table is read in rows
MONEY = ("charge", "paid", "adjusted", "denied", "open", "expected")


def rows() -> list[dict[str, Any]]:
    return [
        {f"{name}_amount": Decimal(row[name]) if row[name] else None for name in MONEY}
        | {"claim_id": row["claim"], "submission_id": row["claim"], "line_ordinal": 1,
           "facility_id": row["place"], "state": row["state"], "is_in_effect": True,
           "source_system": "main", "encounter_id": row["claim"], "line_number": 1,
           "recovered_amount": Decimal(0), "submission_number": 1,
           "service_date": date.fromisoformat(row["served"]),
           "sent_on": row["sent"] and date.fromisoformat(row["sent"]),
           "remitted_on": row["remitted"] and date.fromisoformat(row["remitted"])}
        for row in drawn(BOOK)
    ]  # fmt: skip


STATES = DERIVED["submission_states"].conform(pl.DataFrame(rows(), infer_schema_length=None))


def lines() -> pl.DataFrame:
    frame = pl.DataFrame(rows(), infer_schema_length=None)
    out_of_effect = frame.head(1).with_columns(submission_id=pl.lit("Z"), is_in_effect=False)
    accounts = DERIVED["line_accounts"].conform(pl.concat([frame, out_of_effect]))
    services = DERIVED["service_lines"].conform(frame)
    return in_effect(placed(accounts, services, DERIVED["claims"].empty()), STATES, AS_OF)


def test_a_bundle_has_the_facility_and_day_of_its_claim() -> None:
    frame = pl.DataFrame(rows(), infer_schema_length=None).head(1)
    accounts = DERIVED["line_accounts"].conform(frame.with_columns(facility_id=None))
    claims = DERIVED["claims"].conform(
        pl.DataFrame(
            [{"claim_id": "A", "facility_id": "f9", "service_date": date(2026, 3, 31)}]
        )
    )  # fmt: skip
    found = in_effect(placed(accounts, DERIVED["service_lines"].empty(), claims), STATES, AS_OF)
    assert found.select("facility_id", "service_month").rows() == [("f9", "2026-03")]


def test_the_totals_are_of_lines_in_effect_and_add_up() -> None:
    found = totals(lines()).to_dicts()
    assert [row["facility_id"] for row in found] == [None, "f1", "f2"]
    every, *places = found
    assert every["charge_amount"] == Decimal("280.00")
    for row in found:
        parts = ("paid", "adjusted", "denied", "open")
        assert row["charge_amount"] == sum(row[f"{name}_amount"] for name in parts)
    for name in MONEY[:5]:
        assert every[f"{name}_amount"] == sum(row[f"{name}_amount"] for row in places)


def test_every_class_of_age_has_its_row() -> None:
    found = {row["days_out"]: (row["line_count"], row["open_amount"]) for row in
             aging(lines()).to_dicts()}  # fmt: skip
    assert found == {
        "0 to 30": (1, Decimal("70.00")),  # sent 30 days ago
        "31 to 60": (3, Decimal("30.00")),  # 31 and 60 days ago
        "61 to 90": (0, Decimal("0.00")),
        "91 to 120": (0, Decimal("0.00")),
        "over 120": (1, Decimal("10.00")),
        "not sent": (1, Decimal("20.00")),
    }


def test_months_are_those_of_service() -> None:
    found = by_month(lines()).select("service_month", "charge_amount").rows()
    assert found == [
        ("2025-12", Decimal("10.00")),
        ("2026-04", Decimal("150.00")),
        ("2026-05", Decimal("120.00")),
    ]


APPEALS = pl.DataFrame(
    [("appeal", "overturned"), ("appeal", "upheld"), ("appeal", "upheld"), ("appeal", "sent"),
     ("appeal", "withdrawn"), ("inquiry", "overturned")],
    schema={"kind": pl.String, "state": pl.String}, orient="row",
)  # fmt: skip


def measured(states: pl.DataFrame = STATES) -> dict[str, float | None]:
    return dict(rates(lines(), states, AS_OF, APPEALS).select("measure", "value").rows())


def test_rates_by_hand() -> None:
    found = measured()
    assert found == {
        "net_collection": pytest.approx(80 / 130),
        "first_pass": pytest.approx(1 / 2),
        "initial_denial_zero_pay": pytest.approx(1 / 2),
        "denial": pytest.approx(50 / 150),
        "denials_overturned_by_appeal": pytest.approx(1 / 3),
        "aged_over_90": pytest.approx(10 / 130),
        # 130 open; charged in the last 90 days (from 2 April): 100 + 50 + 70 + 30
        "days_in_receivables": pytest.approx(130 / (250 / 90)),
        "days_to_pay": 17.0,
    }


def test_denied_dollars_by_facility_and_category_of_what_was_charged() -> None:
    settled = lines().filter(pl.col("remitted_on").is_not_null())
    first = settled.filter(pl.col("denied_amount") > 0).row(0, named=True)
    denied = pl.DataFrame(
        [{"submission_id": first["submission_id"], "line_ordinal": first["line_ordinal"],
          "category": "timely_filing", "amount": first["denied_amount"],
          "facility_id": first["facility_id"]},
         {"submission_id": "gone", "line_ordinal": 1, "category": "timely_filing",
          "amount": Decimal("5.00"), "facility_id": None}]
    )  # fmt: skip
    found = denial_rates(lines(), denied).rows()
    everywhere = settled["charge_amount"].sum()
    there = settled.filter(facility_id=first["facility_id"])["charge_amount"].sum()
    amount = first["denied_amount"]
    whole = amount + 5  # of no facility any more: counted in all alone
    assert found == [
        (None, "timely_filing", whole, everywhere, pytest.approx(float(whole / everywhere))),
        (first["facility_id"], "timely_filing", amount, there,
         pytest.approx(float(amount / there))),
    ]  # fmt: skip


def test_a_first_submission_that_was_rejected_did_not_pass() -> None:
    state = pl.when(pl.col("claim_id") == "C").then(pl.lit("rejected")).otherwise("state")
    found = measured(STATES.with_columns(state=state))
    assert found["first_pass"] == pytest.approx(1 / 3)
    assert found["initial_denial_zero_pay"] == pytest.approx(1 / 2)


def test_where_nothing_is_settled_there_is_no_rate() -> None:
    none = lines().clear()
    found = dict(
        rates(none, STATES.clear(), AS_OF, APPEALS.clear()).select("measure", "value").rows()
    )
    assert set(found.values()) == {None}


def test_cash_comes_when_the_payer_usually_pays_and_what_is_late_this_week() -> None:
    found = cash(lines(), 30.4, AS_OF).rows()
    # C sent 31 May comes on 30 June, the week of the 29th; D and E are due before today.
    assert found == [(date(2026, 6, 29), 3, Decimal("65.00"), 1)]
    later = cash(lines(), 45.0, AS_OF).rows()
    assert later == [
        (date(2026, 6, 29), 1, Decimal("5.00"), 0),
        (date(2026, 7, 13), 2, Decimal("60.00"), 1),
    ]


def test_without_a_payment_yet_no_week_is_guessed() -> None:
    assert cash(lines(), None, AS_OF).rows() == [(None, 3, Decimal("65.00"), 1)]


RISK = """
    action   | deadline   | charge
    new      | 2026-06-29 | 10.00
    new      | 2026-06-30 | 20.00
    resubmit | 2026-07-07 | 30.00
    hold     | 2026-07-08 | 40.00
    hold     | 2026-09-28 | 50.00
    hold     | 2026-09-29 | 60.00
    nothing  | 2026-07-01 | 99.00
    hold     |            | 99.00
"""


def test_what_a_deadline_ends_by_how_soon() -> None:
    plan = DERIVED["plan"].conform(
        pl.DataFrame([
            {"claim_id": str(n), "action": row["action"], "charge_amount": Decimal(row["charge"]),
             "deadline_on": row["deadline"] and date.fromisoformat(row["deadline"])}
            for n, row in enumerate(drawn(RISK))
        ], infer_schema_length=None)
    )  # fmt: skip
    denied = DERIVED["denials"].conform(
        pl.DataFrame([{"amount": Decimal("5.00"), "deadline_on": date(2026, 7, 31)}])
    )
    found = {(row["kind"], row["due"]): row["charge_amount"] for row in
             at_risk(plan, denied, AS_OF).to_dicts() if row["count"]}  # fmt: skip
    assert found == {
        ("to send", "passed"): Decimal("10.00"),
        ("to send", "7 days"): Decimal("50.00"),
        ("held", "30 days"): Decimal("40.00"),
        ("held", "90 days"): Decimal("50.00"),
        ("held", "later"): Decimal("60.00"),
        ("denied", "60 days"): Decimal("5.00"),
    }
