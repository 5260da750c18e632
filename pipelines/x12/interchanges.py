"""Where interchanges begin and which delimiters each declares.

Here: bytes to text, ISA headers, one piece of text for each interchange.
Not here: segments, groups and sets (`wire`), or whether what they say adds up (`damage`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.errors import RefusedInputError

ISA_LENGTH: Final = 106
# Where the element separator stands in an ISA, whose elements all have fixed widths.
_ISA_SEPARATORS: Final = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_REPETITION_AT, _COMPONENT_AT, _TERMINATOR_AT = 82, 104, 105
_CONTROL_NUMBER: Final = slice(90, 99)
_SCHEMA: Final = dict.fromkeys(
    (
        *("interchange_control_number", "element_separator", "repetition_separator"),
        *("component_separator", "terminator", "text"),
    ),
    pl.String,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused."""

    max_bytes: int = 2_000_000_000
    max_segments: int = 5_000_000


def split_interchanges(data: bytes, file_id: str, limits: Limits) -> pl.DataFrame:
    """One row an interchange: interchange_ordinal, interchange_control_number, text, and the
    separators element_separator, component_separator, repetition_separator, terminator.

    Raises RefusedInputError where there is no ISA, an ISA is malformed or a limit is passed.
    """
    text = _decoded(data, file_id, limits)
    rows = pl.DataFrame(_interchanges(text, file_id), schema=_SCHEMA)
    segment_count = rows.select(
        pl.col("text").str.count_matches(pl.col("terminator"), literal=True).sum()
    ).item()
    if segment_count > limits.max_segments:
        trouble = f"{segment_count} segments, more than the {limits.max_segments} allowed"
        raise _refusal("x12_too_large", file_id, trouble, "Split the file or raise max_segments.")
    return rows.with_row_index("interchange_ordinal", offset=1)


def _decoded(data: bytes, file_id: str, limits: Limits) -> str:
    """UTF-8 with or without a mark, else Latin-1, in which old translators write names."""
    if len(data) > limits.max_bytes:
        trouble = f"{len(data)} bytes, more than the {limits.max_bytes} allowed"
        raise _refusal("x12_too_large", file_id, trouble, "Split the file or raise max_bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _interchanges(text: str, file_id: str) -> Iterator[dict[str, str | None]]:
    start = len(text) - len(text.lstrip())
    if not text.startswith("ISA", start):
        trouble = "does not begin with an ISA segment"
        raise _refusal(
            "x12_no_interchange", file_id, trouble, "Send the file as the payer wrote it."
        )
    ordinal = 0
    while start < len(text):
        ordinal += 1
        header = text[start : start + ISA_LENGTH]
        _refuse_malformed(header, file_id, ordinal)
        end = _next_start(text, start, header[_TERMINATOR_AT])
        yield _interchange(header, text[start:end])
        start = end


def _interchange(header: str, text: str) -> dict[str, str | None]:
    repetition = header[_REPETITION_AT]
    return {
        "interchange_control_number": header[_CONTROL_NUMBER],
        "element_separator": header[_ISA_SEPARATORS[0]],
        # Before 00501 ISA11 names a standards body (`U`) and nothing repeats.
        "repetition_separator": None if repetition.isalnum() else repetition,
        "component_separator": header[_COMPONENT_AT],
        "terminator": header[_TERMINATOR_AT],
        "text": text,
    }


def _refuse_malformed(header: str, file_id: str, ordinal: int) -> None:
    if len(header) < ISA_LENGTH or not _is_sound(header):
        raise _refusal(
            "x12_isa_malformed",
            f"{file_id}, interchange {ordinal}",
            "its ISA segment is not 106 characters with every element at its fixed width",
            "Ask the sender for the file as written; editors and mail strip the blanks in ISA.",
        )


def _is_sound(header: str) -> bool:
    """One separator at every fixed place, and three different delimiters that are no letters."""
    element = header[_ISA_SEPARATORS[0]]
    delimiters = [element, header[_COMPONENT_AT], header[_TERMINATOR_AT]]
    return (
        all(header[at] == element for at in _ISA_SEPARATORS)
        and len(set(delimiters)) == len(delimiters)
        and not any(mark.isalnum() or mark == " " for mark in delimiters)
    )


def _next_start(text: str, start: int, terminator: str) -> int:
    """Where the next ISA begins: after a terminator, whatever its own separators are."""
    following = re.compile(re.escape(terminator) + r"\s*(?=ISA[^A-Za-z0-9\s])")
    found = following.search(text, start + ISA_LENGTH - 1)
    return found.end() if found else len(text)


def _refusal(code: str, culprit: str, trouble: str, remedy: str) -> RefusedInputError:
    return RefusedInputError(code, f"x12 file {culprit}: {trouble}. {remedy}")
