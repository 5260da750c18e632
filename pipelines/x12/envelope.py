"""Interchange, group and transaction-set envelopes, written by X12Generator alone.

Here: who sends to whom under which control numbers, and the segments that say so.
Not here: the body of any transaction set. The generator's own ISA, GS and SE are not used:
they misplace the version, the dates and the counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from x12_edi_tools.x12_generator import X12Generator

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.x12.charset import COMPONENT, NOT_CARRIED, REPETITION, TERMINATOR
from pipelines.x12.segments import SEGMENT_END

LOS_ANGELES: Final = ZoneInfo("America/Los_Angeles")
MAX_CONTROL_NUMBER: Final = 999_999_999  # ISA13 is nine digits
_BAD: Final = re.compile(NOT_CARRIED)
_LENGTHS: Final = {  # least and most characters, from the ISA, GS and NM1 of the guides
    "isa_sender_qualifier": (2, 2),
    "isa_sender_id": (1, 15),
    "gs_sender_code": (2, 15),
    "isa_receiver_qualifier": (2, 2),
    "isa_receiver_id": (1, 15),
    "gs_receiver_code": (2, 15),
    "submitter_name": (1, 60),
    "receiver_name": (1, 60),
    "contact_name": (1, 60),
    "contact_phone": (1, 256),
    "usage": (1, 1),
}

Segment = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Guide:
    """An implementation guide: ST01, GS01 and the version that GS08 and ST03 carry."""

    transaction_set: str
    functional_code: str
    version: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One interchange of one group. `created_at` is the recorded time of the batch, with zone.

    The group codes double as submitter and receiver ids in loops 1000A and 1000B.
    Raises UsageError naming the setting that no interchange can carry.
    """

    submitter_name: str
    contact_name: str
    contact_phone: str
    isa_sender_qualifier: str
    isa_sender_id: str
    gs_sender_code: str
    isa_receiver_qualifier: str
    isa_receiver_id: str
    gs_receiver_code: str
    receiver_name: str
    usage: Literal["T", "P"]
    interchange_control_number: int
    group_control_number: int
    created_at: datetime

    def __post_init__(self) -> None:
        _refuse_bad_settings(self)
        _refuse_bad_numbers(self)

    @property
    def local_time(self) -> datetime:
        """`created_at` in Los Angeles, whose dates and times all the segments carry."""
        return self.created_at.astimezone(LOS_ANGELES)


@dataclass(frozen=True, slots=True)
class SetOutline:
    """A transaction set less its body: its place among `set_count` and its leading segments."""

    ordinal: int
    set_count: int
    heading: Sequence[Segment]
    body_segment_count: int

    @property
    def control_number(self) -> str:
        """ST02 and SE02: at least four digits, unique in the interchange."""
        return f"{self.ordinal:04d}"

    @property
    def segment_count(self) -> int:
        """SE01: ST, heading, body and SE itself."""
        return len(self.heading) + self.body_segment_count + 2


@dataclass(frozen=True, slots=True)
class Frame:
    """The texts around a body: ISA and GS, ST to the end of the heading, SE, GE and IEA."""

    opening: str
    heading: str
    closing: str
    ending: str


def frame(envelope: Envelope, guide: Guide, outline: SetOutline) -> Frame:
    """Envelope texts for one set; the first set's opening and the last one's ending are written."""
    segments = [
        ("ISA", isa_elements(envelope)),
        ("GS", gs_elements(envelope, guide)),
        ("ST", [guide.transaction_set, outline.control_number, guide.version]),
        *outline.heading,
        ("SE", [str(outline.segment_count), outline.control_number]),
        ("GE", [str(outline.set_count), str(envelope.group_control_number)]),
        ("IEA", ["1", f"{envelope.interchange_control_number:09d}"]),
    ]
    texts = _generate(guide, segments)
    return Frame(
        opening="".join(texts[:2]),
        heading="".join(texts[2:-3]),
        closing=texts[-3],
        ending="".join(texts[-2:]),
    )


def isa_elements(envelope: Envelope) -> list[str]:
    """ISA01 to ISA16, padded to the fixed widths that make the segment 106 characters."""
    return [
        *("00", " " * 10, "00", " " * 10),
        *(envelope.isa_sender_qualifier, envelope.isa_sender_id.ljust(15)),
        *(envelope.isa_receiver_qualifier, envelope.isa_receiver_id.ljust(15)),
        *(f"{envelope.local_time:%y%m%d}", f"{envelope.local_time:%H%M}", REPETITION, "00501"),
        f"{envelope.interchange_control_number:09d}",
        *("1", envelope.usage, COMPONENT),  # ISA14 = 1: we want to know that it arrived
    ]


def gs_elements(envelope: Envelope, guide: Guide) -> list[str]:
    """GS01 to GS08."""
    return [
        *(guide.functional_code, envelope.gs_sender_code, envelope.gs_receiver_code),
        *(f"{envelope.local_time:%Y%m%d}", f"{envelope.local_time:%H%M}"),
        *(str(envelope.group_control_number), "X", guide.version),
    ]


def _generate(guide: Guide, segments: Sequence[Segment]) -> list[str]:
    """Texts of `segments`. A generator keeps what it was given, so each call makes its own."""
    generator = X12Generator(guide.version)
    for name, values in segments:
        generator.add_segment(name, list(values))
    texts = generator.generate().split(TERMINATOR)
    return [text + SEGMENT_END for text in texts[:-1]]


def _refuse_bad_settings(envelope: Envelope) -> None:
    for name, (least, most) in _LENGTHS.items():
        value = getattr(envelope, name)
        if not least <= len(value) <= most or value != value.strip() or _BAD.search(value):
            raise UsageError(
                "envelope_setting",
                f"setting {name}: must be {least} to {most} characters that X12 can carry "
                "(no * : ^ ~, no accents, no blank at either end). Correct it in reentry.toml.",
            )
    if envelope.usage not in {"T", "P"}:
        raise UsageError("envelope_setting", "setting usage: must be T (test) or P (production).")


def _refuse_bad_numbers(envelope: Envelope) -> None:
    for name in ("interchange_control_number", "group_control_number"):
        if not 1 <= getattr(envelope, name) <= MAX_CONTROL_NUMBER:
            raise BrokenInvariantError(
                "control_number",
                f"{name}: outside 1 to {MAX_CONTROL_NUMBER}. Look at the ledger's control numbers.",
            )
    if envelope.created_at.tzinfo is None:
        raise BrokenInvariantError(
            "created_at_without_zone",
            "created_at of the batch has no time zone. Record it with one.",
        )
