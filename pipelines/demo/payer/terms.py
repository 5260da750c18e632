"""Terms: what the payer pays for, how much, until when. Rules with their source, values as data.

Rates and needs of authorization are those of the code sets, illustrative until replaced. The cuts
of late claims are Medi-Cal's: in full within six months after the month of service, then 75 per
cent, 50 per cent, nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
# A synthetic payer's own: what it pays of a charge for which no rate is loaded.
SHARE_WITHOUT_RATE = Decimal("0.60")
FULL_MONTHS, THREE_QUARTER_MONTHS, HALF_MONTHS = 6, 9, 12
AUTHORIZATION_DIGITS = 11
MOST_UNITS = 99  # a professional line of Medi-Cal
MONTHS_TO_REPLACE = 6


@dataclass(frozen=True, slots=True)
class Dated:
    """A value of a code, for the days that it holds."""

    value: Any
    valid_from: date | None
    valid_to: date | None

    def holds(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_to or day)


Listed = Mapping[str, tuple[Dated, ...]]


def listed(rows: Iterable[Mapping[str, Any]], key: str, value: str) -> Listed:
    """Rows of a code set by code."""
    found: dict[str, tuple[Dated, ...]] = {}
    for row in rows:
        one = Dated(row[value], row.get("valid_from"), row.get("valid_to"))
        found[row[key]] = (*found.get(row[key], ()), one)
    return found


@dataclass(frozen=True)
class Terms:
    """`rates` in dollars a unit, `authorized` yes or no, by procedure; `delay_reasons` accepted, to
    whether they want an attachment; `after_release`: procedures for which base coverage suffices.
    """

    rates: Listed
    authorized: Listed
    delay_reasons: Mapping[str, bool]
    after_release: frozenset[str] = frozenset()

    def allowed_amount(self, procedure: str, units: Decimal, charge: Decimal, day: date) -> Decimal:
        """What is paid of a charge, in dollars, before any cut for lateness."""
        rate = _on(self.rates, procedure, day)
        full = charge * SHARE_WITHOUT_RATE if rate is None else rate * units
        return min(charge, full.quantize(CENT, ROUND_HALF_UP))

    def needs_authorization(self, procedure: str, day: date) -> bool:
        return bool(_on(self.authorized, procedure, day) == "yes")


def _on(values: Listed, code: str, day: date) -> Any:  # noqa: ANN401 - what the code set holds
    return next((one.value for one in values.get(code, ()) if one.holds(day)), None)


def months_late(service_on: date, received_on: date) -> int:
    """Calendar months from the month of service to that of receipt."""
    return (received_on.year - service_on.year) * 12 + received_on.month - service_on.month


def late_percent(service_on: date, received_on: date) -> int:
    """Medi-Cal: months to 6 pay 100, to 9 pay 75, to 12 pay 50, later 0."""
    late = months_late(service_on, received_on)
    cuts = ((FULL_MONTHS, 100), (THREE_QUARTER_MONTHS, 75), (HALF_MONTHS, 50))
    return next((percent for months, percent in cuts if late <= months), 0)
