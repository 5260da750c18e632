"""What pyx12's codes mean, in sentences that quote nothing from the file.

Codes are those of a 999 and TA1 (ASC X12 elements 618, 716, 718, 720, 721), and pyx12's own for
hierarchies and service-line numbers. Not here: running pyx12.
"""

from types import MappingProxyType
from typing import Final

_WORDS: Final = MappingProxyType(
    {
        ("interchange", "001"): "IEA02 differs from ISA13",
        ("interchange", "021"): "IEA01 differs from the number of groups",
        ("interchange", "023"): "the interchange has no IEA",
        ("interchange", "024"): "a group of the interchange has no GE",
        ("interchange", "025"): "ISA13 is used twice in the file",
        ("group", "3"): "the group has no GE, or one of its sets no SE",
        ("group", "4"): "GE02 differs from GS06",
        ("group", "5"): "GE01 differs from the number of sets",
        ("group", "6"): "GS06 is used twice in the interchange",
        ("set", "2"): "the set has no SE",
        ("set", "3"): "SE02 differs from ST02",
        ("set", "4"): "SE01 differs from the number of segments",
        ("set", "23"): "ST02 is used twice in the group",
        ("segment", "1"): "the guide knows no such segment, or it begins with a blank",
        ("segment", "2"): "the guide does not expect the segment here",
        ("segment", "3"): "a segment that the guide requires is missing before this one",
        ("segment", "4"): "the loop is repeated more often than the guide allows",
        ("segment", "5"): "the segment is repeated more often than the guide allows",
        ("segment", "6"): "the segment is not part of this transaction set",
        ("segment", "7"): "the segment is out of order",
        ("segment", "8"): "the segment has elements in error",
        ("segment", "HL1"): "HL01 does not count the levels of the set",
        ("segment", "HL2"): "HL02 names no level above",
        ("segment", "LX"): "LX01 does not count the service lines of the claim",
        ("segment", "SEG1"): "the segment ends in empty elements",
        ("element", "1"): "a required element is missing",
        ("element", "2"): "an element is missing that another one requires",
        ("element", "3"): "there are more elements than the guide has",
        ("element", "4"): "the value is too short",
        ("element", "5"): "the value is too long",
        ("element", "6"): "the value has a character that its type does not allow",
        ("element", "7"): "the value is not in the guide's code list",
        ("element", "8"): "the value is not a date",
        ("element", "9"): "the value is not a time",
        ("element", "10"): "an element excludes another that is present",
        ("file", "died"): "the check was ended before its verdict: write the batch again",
        ("file", "unreadable"): "pyx12 could not read on: no 5010 envelope of a guide it knows, or "
        "characters beyond ASCII",
        ("file", "stopped"): "pyx12 stopped before the last segment: an empty one stands here",
        ("file", "header"): "pyx12 refuses an element of ISA, GS or ST without naming it",
    }
)

# A delimiter inside a value makes the rest of it look like a segment: only these ids are told.
_SEGMENTS: Final = frozenset(
    (
        *("ISA", "GS", "ST", "BHT", "HL", "SE", "GE", "IEA"),
        *("NM1", "N3", "N4", "PER", "PRV", "REF", "DMG", "SBR", "PAT", "CUR"),
        *("CLM", "CL1", "DTP", "PWK", "CN1", "AMT", "K3", "NTE", "HI", "HCP"),
        *("CR1", "CR2", "CR3", "CRC", "CAS", "OI", "MIA", "MOA", "QTY", "MEA"),
        *("LX", "SV1", "SV2", "SV5", "PS1", "LIN", "CTP", "SVD", "LQ", "FRM"),
    )
)


def segment_name(segment_id: str) -> str:
    """`segment_id` where an 837 has such a segment, else "": it may be part of a value."""
    return segment_id if segment_id in _SEGMENTS else ""


def words(level: str, code: str) -> str:
    """The sentence for `code` at `level` (interchange, group, set, segment, element or file)."""
    return _WORDS.get((level, code), f"pyx12 objects with its code {code}")
