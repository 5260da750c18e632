"""Claims: what a set of 837P or 837I says, as the payer's intake understands it.

Here: the walk through hierarchy, claim and line loops. Not here: whether any of it is acceptable.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from pipelines.demo.payer.received import Segment, TransactionSet

FACILITY_CODES = "A"  # CLM05-2: CLM05-1 is of a type of bill, not a place of service
CIN_LENGTH = 9  # a longer number is a card's: the CIN, check digit and date of issue


_DIAGNOSES = ("ABK", "ABF")


@dataclass(frozen=True, slots=True)
class Line:
    """A service line; `position` is where its LX stands."""

    position: int
    ordinal: str
    procedure_code: str = ""
    modifiers: tuple[str, ...] = ()
    charge_amount: Decimal = Decimal(0)
    units: Decimal = Decimal(0)
    pointers: tuple[str, ...] = ()
    service_on: date | None = None
    control_number: str = ""
    other_paid_amount: Decimal = Decimal(0)

    @property
    def service(self) -> tuple[str, tuple[str, ...], date | None]:
        """What was done when: the same twice is suspect."""
        return (self.procedure_code, tuple(sorted(self.modifiers)), self.service_on)


@dataclass(frozen=True, slots=True)
class Party:
    """A name and the number by which the party is known."""

    name: str = ""
    first_name: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One CLM with what its parents say. Amounts in dollars."""

    position: int
    patient_control_number: str
    charge_amount: Decimal
    place_of_service: str
    frequency_code: str
    delay_reason_code: str
    billing: Party
    member: Party
    payer: Party
    birth_date: str
    rendering: Party = field(default_factory=Party)
    authorization_number: str = ""
    replaced_number: str = ""
    attending: Party = field(default_factory=Party)
    is_institutional: bool = False
    has_attachment: bool = False
    has_other_payer: bool = False
    diagnosis_count: int = 0
    lines: tuple[Line, ...] = ()

    @property
    def cin(self) -> str:
        return self.member.number[:CIN_LENGTH]

    @property
    def first_on(self) -> date | None:
        return min((line.service_on for line in self.lines if line.service_on), default=None)


@dataclass(slots=True)
class _Walk:
    """Where the reader stands: the parties above, the claim that is open."""

    billing: Party = field(default_factory=Party)
    member: Party = field(default_factory=Party)
    payer: Party = field(default_factory=Party)
    birth_date: str = ""
    claim: Claim | None = None


def claims(received: TransactionSet) -> list[Claim]:
    """Every claim of a set, in its order."""
    walk, found = _Walk(), []
    for segment in received.segments:
        if segment.id in ("HL", "CLM", "SE") and walk.claim is not None:
            found.append(walk.claim)
            walk.claim = None
        if segment.id == "CLM":
            walk.claim = _claim(walk, segment)
        elif walk.claim is None:
            _above(walk, segment)
        elif walk.claim.lines or segment.id == "LX":
            walk.claim = replace(walk.claim, lines=tuple(_lines(walk.claim, segment)))
        else:
            walk.claim = _within(walk.claim, segment)
    return found


def party(segment: Segment) -> Party:
    """The party of an NM1."""
    return Party(segment.get(3), segment.get(4), segment.get(9))


def _above(walk: _Walk, segment: Segment) -> None:
    match segment.elements[:2]:
        case ("NM1", "85"):
            walk.billing = party(segment)
        case ("NM1", "IL"):
            walk.member, walk.birth_date = party(segment), ""
        case ("NM1", "PR"):
            walk.payer = party(segment)
        case ("DMG", _):
            walk.birth_date = segment.get(2)


def _claim(walk: _Walk, segment: Segment) -> Claim:
    return Claim(
        position=segment.position,
        patient_control_number=segment.get(1),
        charge_amount=amount(segment.get(2)),
        place_of_service=segment.part(5, 1),  # of an institutional claim the facility code
        is_institutional=segment.part(5, 2) == FACILITY_CODES,
        frequency_code=segment.part(5, 3),
        delay_reason_code=segment.get(20),
        billing=walk.billing,
        member=walk.member,
        payer=walk.payer,
        birth_date=walk.birth_date,
    )


def _within(claim: Claim, segment: Segment) -> Claim:
    if claim.has_other_payer:  # from its SBR on, all is another payer's until the lines begin
        return claim
    changed = claim
    match segment.elements[:2]:
        case ("SBR", _):
            changed = replace(claim, has_other_payer=True)
        case ("NM1", "71"):
            changed = replace(claim, attending=party(segment))
        case ("NM1", "82"):
            changed = replace(claim, rendering=party(segment))
        case ("REF", "G1"):
            changed = replace(claim, authorization_number=segment.get(2))
        case ("REF", "F8"):
            changed = replace(claim, replaced_number=segment.get(2))
        case ("PWK", _):
            changed = replace(claim, has_attachment=True)
        case ("HI", _):
            codes = [segment.part(n, 1) for n in range(1, len(segment.elements))]
            count = claim.diagnosis_count + sum(code in _DIAGNOSES for code in codes)
            changed = replace(claim, diagnosis_count=count)
    return changed


def _lines(claim: Claim, segment: Segment) -> Iterator[Line]:
    if segment.id == "LX":
        yield from claim.lines
        yield Line(segment.position, segment.get(1))
        return
    yield from claim.lines[:-1]
    yield _told(claim.lines[-1], segment)


def _told(line: Line, segment: Segment) -> Line:
    match segment.elements[:2]:
        case ("SV1", _):
            return replace(
                line,
                procedure_code=segment.part(1, 2),
                modifiers=tuple(filter(None, segment.parts(1)[2:6])),
                charge_amount=amount(segment.get(2)),
                units=amount(segment.get(4)),
                pointers=tuple(filter(None, segment.parts(7))),
            )
        case ("SV2", _):
            return replace(
                line,
                procedure_code=segment.part(2, 2),
                modifiers=tuple(filter(None, segment.parts(2)[2:6])),
                charge_amount=amount(segment.get(3)),
                units=amount(segment.get(5)),
            )
        case ("DTP", "472"):
            return replace(line, service_on=day(segment.get(3)[:8]))
        case ("REF", "6R"):
            return replace(line, control_number=segment.get(2))
        case ("SVD", _):
            paid = line.other_paid_amount + amount(segment.get(2))
            return replace(line, other_paid_amount=paid)
    return line


def amount(text: str) -> Decimal:
    """A number as X12 writes it; 0 where it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


def day(text: str) -> date | None:
    """CCYYMMDD; None where it is no day."""
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
