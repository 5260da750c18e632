"""Billing: measures tell what `reentry receivables` tells of the same frames, split as asked."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import billed_county as county
import measured_county
import polars as pl
import pytest

from contracts.policy import Policy, shipped_text
from pipelines.stages.receivables.aging import AGES, NOT_SENT, aging, by_month, totals
from pipelines.stages.receivables.outlook import at_risk
from pipelines.stages.receivables.rates import denial_rates, rates
from pipelines.stages.receivables.terms import DAYS_AVERAGED
from reports.measure import BILLING, definition, measures, parameters
from reports.measuring import measure

ALWAYS = {"starts_on": date(2025, 1, 1), "trend_from": date(2025, 1, 1)}
OF_BILLING = [name for name in measures() if definition(name).population == BILLING]


@cache
def counted() -> pl.DataFrame:
    """Of all that was ever sent."""
    asked = parameters(OF_BILLING, Policy(shipped_text()), county.AS_OF)
    told = measured_county.PARAMETERS | asked | ALWAYS
    return measure(OF_BILLING, measured_county.facts(), told)


def figure(name: str, part: str, stratum: str = "all", value: str = "") -> dict[str, Any]:
    return (
        counted().filter(measure=name, part=part, stratum=stratum, value=value).row(0, named=True)
    )


def split(name: str, part: str, stratum: str) -> dict[str, Any]:
    rows = counted().filter(measure=name, part=part, stratum=stratum)
    return dict(rows.select("value", "amount").iter_rows())


def lines() -> pl.DataFrame:
    return county.lines(measured_county.facts()["service_lines"])


def of_command() -> dict[str, dict[str, Any]]:
    told = rates(lines(), county.states(), county.AS_OF, county.disputes())
    return {row["measure"]: row for row in told.to_dicts()}


@pytest.mark.parametrize(
    ("rate", "name", "part"),
    [
        ("first_pass", "r16_claims_sent", "first_pass"),
        ("initial_denial_zero_pay", "r16_claims_sent", "denied"),
        ("denials_overturned_by_appeal", "r16_appeals", "overturned"),
    ],
)
def test_rates_of_claims_are_those_of_the_command(rate: str, name: str, part: str) -> None:
    told, found = of_command()[rate], figure(name, part)
    assert (found["numerator"], found["denominator"]) == (told["numerator"], told["denominator"])
    assert told["denominator"] > 0


@pytest.mark.parametrize("rate", ["net_collection", "denial", "aged_over_90"])
def test_rates_of_dollars_are_those_of_the_command(rate: str) -> None:
    told, found = of_command()[rate], figure("r16_collection", rate)
    assert (float(found["amount"]), float(found["amount_of"])) == (
        told["numerator"],
        told["denominator"],
    )


def test_days_are_those_of_the_command() -> None:
    told = of_command()
    in_hand = figure("r16_collection", "days_in_receivables")
    assert in_hand["median_days"] == pytest.approx(told["days_in_receivables"]["value"])
    assert definition("r16_collection").parts["days_in_receivables"].days == DAYS_AVERAGED
    to_pay = figure("r16_lines_answered", "days_to_pay")
    assert to_pay["median_days"] == told["days_to_pay"]["value"]


PARTS = {"charge_amount": "charged", "paid_amount": "paid", "adjusted_amount": "adjusted",
         "denied_amount": "denied", "open_amount": "still_open",
         "recovered_amount": "recovered"}  # fmt: skip


def test_the_account_of_each_facility_is_that_of_the_command() -> None:
    told = totals(lines()).to_dicts()
    assert len(told) == 3  # all, A, Y; what is gone has no facility
    for row in told:
        place = row["facility_id"]
        where = ("facility_id", place) if place else ("all", "")
        found = {name: figure("r16_receivables", part, *where)["amount"]
                 for name, part in PARTS.items()}  # fmt: skip
        assert found == {name: row[name] for name in PARTS}


def test_ages_are_those_of_the_command_in_their_order() -> None:
    told = {row["days_out"]: row["open_amount"] for row in aging(lines()).to_dicts()}
    found = split("r16_receivables", "still_open", "days_out")
    assert {age: amount for age, amount in told.items() if amount} == {
        age: amount for age, amount in found.items() if amount
    }
    order = [NOT_SENT, *AGES]
    assert list(found) == [age for age in order if age in found]
    assert definition("r16_receivables").order["days_out"] == tuple(order)


def test_months_of_service_are_those_of_the_command() -> None:
    told = by_month(lines())
    found = split("r16_receivables", "charged", "service_month")
    assert found == {
        month or "unknown": amount for month, amount in
        told.select("service_month", "charge_amount").iter_rows()
    }  # fmt: skip


def test_denials_are_those_of_the_command() -> None:
    told = denial_rates(lines(), county.denials()).filter(pl.col("facility_id").is_null())
    found = split("r16_denials", "denied", "category")
    assert found == dict(told.select("category", "denied_amount").iter_rows())


def test_what_is_at_risk_is_that_of_the_command() -> None:
    told = at_risk(county.plan(), county.denials(), county.AS_OF)
    by_due = told.group_by("due", maintain_order=True).agg(pl.col("charge_amount").sum())
    found = split("r16_at_risk", "at_risk", "due")
    assert found == {due: amount for due, amount in by_due.iter_rows() if amount}
    assert list(found) == ["passed", "7 days", "30 days", "later"]
    by_kind = told.group_by("kind").agg(pl.col("charge_amount").sum())
    assert split("r16_at_risk", "at_risk", "kind") == {
        kind.replace(" ", "_"): amount for kind, amount in by_kind.iter_rows() if amount
    }


def test_a_line_has_the_person_and_kind_of_its_service_its_bundle_or_its_claim() -> None:
    assert split("r16_dollars", "charged", "service_category") == {
        "bundle": Decimal("30.00"),  # C4
        "chw": Decimal("50.00"),  # C2 is L3
        "consultation": Decimal("100.00"),  # C1 is L1
        "unknown": Decimal("205.00"),  # C3 C5 C6 C8 C9: their lines are not in the records
    }
    by_sex = split("r16_dollars", "charged", "sex")
    assert by_sex == {
        "female": Decimal("135.00"),  # P1: C1 C5 C9
        "male": Decimal("210.00"),  # C2 C3 C4 C8
        "unknown": Decimal("40.00"),  # C6 is gone
    }


def test_what_is_taken_up_before_the_period_is_no_part_of_it() -> None:
    asked = parameters(OF_BILLING, Policy(shipped_text()), county.AS_OF)
    told = measured_county.PARAMETERS | asked
    found = measure(["r16_claims_sent"], measured_county.facts(), told)
    months = found.filter(part="claims", stratum="trend").select("value", "numerator").rows()
    assert months == [("2026-05", 2), ("2026-07", 2), ("2026-08", 2), ("2026-09", 2)]
    assert found.filter(part="claims", stratum="all")["numerator"].to_list() == [6]


def test_without_anything_sent_every_sum_is_nothing() -> None:
    asked = parameters(OF_BILLING, Policy(shipped_text()), county.AS_OF)
    empty = {name: frame.clear() for name, frame in measured_county.facts().items()}
    found = measure(OF_BILLING, empty, measured_county.PARAMETERS | asked).filter(stratum="all")
    sums = found.filter(pl.col("amount").is_not_null())
    assert set(sums["amount"]) == {Decimal(0)}
    assert sums.height == sum(
        1 for name in OF_BILLING for part in definition(name).parts.values()
        if part.kind.value.startswith("dollar")
    )  # fmt: skip
    assert found["median_days"].null_count() == found.height
