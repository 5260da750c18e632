"""Books: what the payer remembers of claims: their numbers, results, reversals and recoveries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pipelines.demo.payer.claims import Claim, Line

LINE_DIGITS = 2  # behind a claim's own number, of a line of it
NUMBER_DIGITS = 13

Service = tuple[str, str, str, tuple[str, tuple[str, ...], date | None]]


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of a line: `adjustments` are CARC and dollars."""

    line: Line
    paid_amount: Decimal
    allowed_amount: Decimal
    adjustments: tuple[tuple[str, Decimal], ...]
    remarks: tuple[str, ...] = ()

    @property
    def is_denied(self) -> bool:
        return self.allowed_amount == 0


@dataclass(slots=True)
class Record:
    """An adjudicated claim; `settled` holds positions of lines reversed or recovered since."""

    number: str
    usage: str
    claim: Claim
    lines: tuple[LineResult, ...]
    remitted_on: date
    settled: set[int] = field(default_factory=set)

    def standing(self) -> Iterator[LineResult]:
        return (one for one in self.lines if one.line.position not in self.settled)


@dataclass(slots=True)
class Books:
    """An agency's claims of one usage by the payer's number; a service is paid for once."""

    usage: str
    records: dict[str, Record] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)  # by patient control number
    _paid: dict[Service, str] = field(default_factory=dict)

    def number(self, claim: Claim, received_on: date) -> str:
        """Give the claim the payer's own number: day of receipt, test or not, running number."""
        series = 9 if self.usage == "T" else 0
        given = f"{received_on:%y%j}{series}{len(self.numbers) + 1:07d}"
        self.numbers[claim.patient_control_number] = given
        return given

    def is_paid_elsewhere(self, number: str, claim: Claim, line: Line) -> bool:
        """Whether another claim was paid for the service; within one, lines may be split."""
        return self._paid.get(_service(claim, line), number) != number

    def pay(self, number: str, claim: Claim, line: Line) -> None:
        self._paid[_service(claim, line)] = number

    def keep(self, record: Record) -> None:
        self.records[record.number] = record

    def settle(self, record: Record, result: LineResult) -> None:
        """A line is reversed or recovered: its service may be paid for again."""
        record.settled.add(result.line.position)
        if self._paid.get(service := _service(record.claim, result.line)) == record.number:
            del self._paid[service]

    def addressed(self, claim: Claim) -> tuple[Record, tuple[LineResult, ...]] | None:
        """The record and the lines of it that a replacement or void names, None if there is none.

        How Medi-Cal wants one line addressed is not known: this payer takes the claim's number with
        the line's two digits behind it, or finds the line by its service.
        """
        record = self.records.get(claim.replaced_number[:NUMBER_DIGITS])
        if record is None:
            return None
        lines = tuple(_named(record, claim))
        return (record, lines) if lines else None


def _named(record: Record, claim: Claim) -> Iterator[LineResult]:
    ordinal = claim.replaced_number[NUMBER_DIGITS:]
    services = {line.service for line in claim.lines}
    is_whole = len(claim.lines) == len(record.lines)
    for one in record.lines:
        if ordinal:
            is_named = one.line.ordinal.zfill(LINE_DIGITS) == ordinal
        else:
            is_named = is_whole or one.line.service in services
        if is_named:
            yield one


def _service(claim: Claim, line: Line) -> Service:
    return (claim.cin, claim.billing.number, claim.rendering.number, line.service)
