"""Syntax: whether what was received holds together, as TA1 and 999 judge it.

Here: envelopes, counts, control numbers, segments and elements that the guide wants in any claim.
Not here: what a claim means (`acceptance`), or how the verdict is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.demo.payer.received import Group, Interchange, Segment, TransactionSet

# 005010X222A1 and X223A2: elements without which a segment tells nothing, by place with their
# numbers.
_ELEMENTS = {
    "BHT": {1: "1005", 2: "353", 3: "127", 4: "373"},
    "HL": {1: "628", 3: "735"},
    "NM1": {1: "98", 2: "1065"},
    "SBR": {1: "1138"},
    "CLM": {1: "1028", 2: "782", 5: "C023"},
    "HI": {1: "C022"},
    "LX": {1: "554"},
    "SV1": {1: "C003", 2: "782", 4: "380", 7: "C004"},
    "SV2": {1: "234", 3: "782", 5: "380"},
    "DTP": {1: "374", 2: "1250", 3: "1251"},
    "REF": {1: "128", 2: "127"},
}
_NUMBERS = {("CLM", 2), ("SV1", 2), ("SV1", 4), ("SV2", 3), ("SV2", 5)}
_OTHERS = (
    "ST SE CUR PAT PER PRV N3 N4 DMG CL1 PWK CN1 AMT NTE CR1 CR2 CR3 CRC HCP OI MOA CAS SVD LIN "
    "CTP K3"
)
_SERVICE = {"SV2": "SV1"}  # an institutional line's stands where a professional one's does
_OTHER_LOOPS = "SV5 MEA QTY PS1 LQ FRM"
_INQUIRY = "TRN SVC"  # of a 276
_KNOWN = {*_ELEMENTS, *_OTHERS.split(), *_OTHER_LOOPS.split(), *_INQUIRY.split()}
UNKNOWN_SEGMENT, MISSING_SEGMENT, FAULTY_ELEMENTS = "1", "3", "8"
MISSING_ELEMENT, BAD_CHARACTER, BAD_DATE = "1", "6", "8"


@dataclass(frozen=True, slots=True)
class Fault:
    """An IK3 and, for an element, its IK4. `claim` is the CLM01 it stands under, or ""."""

    segment_id: str
    position: int
    code: str
    claim: str
    element: tuple[str, str, str] | None = None  # place, number in the dictionary, code


@dataclass(frozen=True, slots=True)
class SetVerdict:
    """What 999 says of a set: `codes` of IK5 beyond A or R."""

    received: TransactionSet
    codes: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def is_accepted(self) -> bool:
        return not self.codes


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """What 999 says of a group; `code` of AK9 where the group itself is at fault."""

    group: Group
    code: str
    sets: tuple[SetVerdict, ...]

    def accepted(self) -> Iterator[TransactionSet]:
        if not self.code:
            yield from (one.received for one in self.sets if one.is_accepted)


def note_code(received: Interchange, seen: set[str]) -> str:
    """TA105: 000 where the interchange is taken. `seen`: control numbers of earlier ones."""
    if received.trailer is None:
        return "023"  # the file ends too early
    if received.trailer.get(2) != received.control_number:
        return "001"  # header and trailer differ
    if _number(received.trailer.get(1)) != len(received.groups):
        return "021"  # number of groups
    if received.usage not in ("T", "P"):
        return "020"
    return "025" if received.control_number in seen else "000"  # 025: number used before


def judged(group: Group) -> GroupVerdict:
    """The group with its sets, each on its own."""
    return GroupVerdict(group, _group_code(group), tuple(map(_judged_set, group.sets)))


def _group_code(group: Group) -> str:
    if group.trailer is None:
        return "3"
    if group.trailer.get(2) != group.header.get(6):
        return "4"
    return "" if _number(group.trailer.get(1)) == len(group.sets) else "5"


def _judged_set(received: TransactionSet) -> SetVerdict:
    faults = tuple(_faults(received))
    codes = [*_set_codes(received), *(["5"] if faults else [])]
    return SetVerdict(received, tuple(codes), faults)


def _set_codes(received: TransactionSet) -> Iterator[str]:
    trailer = received.trailer
    if trailer is None:
        yield "2"
        return
    if trailer.get(2) != received.header.get(2):
        yield "3"
    if _number(trailer.get(1)) != len(received.segments):
        yield "4"


def _faults(received: TransactionSet) -> Iterator[Fault]:
    claim, wanted = "", set[str]()
    for segment in received.segments:
        if segment.id in ("HL", "CLM", "LX", "SE"):
            yield from (Fault(one, segment.position, MISSING_SEGMENT, claim) for one in wanted)
            wanted = set()
        if segment.id in ("HL", "CLM", "SE"):
            claim = segment.get(1) if segment.id == "CLM" else ""
        yield from _segment_faults(segment, claim)
        wanted |= {"CLM": {"HI"}, "LX": {"SV1"}}.get(segment.id, set())
        wanted -= {_SERVICE.get(segment.id, segment.id)}


def _segment_faults(segment: Segment, claim: str) -> Iterator[Fault]:
    if segment.id not in _KNOWN:
        yield Fault(segment.id[:3], segment.position, UNKNOWN_SEGMENT, claim)
    for place, number in _ELEMENTS.get(segment.id, {}).items():
        if code := _element_code(segment, place):
            element = (str(place), number, code)
            yield Fault(segment.id, segment.position, FAULTY_ELEMENTS, claim, element)


def _element_code(segment: Segment, place: int) -> str:
    value = segment.get(place)
    if not value:
        return MISSING_ELEMENT
    if (segment.id, place) in _NUMBERS and not value.replace(".", "", 1).lstrip("-").isdigit():
        return BAD_CHARACTER
    is_date = segment.id == "DTP" and place == 3 and segment.get(2) == "D8"  # noqa: PLR2004
    return BAD_DATE if is_date and not (len(value) == 8 and value.isdigit()) else ""  # noqa: PLR2004


def _number(text: str) -> int:
    return int(text) if text.isdigit() else -1
