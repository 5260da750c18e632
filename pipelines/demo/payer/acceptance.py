"""Acceptance: which claims go on to adjudication, and why the others are turned back (277CA).

Each check tells a claim status category, a claim status and the entity at fault. Not here: whether
a claim is paid.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pipelines.demo.payer import identity
from pipelines.demo.payer.books import Books
from pipelines.demo.payer.claims import Claim, Line, day
from pipelines.demo.payer.members import Members
from pipelines.demo.payer.terms import MOST_UNITS

MISSING, INVALID, CONFLICT, RETURNED = "A6", "A7", "A8", "A3"
ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"


@dataclass(frozen=True, slots=True)
class Reason:
    """STC01 of a rejection. `line` None: the claim as a whole."""

    category: str
    status: str
    entity: str = ""
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the checks look at beside the claim."""

    members: Members
    books: Books
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What 277CA says of a claim. `number` is the payer's own, "" of a rejected one."""

    claim: Claim
    reasons: tuple[Reason, ...]
    number: str = ""

    @property
    def is_accepted(self) -> bool:
        return not self.reasons


def reasons(claim: Claim, desk: Desk) -> tuple[Reason, ...]:
    """Every reason to turn a claim back; none where it is accepted."""
    return tuple(reason for check in _CHECKS for reason in check(claim, desk))


def _again(claim: Claim, desk: Desk) -> Iterator[Reason]:
    if claim.patient_control_number in desk.books.numbers:
        yield Reason(RETURNED, "746")


def _member(claim: Claim, desk: Desk) -> Iterator[Reason]:
    if not claim.member.number:
        yield Reason(MISSING, "164", "IL")
    elif not identity.is_sound(claim.member.number):
        yield Reason(INVALID, "164", "IL")
    born = desk.members.birth_date(claim.cin, desk.at)
    if born and day(claim.birth_date) != born:
        yield Reason(INVALID, "158", "IL")


def _providers(claim: Claim, _: Desk) -> Iterator[Reason]:
    if not identity.is_npi(claim.billing.number):
        yield Reason(INVALID, "562", "85")
    if claim.rendering.number and not identity.is_npi(claim.rendering.number):
        yield Reason(INVALID, "562", "82")
    if claim.is_institutional and not claim.attending.number:
        yield Reason(MISSING, "562", "71")
    elif claim.attending.number and not identity.is_npi(claim.attending.number):
        yield Reason(INVALID, "562", "71")


def _balance(claim: Claim, _: Desk) -> Iterator[Reason]:
    if claim.charge_amount <= 0:
        yield Reason(INVALID, "402")
    elif sum((line.charge_amount for line in claim.lines), Decimal(0)) != claim.charge_amount:
        yield Reason(CONFLICT, "400")


def _lines(claim: Claim, desk: Desk) -> Iterator[Reason]:
    for line in claim.lines:
        if line.service_on is None:
            yield Reason(MISSING, "187", line=line)
        elif line.service_on > desk.at.date():
            yield Reason(INVALID, "187", line=line)
        if not 0 < line.units <= MOST_UNITS:
            yield Reason(INVALID, "476", line=line)
        if not claim.is_institutional and not _points_well(line, claim.diagnosis_count):
            yield Reason(INVALID, "477", line=line)


def _points_well(line: Line, count: int) -> bool:
    return bool(line.pointers) and all(
        one.isdigit() and 1 <= int(one) <= count for one in line.pointers
    )


def _frequency(claim: Claim, desk: Desk) -> Iterator[Reason]:
    if claim.frequency_code not in (ORIGINAL, REPLACEMENT, VOID):
        yield Reason(INVALID, "535")
    elif claim.frequency_code != ORIGINAL:
        yield from _replaces(claim, desk)


def _replaces(claim: Claim, desk: Desk) -> Iterator[Reason]:
    """Medi-Cal: one replacement covers one claim line; it names the payer's own number."""
    if not claim.replaced_number:
        yield Reason(MISSING, "464")
    elif claim.frequency_code == REPLACEMENT and len(claim.lines) != 1:
        yield Reason(CONFLICT, "535")
    elif desk.books.addressed(claim) is None:
        yield Reason(INVALID, "464")


Check = Callable[[Claim, Desk], Iterator[Reason]]
_CHECKS: tuple[Check, ...] = (_again, _member, _providers, _balance, _lines, _frequency)
