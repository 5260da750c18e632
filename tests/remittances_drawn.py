"""Remittances as X12 text, drawn so that they balance: for tests that pay, cut, deny or lie.

Written from the guide's equations alone: it knows nothing of how ours are read or added up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import payer_answers as payer
from hypothesis import strategies as st

Cents = int


@dataclass(frozen=True)
class Line:
    """SVC: charge and CAS in cents; what is paid follows. `number`: REF*6R."""

    charge: Cents
    cas: tuple[tuple[str, str, Cents], ...] = ()
    code: str = "HC:99213"
    number: str = ""
    on: str = "20261015"
    units: str = "1"
    allowed: Cents | None = None
    submitted: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def paid(self) -> Cents:
        return self.charge - sum(amount for _, _, amount in self.cas)


@dataclass(frozen=True)
class Claim:
    """CLP with its lines; `cas` of the claim as a whole; without lines `charge` is its own."""

    number: str
    lines: tuple[Line, ...] = ()
    cas: tuple[tuple[str, str, Cents], ...] = ()
    status: str = "1"
    payer_number: str = "ICN1"
    own_charge: Cents = 0
    member: str = "90000001A"
    frequency: str = "1"
    received: str = "20261020"

    @property
    def charge(self) -> Cents:
        return sum(line.charge for line in self.lines) if self.lines else self.own_charge

    @property
    def paid(self) -> Cents:
        lines = sum(amount for line in self.lines for _, _, amount in line.cas)
        return self.charge - lines - sum(amount for _, _, amount in self.cas)


@dataclass(frozen=True)
class Remittance:
    """One set. `plb`: reason, reference and cents taken."""

    claims: tuple[Claim, ...]
    plb: tuple[tuple[str, str, Cents], ...] = ()
    trace: str = "T1"
    paid_on: str = "20261112"
    payee: str = "1093817465"
    payer_id: str = "610442"

    @property
    def amount(self) -> Cents:
        return sum(claim.paid for claim in self.claims) - sum(cents for _, _, cents in self.plb)


def dollars(cents: Cents) -> str:
    text = f"{Decimal(cents) / 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def segments(told: Remittance) -> Iterator[str]:
    """What stands between ST and SE."""
    yield f"BPR*I*{dollars(told.amount)}*C*CHK************{told.paid_on}"
    yield f"TRN*1*{told.trace}*1000610442"
    yield f"DTM*405*{told.paid_on}"
    yield f"N1*PR*MEDI-CAL*XV*{told.payer_id}"
    yield f"N1*PE*COUNTY*XX*{told.payee}"
    yield "LX*1"
    for claim in told.claims:
        yield from _claim(claim)
    for reason, reference, cents in told.plb:
        yield f"PLB*{told.payee}*20261231*{reason}:{reference}*{dollars(cents)}"


def _claim(claim: Claim) -> Iterator[str]:
    yield (
        f"CLP*{claim.number}*{claim.status}*{dollars(claim.charge)}*{dollars(claim.paid)}**MC*"
        f"{claim.payer_number}*09*{claim.frequency}"
    )
    yield from (f"CAS*{group}*{code}*{dollars(cents)}" for group, code, cents in claim.cas)
    yield f"NM1*QC*1*DOE*ANN****MI*{claim.member}"
    yield f"DTM*050*{claim.received}"
    for line in claim.lines:
        submitted = f"*{line.submitted}" if line.submitted else ""
        yield (
            f"SVC*{line.code}*{dollars(line.charge)}*{dollars(line.paid)}**{line.units}{submitted}"
        )
        yield f"DTM*472*{line.on}"
        yield from (f"CAS*{group}*{code}*{dollars(cents)}" for group, code, cents in line.cas)
        if line.number:
            yield f"REF*6R*{line.number}"
        if line.allowed is not None:
            yield f"AMT*B6*{dollars(line.allowed)}"
        yield from (f"LQ*HE*{code}" for code in line.remarks)


def text(*sets: Remittance, number: int = 900) -> str:
    """An interchange of these sets, in which the first ST is segment 3."""
    inside = "".join(_set([*segments(one)], place) for place, one in enumerate(sets, 1))
    head = f"GS*HP*{payer.PAYER}*{payer.US}*20261112*1200*9*X*005010X221A1~"
    return payer.interchange(f"{head}{inside}GE*{len(sets)}*9~", number=number)


def _set(inside: list[str], place: int) -> str:
    body = "".join(f"{segment}~" for segment in inside)
    return f"ST*835*{place:04d}~{body}SE*{len(inside) + 2}*{place:04d}~"


_cents = st.integers(1, 500_000)


@st.composite
def cuts(draw: st.DrawFn, charge: Cents) -> tuple[tuple[str, str, Cents], ...]:
    """CAS of up to three reasons that leave something, nothing or more than the charge."""
    codes = draw(st.lists(st.sampled_from(("45", "251", "97", "16")), max_size=3, unique=True))
    return tuple(("CO", code, draw(st.integers(-charge, charge).filter(bool))) for code in codes)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    charge = draw(_cents)
    return Line(charge, draw(cuts(charge)))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    made = Claim(
        f"PCN{draw(st.integers(0, 99))}",
        tuple(draw(st.lists(lines(), max_size=3))),
        own_charge=draw(_cents),
    )
    return replace(made, cas=draw(cuts(made.charge)))


@st.composite
def remittances(draw: st.DrawFn) -> Remittance:
    """Any that balances, with up to four claims and two provider adjustments."""
    takes = st.tuples(st.sampled_from(("WO", "FB", "L6")), st.just("X1"), st.integers(-999, 999))
    return Remittance(
        tuple(draw(st.lists(claims(), min_size=1, max_size=4))),
        tuple(draw(st.lists(takes, max_size=2))),
    )
