"""Simulation: the payer's days in order, from the first file received to the last day asked for.

What falls due on a day from earlier days is numbered before the answers to that day's own files, so
that a file sent later never changes an answer given.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.parsing import LOCAL_ZONE
from pipelines.demo.payer import claim_status, syntax
from pipelines.demo.payer.acceptance import Decision, Desk, reasons
from pipelines.demo.payer.acknowledgement import GroupAnswer, InterchangeAnswer
from pipelines.demo.payer.adjudication import Adjudicator, Waiting
from pipelines.demo.payer.books import Books
from pipelines.demo.payer.chance import Chance
from pipelines.demo.payer.claim_acknowledgement import ClaimAnswer, SetDecisions
from pipelines.demo.payer.claims import Claim, Party, claims, party
from pipelines.demo.payer.envelope import Answer, Parties
from pipelines.demo.payer.members import Members
from pipelines.demo.payer.mischief import Mischief
from pipelines.demo.payer.payment_runs import RUN_ON, Payments
from pipelines.demo.payer.received import Interchange, TransactionSet, interchanges
from pipelines.demo.payer.terms import Terms

ZONE = ZoneInfo(LOCAL_ZONE)
OPENS_AT = time(6)
ONE_DAY = timedelta(days=1)
DAYS_TO_PAY, DAYS_TO_TELL_PENDED, DAYS_PENDED = 3, 6, 12  # after acceptance; synthetic
USAGES = ("P", "T")
PENDED = 25  # of a thousand claims; illustrative


@dataclass(frozen=True, slots=True)
class Mail:
    """A file as it was received."""

    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file of the payer's, and the day on which it is delivered."""

    name: str
    content: bytes
    due_on: date


@dataclass(frozen=True)
class Accepting:
    """Sets that 999 took, to be looked at on the next day."""

    control_number: str
    usage: str
    received_on: date
    sets: tuple[TransactionSet, ...]


