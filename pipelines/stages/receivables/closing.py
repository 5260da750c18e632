"""Closing: a month's figures as plain values that can be frozen, and how two sets of them differ.

What the figures are is for `aging` and `rates`; keeping them is the ledger's.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.receivables.aging import SUMS

Figures = dict[str, list[dict[str, Any]]]
_ACCOUNT: Final = tuple(f"{name}_amount" for name in SUMS)
# Of each section its columns; the first names a row.
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "totals": ("facility_id", *_ACCOUNT, "recovered_amount"),
    "aging": ("days_out", "line_count", "charge_amount", "open_amount", "denied_amount"),
    "months": ("service_month", *_ACCOUNT),
    "rates": ("measure", "numerator", "denominator", "value", "unit"),
    "payments": ("deposit_state", "payment_count", "paid_amount", "deposited_amount"),
}
SECTIONS: Final = tuple(_COLUMNS)
_PLACES: Final = 6  # of a rate


def frozen(sections: Mapping[str, pl.DataFrame]) -> Figures:
    """Rows of each section with money and rates as text: the same figures, the same bytes."""
    return {
        name: [
            {key: _plain(value) for key, value in row.items()}
            for row in frame.select(_COLUMNS[name]).to_dicts()
        ]
        for name, frame in sections.items()
    }


def thawed(figures: Figures) -> dict[str, pl.DataFrame]:
    """Frames of frozen figures, money as Decimal."""
    return {name: _frame(_COLUMNS[name], figures[name]) for name in SECTIONS}


def differences(closed: Figures, now: Figures) -> list[dict[str, Any]]:
    """Figures that are others now: section, row, figure, closed, now, change; one that is missing
    counts as 0.
    """
    return [one for name in SECTIONS for one in _differing(name, closed, now)]


def payments(remittances: pl.DataFrame, deposits: pl.DataFrame, starts_on: date) -> pl.DataFrame:
    """Payments of the month by what reached the bank: deposit_state, payment_count, paid_amount,
    deposited_amount.

    `deposits`: `deposits.deposit_matches` until the month's end; what no remittance tells of counts
    in the month in which it was deposited. `remittances`: of them those that are quarantined have
    a row of their own, and are in no other.
    """
    day = pl.coalesce("paid_on", "deposited_on")
    held = remittances.filter(state="quarantined").filter(pl.col("paid_on") >= starts_on)
    others = deposits.join(held, on="trace_number", how="anti")
    told = others.filter(day >= starts_on).group_by(deposit_state="state").agg(
        payment_count=pl.len().cast(pl.Int64),
        paid_amount=pl.col("amount").sum().cast(MONEY),
        deposited_amount=pl.col("deposited_amount").sum().cast(MONEY),
    )  # fmt: skip
    in_bank = held.join(
        deposits.select("trace_number", "deposited_amount"), on="trace_number", how="left"
    )
    quarantined = in_bank.select(
        deposit_state=pl.lit("quarantined"),
        payment_count=pl.len().cast(pl.Int64),
        paid_amount=pl.col("amount").sum().cast(MONEY),
        deposited_amount=pl.col("deposited_amount").sum().cast(MONEY),
    )
    both = pl.concat([told.sort("deposit_state"), quarantined])
    return both.filter(pl.col("payment_count") > 0)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.{_PLACES}f}"
    return format(value, "f") if isinstance(value, Decimal) else value


def _frame(names: tuple[str, ...], rows: list[dict[str, Any]]) -> pl.DataFrame:
    money = [name for name in names if name.endswith("_amount")]
    whole = [name for name in names if name.endswith("_count")]
    schema = {name: pl.Int64 if name in whole else pl.String for name in names}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns(pl.col(money).cast(MONEY))


def _differing(name: str, closed: Figures, now: Figures) -> Iterator[dict[str, Any]]:
    key = _COLUMNS[name][0]
    before, after = ({row[key]: row for row in told.get(name, [])} for told in (closed, now))
    for row in dict.fromkeys([*before, *after]):
        one, other = before.get(row, {}), after.get(row, {})
        for figure in dict.fromkeys([*one, *other]):
            was, is_now = one.get(figure), other.get(figure)
            if figure not in (key, "unit") and was != is_now:
                yield {
                    "section": name, "row": row, "figure": figure, "closed": was, "now": is_now,
                    "change": _change(was, is_now),
                }  # fmt: skip


def _change(was: object, is_now: object) -> str:
    return format(Decimal(str(is_now or 0)) - Decimal(str(was or 0)), "f")
