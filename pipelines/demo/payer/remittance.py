"""Remittance: the 835 (005010X221A1) of a payment run to one payee.

It balances at its three levels by construction: a line's adjustments are what is not paid of it, a
claim is the sum of its lines, the payment the claims less what is taken at provider level.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from pipelines.demo.payer.adjudication import DENIED, REVERSED, Settled
from pipelines.demo.payer.books import LineResult
from pipelines.demo.payer.claims import Party
from pipelines.demo.payer.envelope import (
    Guide,
    Parties,
    ccyymmdd,
    composite,
    dollars,
    interchange,
    plain,
    segment,
)

GUIDE = Guide("835", "HP", "005010X221A1")
OTHER_PAYER = "23"  # the one reason that is under another group than CO
RECOVERY, FORWARD = "WO", "FB"
NOTHING = Decimal(0)
FILING_INDICATOR = "MC"
MOST_PAIRS = 6  # of reason and amount in a PLB
# A payer's address and telephone are required; these are nobody's.
_ADDRESS = (("N3", "1 EXAMPLE PLAZA"), ("N4", "EXAMPLETON", "CA", "959010000"))
_CONTACT = ("PER", "BL", "PROVIDER SERVICES", "TE", "9165550199")


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """A PLB pair: what is taken from the payment, negative where it is given."""

    reason: str
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Remittance:
    """835: one set. `trace` is its TRN02."""

    trace: str
    usage: str
    paid_on: date
    payer: Party
    payee: Party
    claims: tuple[Settled, ...]
    adjustments: tuple[ProviderAdjustment, ...] = ()
    kind: str = "835"

    @property
    def subject(self) -> str:
        return f"{self.trace}/{self.payee.number}"

    @property
    def amount(self) -> Decimal:
        """BPR02."""
        taken = sum((one.amount for one in self.adjustments), NOTHING)
        return sum((one.paid_amount for one in self.claims), NOTHING) - taken

    def text(self, parties: Parties, number: int, at: datetime) -> str:
        sets = [list(_set(self))]
        return interchange(parties, self.usage, number, at, GUIDE, sets)

    def split(self) -> tuple["Remittance", ...]:
        """In two payments, where each is one: a reversal stays with its correction."""
        half = len(self.claims) // 2
        while 0 < half < len(self.claims) and self.claims[half - 1].status == REVERSED:
            half += 1
        first = replace(self, claims=self.claims[:half])
        second = replace(self, claims=self.claims[half:], adjustments=(), trace=f"{self.trace}2")
        both = (first, second)
        return both if all(one.claims and one.amount >= 0 for one in both) else (self,)

    def contradicted(self) -> "Remittance":
        """Money is not contradicted."""
        return self


def _set(told: Remittance) -> Iterator[str]:
    yield from _payment(told)
    yield segment("N1", "PR", plain(told.payer.name), "XV", plain(told.payer.number))
    yield from (segment(*values) for values in (*_ADDRESS, _CONTACT))
    yield segment("N1", "PE", plain(told.payee.name), "XX", plain(told.payee.number))
    if told.claims:
        yield segment("LX", "1")
    for claim in told.claims:
        yield from _claim(claim)
    year_end = ccyymmdd(told.paid_on.replace(month=12, day=31))
    for start in range(0, len(told.adjustments), MOST_PAIRS):
        some = told.adjustments[start : start + MOST_PAIRS]
        yield segment("PLB", plain(told.payee.number), year_end, *_pairs(some))


def _pairs(adjustments: Sequence[ProviderAdjustment]) -> Iterator[str]:
    for one in adjustments:
        yield composite(one.reason, one.reference)
        yield dollars(one.amount)


def _payment(told: Remittance) -> Iterator[str]:
    on = ccyymmdd(told.paid_on)
    handling, method = ("I", "CHK") if told.amount else ("H", "NON")
    yield segment("BPR", handling, dollars(told.amount), "C", method, *[""] * 11, on)
    yield segment("TRN", "1", told.trace, f"1{told.payer.number[-9:]:0>9}")
    yield segment("DTM", "405", on)


def _claim(told: Settled) -> Iterator[str]:
    claim = told.claim
    yield segment(
        "CLP", plain(claim.patient_control_number), told.status, dollars(told.charge_amount),
        dollars(told.paid_amount), "", FILING_INDICATOR, told.number,
        plain(claim.place_of_service), claim.frequency_code,
    )  # fmt: skip
    yield _person("QC", claim.member, "MI")
    if claim.rendering.number:
        yield _person("82", claim.rendering, "XX")
    yield segment("DTM", "050", ccyymmdd(told.received_on))
    for one in told.lines:
        yield from _line(one, is_denied=told.status == DENIED)


def _person(role: str, who: Party, qualifier: str) -> str:
    names = (plain(who.name), plain(who.first_name))
    return segment("NM1", role, "1", *names, "", "", "", qualifier, plain(who.number))


def _line(told: LineResult, *, is_denied: bool) -> Iterator[str]:
    line = told.line
    procedure = composite("HC", plain(line.procedure_code), *map(plain, line.modifiers))
    charge, paid, units = map(dollars, (line.charge_amount, told.paid_amount, line.units))
    yield segment("SVC", procedure, charge, paid, "", units)
    if line.service_on:
        yield segment("DTM", "472", ccyymmdd(line.service_on))
    for carc, amount in told.adjustments:
        yield segment("CAS", "OA" if carc == OTHER_PAYER else "CO", carc, dollars(amount))
    if line.control_number:
        yield segment("REF", "6R", plain(line.control_number))
    if told.allowed_amount > 0 and not is_denied:
        yield segment("AMT", "B6", dollars(told.allowed_amount))
    yield from (segment("LQ", "HE", code) for code in told.remarks)