@dataclass
class Payer:
    """The payer of one simulation, with what it remembers from day to day."""

    parties: Parties
    members: Members
    terms: Terms
    chance: Chance
    mischief: Mischief
    books: dict[str, Books] = field(default_factory=lambda: {one: Books(one) for one in USAGES})
    payments: Payments = field(default_factory=Payments)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _accepting: dict[date, list[Accepting]] = field(default_factory=lambda: defaultdict(list))
    _delayed: dict[date, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    _pended: dict[date, list[tuple[Waiting, Party]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _given: int = 0

    def answers(self, mail: Sequence[Mail], until: date) -> Iterator[Delivery]:
        """Every answer due until a day, that day included, in order."""
        ordered = sorted(mail, key=lambda one: one.received_at)
        if not ordered:
            return
        day = _day(ordered[0].received_at)
        while day <= until:
            today = [one for one in ordered if _day(one.received_at) == day]
            opening = datetime.combine(day, OPENS_AT, ZONE)
            yield from self._sent(self._due(day), opening, self._delayed.pop(day, []))
            for one in today:
                yield from self._sent(self._received(one), one.received_at.astimezone(ZONE))
            day += ONE_DAY

    def _sent(
        self, answers: Iterator[Answer], at: datetime, first: Sequence[Answer] = ()
    ) -> Iterator[Delivery]:
        for answer in first:
            yield self._numbered(answer, at)
        for answer in answers:
            for days, one in self.mischief.on_the_way(answer):
                if days:
                    self._delayed[at.date() + days * ONE_DAY].append(one)
                else:
                    yield self._numbered(one, at)

    def _numbered(self, answer: Answer, at: datetime) -> Delivery:
        self._given += 1
        text = answer.text(self.parties, self._given, at)
        name = f"{self._given:09d}-{answer.kind}-{answer.usage}.x12"
        return Delivery(name, text.encode("ascii", "replace"), at.date())

    def _received(self, mail: Mail) -> Iterator[Answer]:
        """TA1 and 999 of each interchange; what they take waits for the next day."""
        for one in interchanges(mail.text):
            code = syntax.note_code(one, self._seen)
            yield InterchangeAnswer(one, code)
            if code != "000":
                continue
            self._seen.add(one.control_number)
            verdicts = tuple(map(syntax.judged, one.groups))
            yield GroupAnswer(one, verdicts)
            self._take(one, verdicts, _day(mail.received_at))

    def _take(
        self, received: Interchange, verdicts: tuple[syntax.GroupVerdict, ...], on: date
    ) -> None:
        sets = tuple(one for verdict in verdicts for one in verdict.accepted())
        if sets:
            self._accepting[on + ONE_DAY].append(
                Accepting(received.control_number, received.usage, on, sets)
            )

    def _due(self, day: date) -> Iterator[Answer]:
        at = datetime.combine(day, OPENS_AT, ZONE)
        for accepting in self._accepting.pop(day, []):
            yield from self._looked_at(accepting, at)
        yield from self._told_pended(day)
        if day.weekday() == RUN_ON:
            yield from self._paid(at)

    def _looked_at(self, accepting: Accepting, at: datetime) -> Iterator[Answer]:
        told = []
        for one in accepting.sets:
            if one.header.get(1) == "276":
                yield self._status(accepting, one)
            else:
                told.append(self._decided(accepting, one, at))
        if told:
            yield ClaimAnswer(
                accepting.control_number, accepting.usage, accepting.received_on, tuple(told)
            )

    def _status(self, accepting: Accepting, received: TransactionSet) -> Answer:
        asked = claim_status.questions(received)
        found = (
            claim_status.looked_up(one, self.books[accepting.usage], self.waiting) for one in asked
        )
        reference = f"{accepting.control_number}{received.header.get(2)}"
        return claim_status.StatusAnswer(reference, accepting.usage, tuple(found))

    def _decided(
        self, accepting: Accepting, received: TransactionSet, at: datetime
    ) -> SetDecisions:
        desk, read = Desk(self.members, self.books[accepting.usage], at), claims(received)
        submitter = _named(received, "41")
        decisions = tuple(self._decision(one, desk, accepting, submitter) for one in read)
        reference = next((one.get(3) for one in received.segments if one.id == "BHT"), "")
        return SetDecisions(reference, submitter, _named(received, "40"), decisions)

    def _decision(
        self, claim: Claim, desk: Desk, accepting: Accepting, submitter: Party
    ) -> Decision:
        found = reasons(claim, desk)
        if found:
            return Decision(claim, found)
        number = desk.books.number(claim, accepting.received_on)
        is_pended = self.chance.hits("pended", claim.patient_control_number, PENDED)
        on = desk.at.date()
        held = Waiting(
            number,
            accepting.usage,
            claim,
            accepting.received_on,
            on + timedelta(days=DAYS_PENDED if is_pended else DAYS_TO_PAY),
            is_pended,
        )
        self.waiting[number] = held
        if is_pended:
            self._pended[on + timedelta(days=DAYS_TO_TELL_PENDED)].append((held, submitter))
        return Decision(claim, (), number)

    def _told_pended(self, day: date) -> Iterator[Answer]:
        """One 277 for each usage."""
        pended = self._pended.pop(day, [])
        for usage in USAGES:
            mine = [(held, who) for held, who in pended if held.usage == usage]
            told = tuple(
                claim_status.told_of(held, claim_status.unasked(held, who)) for held, who in mine
            )
            if told:
                yield claim_status.StatusAnswer(f"pended-{day:%y%m%d}", usage, told)

    def _paid(self, at: datetime) -> Iterator[Answer]:
        ready = [one for one in self.waiting.values() if one.ready_on <= at.date()]
        for one in ready:
            del self.waiting[one.number]
        for usage, books in self.books.items():
            adjudicator = Adjudicator(self.members, self.terms, books, self.chance, at)
            mine = [one for one in ready if one.usage == usage]
            yield from self.payments.run(mine, adjudicator, at.date())


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def _named(received: TransactionSet, role: str) -> Party:
    found = (party(one) for one in received.segments if one.elements[:2] == ("NM1", role))
    return next(found, Party())
