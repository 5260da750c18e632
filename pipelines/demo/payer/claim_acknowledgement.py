"""Claim acknowledgement: the 277CA (005010X214) of the day after, at all its levels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count

from pipelines.demo.payer.acceptance import RETURNED, Decision, Reason
from pipelines.demo.payer.claims import Line, Party
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

GUIDE = Guide("277", "HN", "005010X214")
ACCEPTED, REJECTED = "WQ", "U"
CONTRADICTED = 7  # one claim in so many, when it is made to disagree with itself
Totals = tuple[int, int, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class SetDecisions:
    """The claims of one 837 set. `reference` is its BHT03."""

    reference: str
    submitter: Party
    payer: Party
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """277CA: a set for each set received."""

    control_number: str
    usage: str
    received_on: date
    sets: tuple[SetDecisions, ...]
    part: int = 0
    kind: str = "277CA"

    @property
    def subject(self) -> str:
        return f"{self.control_number}/{self.part}"

    def text(self, parties: Parties, number: int, at: datetime) -> str:
        sets = [
            list(_set(one, f"{number:09d}{ordinal:04d}", self.received_on, at))
            for ordinal, one in enumerate(self.sets, 1)
        ]
        return interchange(parties, self.usage, number, at, GUIDE, sets)

    def split(self) -> tuple["ClaimAnswer", ...]:
        halves = [
            tuple(replace(one, decisions=one.decisions[start::2]) for one in self.sets)
            for start in (0, 1)
        ]
        told = [tuple(one for one in half if one.decisions) for half in halves]
        return tuple(replace(self, sets=half, part=n) for n, half in enumerate(told, 1) if half)

    def contradicted(self) -> "ClaimAnswer":
        return replace(self, part=9, sets=tuple(
            replace(one, decisions=tuple(map(_turned, one.decisions[::CONTRADICTED])))
            for one in self.sets
        ))  # fmt: skip


def _turned(decision: Decision) -> Decision:
    reasons = (Reason(RETURNED, "18"),) if decision.is_accepted else ()
    return replace(decision, reasons=reasons)


def _set(told: SetDecisions, reference: str, received_on: date, at: datetime) -> Iterator[str]:
    levels = count(1)
    source, receiver = next(levels), next(levels)
    yield segment("BHT", "0085", "08", reference, f"{at:%Y%m%d}", f"{at:%H%M}", "TH")
    yield segment("HL", str(source), "", "20", "1")
    yield segment("NM1", "PR", "2", plain(told.payer.name), *[""] * 4, "PI", told.payer.number)
    yield segment("TRN", "1", reference)
    yield segment("DTP", "050", "D8", ccyymmdd(received_on))
    yield segment("DTP", "009", "D8", f"{at:%Y%m%d}")
    yield segment("HL", str(receiver), str(source), "21", "1")
    who = told.submitter
    yield segment("NM1", "41", "2", plain(who.name), *[""] * 4, "46", who.number)
    yield segment("TRN", "2", plain(told.reference))
    yield from _totals(told.decisions, f"{at:%Y%m%d}", ("90", "AA"))
    for decisions in _by_provider(told.decisions):
        provider = next(levels)
        yield from _provider(decisions, str(provider), str(receiver))
        for one in decisions:
            yield from _patient(one, str(next(levels)), str(provider), at)


def _by_provider(decisions: Sequence[Decision]) -> list[list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for one in decisions:
        found.setdefault(one.claim.billing.number, []).append(one)
    return list(found.values())


def _totals(decisions: Sequence[Decision], on: str, quantities: tuple[str, str]) -> Iterator[str]:
    """STC of a level (the provider's has no date), claims and dollars accepted and rejected."""
    sides = [[one for one in decisions if one.is_accepted is side] for side in (True, False)]
    charges = [sum((one.claim.charge_amount for one in side), Decimal(0)) for side in sides]
    yield segment("STC", "A1:19:PR", on, ACCEPTED, dollars(sum(charges, Decimal(0))))
    told = zip(quantities, ("YU", "YY"), sides, charges, strict=True)
    present = [one for one in told if one[2]]
    yield from (segment("QTY", code, str(len(side))) for code, _, side, _ in present)
    yield from (segment("AMT", code, dollars(charge)) for _, code, _, charge in present)


def _provider(decisions: Sequence[Decision], level: str, parent: str) -> Iterator[str]:
    billing = decisions[0].claim.billing
    yield segment("HL", level, parent, "19", "1")
    yield segment("NM1", "85", "2", plain(billing.name), *[""] * 4, "XX", plain(billing.number))
    yield segment("TRN", "1", "0")
    yield from _totals(decisions, "", ("QA", "QC"))


def _patient(decision: Decision, level: str, parent: str, at: datetime) -> Iterator[str]:
    claim = decision.claim
    member = claim.member
    names = (plain(member.name), plain(member.first_name))
    yield segment("HL", level, parent, "PT")
    yield segment("NM1", "QC", "1", *names, "", "", "", "MI", plain(member.number))
    yield segment("TRN", "2", plain(claim.patient_control_number))
    for reason in _whole(decision):
        yield _status(reason, f"{at:%Y%m%d}", dollars(claim.charge_amount))
    if decision.number and decision.is_accepted:
        yield segment("REF", "1K", decision.number)
    if claim.first_on:
        yield segment("DTP", "472", "D8", ccyymmdd(claim.first_on))
    for reason in decision.reasons:
        if reason.line is not None:
            yield from _line(reason, reason.line, at)


def _whole(decision: Decision) -> list[Reason]:
    """Reasons of the claim itself; where only a line is at fault, that its data are."""
    if decision.is_accepted:
        return [Reason("A2", "20", "PR")]
    own = [one for one in decision.reasons if one.line is None]
    return own or [Reason(decision.reasons[0].category, "247")]


def _status(reason: Reason, on: str, charge: str) -> str:
    action = ACCEPTED if reason.category in ("A1", "A2") else REJECTED
    return segment(
        "STC", composite(reason.category, reason.status, reason.entity), on, action, charge
    )


def _line(reason: Reason, line: Line, at: datetime) -> Iterator[str]:
    procedure = composite("HC", plain(line.procedure_code), *map(plain, line.modifiers))
    charge, units = dollars(line.charge_amount), dollars(line.units)
    yield segment("SVC", procedure, charge, "", "", "", "", units)
    yield _status(reason, f"{at:%Y%m%d}", "")
    if line.control_number:
        yield segment("REF", "FJ", plain(line.control_number))
    if line.service_on:
        yield segment("DTP", "472", "D8", ccyymmdd(line.service_on))
