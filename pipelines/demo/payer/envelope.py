"""Envelope: the payer's ISA to IEA, mirrored from how the agency says the two know each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from contracts.settings import Agency

_ELEMENT, _COMPONENT, _REPETITION, _END = "*", ":", "^", "~\n"
_BLANKED = str.maketrans(dict.fromkeys("*:^~\r\n", " "))


@dataclass(frozen=True, slots=True)
class Guide:
    """ST01, GS01 and the version of an implementation guide."""

    transaction_set: str
    functional_code: str
    version: str


@dataclass(frozen=True, slots=True)
class Parties:
    """Sender and receiver of the payer's files: qualifier, id in ISA, code in GS."""

    sender: tuple[str, str, str]
    receiver: tuple[str, str, str]


class Answer(Protocol):
    """One interchange to come. `subject` tells it from all others of its kind."""

    @property
    def kind(self) -> str: ...
    @property
    def usage(self) -> str: ...
    @property
    def subject(self) -> str: ...

    def text(self, parties: Parties, number: int, at: datetime) -> str:
        """The whole interchange under a control number."""

    def split(self) -> Sequence["Answer"]:
        """The same answer in two, or in one where it cannot be divided."""

    def contradicted(self) -> "Answer":
        """The answer with a verdict turned about; itself where there is none in it."""


def parties_of(agency: Agency) -> Parties:
    """The agency's settings seen from the payer's side."""
    return Parties(
        (agency.isa_receiver_qualifier, agency.isa_receiver_id, agency.gs_receiver_code),
        (agency.isa_sender_qualifier, agency.isa_sender_id, agency.gs_sender_code),
    )


def segment(*values: str) -> str:
    """A segment with its terminator; empty elements at its end are left out."""
    return _ELEMENT.join(values).rstrip(_ELEMENT) + _END


def composite(*values: str) -> str:
    """Components of one element; empty ones at its end are left out."""
    return _COMPONENT.join(values).rstrip(_COMPONENT)


def plain(value: str) -> str:
    """A value that came from elsewhere, without our delimiters."""
    return value.translate(_BLANKED).strip()


def dollars(amount: Decimal) -> str:
    """Type R: no trailing zeros behind the point."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ccyymmdd(day: date) -> str:
    """A day as D8 has it."""
    return f"{day:%Y%m%d}"


def interchange(
    parties: Parties, usage: str, number: int, at: datetime, guide: Guide, sets: Sequence[list[str]]
) -> str:
    """One group of sets, each given as its segments between ST and SE."""
    version = guide.version if guide.transaction_set != "835" else ""  # an 835 has no ST03
    body = "".join(
        segment("ST", guide.transaction_set, f"{ordinal:04d}", version)
        + "".join(inside)
        + segment("SE", str(len(inside) + 2), f"{ordinal:04d}")
        for ordinal, inside in enumerate(sets, 1)
    )
    opening = segment(
        "GS", guide.functional_code, parties.sender[2], parties.receiver[2],
        f"{at:%Y%m%d}", f"{at:%H%M}", str(number), "X", guide.version,
    )  # fmt: skip
    closing = segment("GE", str(len(sets)), str(number))
    return enclosed(parties, usage, number, at, opening + body + closing, groups=1)


def enclosed(
    parties: Parties, usage: str, number: int, at: datetime, body: str, *, groups: int
) -> str:
    """ISA, what is given, IEA."""
    header = _ELEMENT.join((
        "ISA", "00", " " * 10, "00", " " * 10,
        parties.sender[0], parties.sender[1].ljust(15),
        parties.receiver[0], parties.receiver[1].ljust(15),
        f"{at:%y%m%d}", f"{at:%H%M}", _REPETITION, "00501", f"{number:09d}", "0", usage, _COMPONENT,
    ))  # fmt: skip
    return header + _END + body + segment("IEA", str(groups), f"{number:09d}")
