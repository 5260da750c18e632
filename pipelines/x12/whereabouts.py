"""Whereabouts: what a segment of an outgoing 837 belongs to, told from the file's text alone.

Here: positions, loops, and the numbers that a loop carries. Not here: which row is behind them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from contracts.errors import UsageError
from pipelines.x12 import wire
from pipelines.x12.charset import ELEMENT, TERMINATOR

_ENVELOPE: Final = ("ISA", "GS", "ST", "SE", "GE", "IEA")
_OF_PARTY: Final = ("NM1", "N3", "N4", "PRV", "PER", "REF", "DMG")
_BREAKS: Final = (b"\r", b"\n")
_OF_ANSWER: Final = ("SVD", "CAS", "DTP")
Segments = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Place:
    """A segment's place. `segment` counts from 1 in the file, `set_segment` from ST.

    `loop`: envelope, heading, billing, subscriber, claim, provider, other_payer, line,
    other_payment. `party_code` and `party_id`: NM101 and NM109 of the party that it is about;
    `payer_id`: NM109 or SVD01 of another payer.
    """

    segment: int
    set_control_number: str | None
    set_segment: int | None
    text: str
    loop: str
    patient_control_number: str | None = None
    line_ordinal: int | None = None
    party_code: str | None = None
    party_id: str | None = None
    payer_id: str | None = None


def segment_at(data: bytes, byte: int) -> int:
    """The number of the segment that a byte (from 0) stands in, or that its line break ends."""
    if not 0 <= byte < len(data):
        raise UsageError("trace_place", f"the file has bytes 0 to {len(data) - 1}.")
    while byte and data[byte : byte + 1] in _BREAKS:
        byte -= 1
    return data.count(TERMINATOR.encode(), 0, byte) + 1


def segment_in_set(data: bytes, set_control_number: str, number: int) -> int:
    """The number in the file of a segment counted from the ST of a set, as a 999 tells it."""
    of_set = _of_set(data, set_control_number)
    if of_set.is_empty():
        raise UsageError("trace_place", f"the file has no set {set_control_number}.")
    if not 1 <= number <= of_set.height:
        told = f"set {set_control_number} has segments 1 to {of_set.height}."
        raise UsageError("trace_place", told)
    return int(of_set["segment_ordinal"].item(number - 1))


def segments_of_set(data: bytes, set_control_number: str) -> list[str]:
    """The texts of a set's segments from ST to SE; none where the file has no such set."""
    elements = _of_set(data, set_control_number)["elements"].to_list()
    return [ELEMENT.join(one) for one in elements]


def _of_set(data: bytes, set_control_number: str) -> pl.DataFrame:
    """Tokens of the first set with that number."""
    tokens = wire.read(data, file_id="outgoing").tokens
    begins = tokens.filter(segment_id="ST").filter(wire.element(2) == set_control_number)
    return tokens.filter(pl.col("set_ordinal").is_in(begins["set_ordinal"].head(1).implode()))


def place_of(data: bytes, segment: int) -> Place:
    """What segment number `segment` (from 1) belongs to. Raises UsageError where it has none."""
    tokens = wire.read(data, file_id="outgoing").tokens
    if not 1 <= segment <= tokens.height:
        raise UsageError("trace_place", f"the file has segments 1 to {tokens.height}.")
    row = tokens.row(segment - 1, named=True)
    text = "*".join(row["elements"])
    if row["set_ordinal"] is None:
        return Place(segment, None, None, text, "envelope")
    of_set = tokens.filter(pl.col("set_ordinal") == row["set_ordinal"])
    at = segment - int(of_set["segment_ordinal"].item(0))
    segments: Segments = of_set["elements"].to_list()
    return _within_set(Place(segment, segments[0][2], at + 1, text, "envelope"), segments, at)


def _within_set(here: Place, segments: Segments, at: int) -> Place:
    if segments[at][0] in _ENVELOPE:
        return here
    level = _before(segments, at, "HL")
    if level is None:
        return replace(here, loop="heading")
    if segments[level][3] == "20":
        npi = _element(segments[level:], ("NM1", "85"), 9)
        return replace(here, loop="billing", party_code="85", party_id=npi)
    return _under_subscriber(here, segments, at, level)


def _under_subscriber(here: Place, segments: Segments, at: int, level: int) -> Place:
    """Under a subscriber's level, which holds one claim."""
    claim = next(n for n in range(level, len(segments)) if segments[n][0] == "CLM")
    here = replace(here, patient_control_number=segments[claim][1])
    if at < claim:
        return replace(here, loop="subscriber")
    line = _before(segments, at, "LX", claim)
    if line is not None:
        here = replace(here, line_ordinal=int(segments[line][1]))
        return _of_line(here, segments, at, line)
    other = _before(segments, at, "SBR", claim)
    if other is not None:
        payer = _element(segments[other:], ("NM1", "PR"), 9)
        return replace(here, loop="other_payer", payer_id=payer)
    return _of_party(replace(here, loop="claim"), segments, at, claim)


def _of_line(here: Place, segments: Segments, at: int, line: int) -> Place:
    answer = _before(segments, at, "SVD", line)
    if answer is not None and segments[at][0] in _OF_ANSWER:
        return replace(here, loop="other_payment", payer_id=segments[answer][1])
    return _of_party(replace(here, loop="line"), segments, at, line)


def _of_party(here: Place, segments: Segments, at: int, since: int) -> Place:
    """The provider or place that a segment is about; else it is the loop's own."""
    party = _before(segments, at, "NM1", since)
    if party is None or segments[at][0] not in _OF_PARTY:
        return here
    code = segments[party][1]
    npi = _element(segments[party:], ("NM1", code), 9)
    return replace(here, loop="provider", party_code=code, party_id=npi)


def _element(segments: Segments, begins: tuple[str, str], number: int) -> str | None:
    """An element of the first segment that begins so."""
    found = next((one for one in segments if tuple(one[:2]) == begins), ())
    return found[number] if len(found) > number else None


def _before(segments: Segments, at: int, name: str, since: int = 0) -> int | None:
    """The last segment of a name up to a place, not before `since`."""
    return next((n for n in range(at, since - 1, -1) if segments[n][0] == name), None)
