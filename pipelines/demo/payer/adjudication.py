"""Adjudication: what is paid of each line, and why not the rest.

The order in which reasons for denial are looked for is this payer's own. Codes are those of the
code sets: 31 not a member, 177 not eligible on the day, 18 duplicate, 197 and 15 authorization,
29 filed after a year, 252 attachment or late replacement, 251 cut for lateness, 45 above the rate,
23 paid by another payer, 16 voided already.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from pipelines.demo.payer.acceptance import ORIGINAL, VOID
from pipelines.demo.payer.books import Books, LineResult, Record
from pipelines.demo.payer.chance import Chance
from pipelines.demo.payer.claims import Claim, Line
from pipelines.demo.payer.members import Members
from pipelines.demo.payer.terms import (
    AUTHORIZATION_DIGITS,
    CENT,
    MONTHS_TO_REPLACE,
    Terms,
    late_percent,
    months_late,
)

AUTHORIZATION_NOT_ON_FILE = 60  # of a thousand authorization numbers; illustrative
PAID, DENIED, REVERSED = "1", "4", "22"
NOTHING = Decimal(0)
Denial = tuple[str, tuple[str, ...]]  # CARC, RARCs


@dataclass(frozen=True, slots=True)
class Settled:
    """A CLP: a claim, or of a reversal the lines taken back of an earlier one."""

    status: str
    number: str
    claim: Claim
    lines: tuple[LineResult, ...]
    received_on: date

    @property
    def charge_amount(self) -> Decimal:
        return sum((one.line.charge_amount for one in self.lines), NOTHING)

    @property
    def paid_amount(self) -> Decimal:
        return sum((one.paid_amount for one in self.lines), NOTHING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An accepted claim on its way to a payment run."""

    number: str
    usage: str
    claim: Claim
    received_on: date
    ready_on: date
    is_pended: bool


@dataclass(frozen=True, slots=True)
class Adjudicator:
    """The payer's judgement at one instant."""

    members: Members
    terms: Terms
    books: Books
    chance: Chance
    at: datetime

    def settle(self, waiting: Waiting) -> list[Settled]:
        """The CLPs that answer a claim: itself, a reversal, or a reversal and then itself."""
        if waiting.claim.frequency_code == ORIGINAL:
            return [self._settled(waiting, None)]
        addressed = self.books.addressed(waiting.claim)
        denial = self._unreplaceable(addressed)
        if addressed is None or denial[0]:
            return [self._settled(waiting, denial)]
        reversal = self._reversed(*addressed)
        is_void = waiting.claim.frequency_code == VOID
        return [reversal] if is_void else [reversal, self._settled(waiting, None)]

    def _unreplaceable(self, addressed: tuple[Record, tuple[LineResult, ...]] | None) -> Denial:
        """Voided already, or over six months after the remittance."""
        if addressed is None:
            return ("16", ("N547",))
        record, lines = addressed
        if any(one.line.position in record.settled for one in lines):
            return ("16", ("N547",))
        late = months_late(record.remitted_on, self.at.date()) > MONTHS_TO_REPLACE
        return ("252", ("N706",)) if late else ("", ())

    def _reversed(self, record: Record, lines: tuple[LineResult, ...]) -> Settled:
        for one in lines:
            self.books.settle(record, one)
        negative = tuple(map(_negated, lines))
        return Settled(REVERSED, record.number, record.claim, negative, record.remitted_on)

    def _settled(self, waiting: Waiting, denial: Denial | None) -> Settled:
        results = []
        for line in waiting.claim.lines:
            code = denial or self._denial(waiting, line)
            result = _denied(line, code) if code[0] else self._paid(waiting, line)
            results.append(result)
            if not result.is_denied:
                self.books.pay(waiting.number, waiting.claim, line)
        lines, on = tuple(results), self.at.date()
        self.books.keep(Record(waiting.number, waiting.usage, waiting.claim, lines, on))
        is_denied = all(one.is_denied for one in lines)
        status = DENIED if is_denied else PAID
        if not is_denied:
            self.members.paid(waiting.claim.cin, self.at)
        return Settled(status, waiting.number, waiting.claim, lines, waiting.received_on)

    def is_eligible(self, cin: str, line: Line, day: date) -> bool:
        """Whether the member is covered for the line on the day, as the payer knows it now."""
        after_release = line.procedure_code in self.terms.after_release
        return self.members.is_eligible(cin, day, self.at, after_release=after_release)

    def _denial(self, waiting: Waiting, line: Line) -> Denial:
        claim, day = waiting.claim, line.service_on or waiting.received_on
        if not self.members.is_known(claim.cin, self.at):
            return ("31", ())
        if not self.is_eligible(claim.cin, line, day):
            return ("177", ())
        if self.books.is_paid_elsewhere(waiting.number, claim, line):
            return ("18", ())
        if self.terms.needs_authorization(line.procedure_code, day):
            denial = self._unauthorized(claim.authorization_number)
            if denial[0]:
                return denial
        return self._late(waiting, day)

    def _unauthorized(self, number: str) -> Denial:
        if not number:
            return ("197", ())
        is_sound = number.isdigit() and len(number) == AUTHORIZATION_DIGITS
        is_missing = self.chance.hits("authorization", number, AUTHORIZATION_NOT_ON_FILE)
        return ("15", ("N517",)) if is_missing or not is_sound else ("", ())

    def _late(self, waiting: Waiting, day: date) -> Denial:
        """After a year nothing without an accepted reason; with one, the proof that it wants."""
        if late_percent(day, waiting.received_on) == 100:  # noqa: PLR2004
            return ("", ())
        wants_attachment = self.terms.delay_reasons.get(waiting.claim.delay_reason_code)
        if wants_attachment is None:
            is_over = late_percent(day, waiting.received_on) == 0
            return ("29", ("N30",)) if is_over else ("", ())
        lacks = wants_attachment and not waiting.claim.has_attachment
        return ("252", ("N445",)) if lacks else ("", ())

    def _paid(self, waiting: Waiting, line: Line) -> LineResult:
        day = line.service_on or waiting.received_on
        allowed = self.terms.allowed_amount(
            line.procedure_code, line.units, line.charge_amount, day
        )
        is_excused = waiting.claim.delay_reason_code in self.terms.delay_reasons
        percent = 100 if is_excused else late_percent(day, waiting.received_on)
        paid = (allowed * percent / 100).quantize(CENT, ROUND_HALF_UP)
        beside = min(paid, line.other_paid_amount)  # Medi-Cal pays last
        cuts = (("45", line.charge_amount - allowed), ("251", allowed - paid), ("23", beside))
        remarks = ("N102",) if paid < allowed else ()
        adjustments = tuple(one for one in cuts if one[1])
        return LineResult(line, paid - beside, allowed, adjustments, remarks)


def _denied(line: Line, denial: Denial) -> LineResult:
    carc, remarks = denial
    adjustments = ((carc, line.charge_amount),) if line.charge_amount else ()
    return LineResult(line, NOTHING, NOTHING, adjustments, remarks)


def _negated(one: LineResult) -> LineResult:
    return LineResult(
        replace(one.line, charge_amount=-one.line.charge_amount),
        -one.paid_amount,
        -one.allowed_amount,
        tuple((carc, -dollars) for carc, dollars in one.adjustments),
        one.remarks,
    )
