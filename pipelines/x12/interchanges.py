"""Where interchanges begin and which delimiters each declares.

Here: bytes to text, ISA headers, one piece of text for each interchange.
Not here: segments, groups and sets (`wire`), or whether what they say adds up (`damage`).
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import polars as pl

from contracts.errors import RefusedInputError

ISA_LENGTH: Final = 106
# Where the element separator stands in an ISA, whose elements all have fixed widths.
_ISA_SEPARATORS: Final = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_REPETITION_AT, _COMPONENT_AT, _TERMINATOR_AT = 82, 104, 105
_CONTROL_NUMBER: Final = slice(90, 99)
# What may stand before an ISA. A mark stands between two files that were joined by hand.
_BLANK: Final = re.compile(r"[\s\ufeff]*")
# What may stand behind an IEA: mainframes fill up their blocks.
_PADDING: Final = "\ufeff \r\n\x00\x1a"
_ISA: Final = re.compile(r"ISA[^A-Za-z0-9 \t\r\n]")
_SCHEMA: Final = dict.fromkeys(
    (
        *("interchange_control_number", "element_separator", "repetition_separator"),
        *("component_separator", "terminator", "text"),
    ),
    pl.String,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused: at these limits it takes 6 GB of memory.

    An 835 of 100,000 claims has about 2 million segments, 10 million elements and 40 MB.
    """

    max_bytes: int = 500_000_000
    max_segments: int = 5_000_000
    max_elements: int = 50_000_000
    max_interchanges: int = 100_000


def split_interchanges(data: bytes, file_id: str, limits: Limits) -> pl.DataFrame:
    """One row an interchange: interchange_ordinal, interchange_control_number, text, and the
    separators element_separator, component_separator, repetition_separator, terminator.

    Raises RefusedInputError where there is no ISA, an ISA is malformed or a limit is passed.
    """
    text = _decoded(data, file_id, limits)
    found = list(islice(_interchanges(text, file_id), limits.max_interchanges + 1))
    if len(found) > limits.max_interchanges:
        raise _too_large(file_id, f"over {limits.max_interchanges} interchanges", "interchanges")
    rows = pl.DataFrame(found, schema=_SCHEMA)
    for kind, separator in (("segments", "terminator"), ("elements", "element_separator")):
        _refuse_many(rows, kind, separator, file_id, limits)
    return rows.with_row_index("interchange_ordinal", offset=1)


def _refuse_many(
    rows: pl.DataFrame, kind: str, separator: str, file_id: str, limits: Limits
) -> None:
    """Counted in the text, before any of it is taken apart."""
    counted = pl.col("text").str.count_matches(pl.col(separator), literal=True).cast(pl.Int64)
    count, most = rows.select(counted.sum()).item(), getattr(limits, f"max_{kind}")
    if count > most:
        raise _too_large(file_id, f"{count} {kind}, more than the {most} allowed", kind)


def _decoded(data: bytes, file_id: str, limits: Limits) -> str:
    """UTF-8 with or without a mark, else Latin-1, in which old translators write names."""
    if len(data) > limits.max_bytes:
        raise _too_large(file_id, f"over {limits.max_bytes} bytes", "bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def _interchanges(text: str, file_id: str) -> Iterator[dict[str, str | None]]:
    start = _after_blanks(text)
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


def _after_blanks(text: str) -> int:
    found = _BLANK.match(text)
    return found.end() if found else 0


def _interchange(header: str, text: str) -> dict[str, str | None]:
    repetition = header[_REPETITION_AT]
    return {
        "interchange_control_number": header[_CONTROL_NUMBER],
        "element_separator": header[_ISA_SEPARATORS[0]],
        # Before 00501 ISA11 names a standards body (`U`) and nothing repeats.
        "repetition_separator": None if _is_no_mark(repetition) else repetition,
        "component_separator": header[_COMPONENT_AT],
        "terminator": header[_TERMINATOR_AT],
        "text": text.rstrip(_PADDING),
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
    """One separator at every fixed place, and different delimiters that are no letters."""
    element = header[_ISA_SEPARATORS[0]]
    delimiters = [element, header[_COMPONENT_AT], header[_TERMINATOR_AT]]
    return (
        all(header[at] == element for at in _ISA_SEPARATORS)
        and header[_REPETITION_AT] not in (element, header[_TERMINATOR_AT])
        and len(set(delimiters)) == len(delimiters)
        and not any(_is_no_mark(mark) for mark in delimiters)
    )


def _is_no_mark(character: str) -> bool:
    return character.isalnum() or character == " "


def _next_start(text: str, start: int, terminator: str) -> int:
    """Where the next ISA begins: after a terminator, whatever its own separators are."""
    candidates = (found.start() for found in _ISA.finditer(text, start + ISA_LENGTH))
    return next((at for at in candidates if _ends_with(text, at, terminator)), len(text))


def _ends_with(text: str, end: int, terminator: str) -> bool:
    """Whether the text before `end` ends with a terminator and blanks."""
    at = end - 1
    while text[at] != terminator and _BLANK.fullmatch(text[at]):
        at -= 1
    return text[at] == terminator


def _too_large(file_id: str, trouble: str, kind: str) -> RefusedInputError:
    remedy = f"Ask the sender for several files with fewer {kind} each."
    return _refusal("x12_too_large", file_id, trouble, remedy)


def _refusal(code: str, culprit: str, trouble: str, remedy: str) -> RefusedInputError:
    return RefusedInputError(code, f"x12 file {culprit}: {trouble}. {remedy}")
