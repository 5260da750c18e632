"""Claim status: the 277 (005010X212) for what a 276 asked, and for claims that are pended."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from pipelines.demo.payer.adjudication import Waiting
from pipelines.demo.payer.books import Books
from pipelines.demo.payer.claims import Party, party
from pipelines.demo.payer.envelope import (
    Guide,
    Parties,
    ccyymmdd,
    dollars,
    interchange,
    plain,
    segment,
)
from pipelines.demo.payer.received import TransactionSet

GUIDE = Guide("277", "HN", "005010X212")
PENDED, IN_PROCESS, PAID, NOT_PAID, NOT_FOUND = "P2:46", "P1:20", "F1:65", "F2:9", "A4:35"


@dataclass(frozen=True, slots=True)
class Question:
    """What a 276 asks about one claim; `trace` is its TRN02."""

    trace: str
    patient_control_number: str
    payer: Party
    receiver: Party
    provider: Party
    member: Party


@dataclass(frozen=True, slots=True)
class Told:
    """A claim's status. `paid_amount` None where nothing was decided."""

    question: Question
    status: str
    number: str
    charge_amount: Decimal
    paid_amount: Decimal | None
    service_on: date | None


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """277: one set."""

    reference: str
    usage: str
    claims: tuple[Told, ...]
    part: int = 0
    kind: str = "277"

    @property
    def subject(self) -> str:
        return f"{self.reference}/{self.part}"

    def text(self, parties: Parties, number: int, at: datetime) -> str:
        sets = [list(_set(self.claims, f"{number:09d}", at))]
        return interchange(parties, self.usage, number, at, GUIDE, sets)

    def split(self) -> tuple["StatusAnswer", ...]:
        halves = (self.claims[::2], self.claims[1::2])
        return tuple(replace(self, claims=half, part=n) for n, half in enumerate(halves, 1) if half)

    def contradicted(self) -> "StatusAnswer":
        turned = {PENDED: IN_PROCESS, PAID: IN_PROCESS, NOT_PAID: PENDED}
        told = (replace(one, status=turned.get(one.status, NOT_FOUND)) for one in self.claims)
        return replace(self, claims=tuple(told), part=9)


def questions(received: TransactionSet) -> list[Question]:
    """What a 276 set asks, claim by claim."""
    found: list[Question] = []
    parties: dict[str, Party] = {}
    for segment_ in received.segments:
        if segment_.id == "NM1":
            parties[segment_.get(1)] = party(segment_)
        elif segment_.id == "TRN":
            found.append(Question(segment_.get(2), "", *(
                parties.get(role, Party()) for role in ("PR", "41", "1P", "IL")
            )))  # fmt: skip
        elif segment_.elements[:2] == ("REF", "EJ") and found:
            found[-1] = replace(found[-1], patient_control_number=segment_.get(2))
    return found


def looked_up(question: Question, books: Books, waiting: dict[str, Waiting]) -> Told:
    """A claim by its patient control number, as it stands."""
    number = books.numbers.get(question.patient_control_number, "")
    if held := waiting.get(number):
        return told_of(held, question)
    if record := books.records.get(number):
        paid = sum((one.paid_amount for one in record.standing()), Decimal(0))
        status = PAID if paid else NOT_PAID
        claim = record.claim
        return Told(question, status, number, claim.charge_amount, paid, claim.first_on)
    return Told(question, NOT_FOUND, "", Decimal(0), None, None)


def told_of(held: Waiting, question: Question) -> Told:
    """A claim that waits for its payment run."""
    status = PENDED if held.is_pended else IN_PROCESS
    claim = held.claim
    return Told(question, status, held.number, claim.charge_amount, None, claim.first_on)


def unasked(held: Waiting, receiver: Party) -> Question:
    """As if a claim had been asked about by its own number."""
    claim = held.claim
    number = claim.patient_control_number
    return Question(number, number, claim.payer, receiver, claim.billing, claim.member)


def _set(claims: tuple[Told, ...], reference: str, at: datetime) -> Iterator[str]:
    first = claims[0].question
    yield segment("BHT", "0010", "08", reference, f"{at:%Y%m%d}", f"{at:%H%M}", "DG")
    yield segment("HL", "1", "", "20", "1")
    yield segment("NM1", "PR", "2", plain(first.payer.name), *[""] * 4, "PI", first.payer.number)
    yield segment("HL", "2", "1", "21", "1")
    who = first.receiver
    yield segment("NM1", "41", "2", plain(who.name), *[""] * 4, "46", who.number)
    for ordinal, told in enumerate(claims):
        yield from _claim(told, 3 + 2 * ordinal, at)


def _claim(told: Told, level: int, at: datetime) -> Iterator[str]:
    asked = told.question
    provider, member = asked.provider, asked.member
    names = (plain(member.name), plain(member.first_name))
    yield segment("HL", str(level), "2", "19", "1")
    yield segment("NM1", "1P", "2", plain(provider.name), *[""] * 4, "XX", plain(provider.number))
    yield segment("HL", str(level + 1), str(level), "22", "0")
    yield segment("NM1", "IL", "1", *names, "", "", "", "MI", plain(member.number))
    yield segment("TRN", "2", plain(asked.trace))
    paid = "" if told.paid_amount is None else dollars(told.paid_amount)
    yield segment("STC", told.status, f"{at:%Y%m%d}", "", dollars(told.charge_amount), paid)
    if told.number:
        yield segment("REF", "1K", told.number)
    yield segment("REF", "EJ", plain(asked.patient_control_number))
    if told.service_on:
        yield segment("DTP", "472", "D8", ccyymmdd(told.service_on))
