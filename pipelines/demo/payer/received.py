"""Received: X12 text as a payer's translator takes it apart, whatever its delimiters.

Here: segments, sets, groups and interchanges. Not here: whether they add up, or what they mean.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

ISA_LENGTH = 106
_ELEMENT_AT, _COMPONENT_AT, _TERMINATOR_AT = 3, 104, 105
_BLANKS = " \t\r\n\ufeff"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment; `position` counts from ST = 1, 0 outside a set."""

    position: int
    elements: tuple[str, ...]
    component_mark: str

    @property
    def id(self) -> str:
        return self.elements[0]

    def get(self, number: int) -> str:
        """Element `number`; "" where it is absent."""
        return self.elements[number] if number < len(self.elements) else ""

    def part(self, number: int, place: int) -> str:
        """Component `place` (from 1) of element `number`; "" where it is absent."""
        parts = self.parts(number)
        return parts[place - 1] if place <= len(parts) else ""

    def parts(self, number: int) -> list[str]:
        return self.get(number).split(self.component_mark)


@dataclass(slots=True)
class TransactionSet:
    """From ST to SE, both included where they are there."""

    segments: list[Segment] = field(default_factory=list)

    @property
    def header(self) -> Segment:
        return self.segments[0]

    @property
    def trailer(self) -> Segment | None:
        return self.segments[-1] if self.segments[-1].id == "SE" else None


@dataclass(slots=True)
class Group:
    """From GS to GE."""

    header: Segment
    sets: list[TransactionSet] = field(default_factory=list)
    trailer: Segment | None = None


@dataclass(slots=True)
class Interchange:
    """From ISA to IEA."""

    header: Segment
    groups: list[Group] = field(default_factory=list)
    trailer: Segment | None = None

    @property
    def control_number(self) -> str:
        return self.header.get(13)

    @property
    def usage(self) -> str:
        return self.header.get(15)


def interchanges(text: str) -> Iterator[Interchange]:
    """Every interchange of a file, each by the delimiters that its own ISA declares.

    What stands before the first ISA or after an IEA is passed over.
    """
    start = text.find("ISA")
    while start >= 0 and len(text) - start >= ISA_LENGTH:
        end = _end(text, start)
        yield _interchange(_segments(text[start:end]))
        start = text.find("ISA", end)


def _end(text: str, start: int) -> int:
    """Where the interchange ends: behind its IEA, else with the text."""
    element, terminator = text[start + _ELEMENT_AT], text[start + _TERMINATOR_AT]
    trailer = text.find(f"IEA{element}", start + ISA_LENGTH)
    closed = text.find(terminator, trailer) if trailer >= 0 else -1
    return closed + 1 if closed >= 0 else len(text)


def _segments(text: str) -> Iterator[Segment]:
    element, component = text[_ELEMENT_AT], text[_COMPONENT_AT]
    position = 0
    for raw in text.split(text[_TERMINATOR_AT]):
        values = tuple(raw.lstrip(_BLANKS).split(element))
        if values == ("",):
            continue
        position = 1 if values[0] == "ST" else position + 1 if position else 0
        yield Segment(position, values, component)
        position = 0 if values[0] == "SE" else position


def _interchange(segments: Iterator[Segment]) -> Interchange:
    whole = Interchange(next(segments))
    is_open = False
    for segment in segments:
        is_open = _placed(whole, segment, is_open=is_open)
    return whole


def _placed(whole: Interchange, segment: Segment, *, is_open: bool) -> bool:
    """Put a segment where it belongs; whether a set is open behind it."""
    match segment.id:
        case "IEA":
            whole.trailer = segment
        case "GS":
            whole.groups.append(Group(segment))
        case "GE" if whole.groups:
            whole.groups[-1].trailer = segment
        case "ST" if whole.groups:
            whole.groups[-1].sets.append(TransactionSet([segment]))
            return True
        case _ if is_open:
            whole.groups[-1].sets[-1].segments.append(segment)
            return segment.id != "SE"
    return False
