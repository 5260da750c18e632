"""Closing: figures are frozen as text, come back as they were, and are compared row by row."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from claim_county import drawn

from contracts.fields import MONEY
from pipelines.stages.receivables.closing import SECTIONS, differences, frozen, payments, thawed

ACCOUNT = ("charge_amount", "paid_amount", "adjusted_amount", "denied_amount", "open_amount")


def sections(paid: str = "5.00", value: float | None = 0.5) -> dict[str, pl.DataFrame]:
    account = {name: [Decimal("0.00")] for name in ACCOUNT} | {"paid_amount": [Decimal(paid)]}
    money = {name: [Decimal("0.00")] for name in ("charge_amount", "open_amount", "denied_amount")}
    rates = {"measure": ["denial"], "numerator": [1.0], "denominator": [2.0], "unit": ["share"]}
    paying = {"payment_count": [1], "paid_amount": [Decimal(paid)],
              "deposited_amount": [Decimal(0)]}  # fmt: skip
    frames = {
        "totals": {"facility_id": [None], "recovered_amount": [Decimal("0.00")], **account},
        "aging": {"days_out": ["0 to 30"], "line_count": [3], **money},
        "months": {"service_month": ["2026-04"], **account},
        "rates": rates | {"value": [value]},
        "payments": {"deposit_state": ["matched"], **paying},
    }
    return {name: pl.DataFrame(columns) for name, columns in frames.items()}


def test_figures_come_back_as_they_were_frozen() -> None:
    told = frozen(sections())
    back = thawed(told)
    assert tuple(back) == SECTIONS
    assert back["totals"]["paid_amount"].to_list() == [Decimal("5.00")]
    assert back["aging"]["line_count"].to_list() == [3]
    assert back["rates"]["value"].to_list() == ["0.500000"]
    assert frozen(sections()) == told


def test_only_what_differs_is_told_with_the_change() -> None:
    closed, now = frozen(sections()), frozen(sections("7.50", None))
    now["months"].append(now["months"][0] | {"service_month": "2026-05"})
    told = [(row["section"], row["row"], row["figure"], row["change"])
            for row in differences(closed, now)]  # fmt: skip
    assert told[:2] == [("totals", None, "paid_amount", "2.50"),
                        ("months", "2026-04", "paid_amount", "2.50")]  # fmt: skip
    assert ("rates", "denial", "value", "-0.500000") in told
    assert ("months", "2026-05", "paid_amount", "7.50") in told
    assert differences(closed, closed) == []


DEPOSITS = """
state       | trace | paid_on    | amount | deposited_on | deposited
matched     | T1    | 2026-10-05 | 10.00  | 2026-10-07   | 10.00
matched     | Q1    | 2026-10-02 | 2.00   | 2026-10-06   | 2.00
missing     | T2    | 2026-10-30 | 20.00  |              |
missing     | T3    | 2026-09-30 | 99.00  |              |
unexplained | T4    |            |        | 2026-10-09   | 7.00
unexplained | T5    |            |        | 2026-09-09   | 8.00
"""


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def test_payments_of_the_month_by_what_reached_the_bank() -> None:
    def money(text: Any) -> Any:
        return Decimal(text) if text else None

    banked = pl.DataFrame(
        [{"state": r["state"], "trace_number": r["trace"],
          "paid_on": day(r["paid_on"]), "amount": money(r["amount"]),
          "deposited_on": day(r["deposited_on"]), "deposited_amount": money(r["deposited"])}
         for r in drawn(DEPOSITS)],
        schema={"state": pl.String, "trace_number": pl.String, "paid_on": pl.Date, "amount": MONEY,
                "deposited_on": pl.Date, "deposited_amount": MONEY},
    )  # fmt: skip
    sets = pl.DataFrame(
        {"state": ["posted", "quarantined", "quarantined"], "trace_number": ["T1", "Q1", "Q2"],
         "amount": [Decimal(n) for n in (1, 2, 3)],
         "paid_on": [date(2026, 10, 1), date(2026, 10, 2), date(2026, 9, 2)]},
        schema_overrides={"amount": MONEY},
    )  # fmt: skip
    assert payments(sets, banked, date(2026, 10, 1)).rows() == [
        ("matched", 1, Decimal("10.00"), Decimal("10.00")),
        ("missing", 1, Decimal("20.00"), Decimal("0.00")),
        ("unexplained", 1, Decimal("0.00"), Decimal("7.00")),
        ("quarantined", 1, Decimal("2.00"), Decimal("2.00")),
    ]
