"""835 text as oxedi takes it: the sound 835 sets of each interchange, under an envelope of ours.

Here: which bytes are read, where each set begins in them and in the file, and a digest of what a
set says whatever its delimiters. Not here: what any segment means.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.x12.wire import Interchanges

# Stand-ins for delimiters that are no ASCII: oxedi knows those of one byte only.
_ELEMENT, _COMPONENT, _TERMINATOR, _REPETITION = "\x1d", "\x1f", "\x1c", "\x1e"
_ENVELOPE: Final = 2  # segments before the first ST
_BREAKS: Final = "\r\n"


@dataclass(frozen=True)
class Piece:
    """`data`: an interchange of 835 sets. `sets`, in its order: row_number (the set's ordinal in
    the file), at (of its ST among the segments of `data`, from 0), begins (of its ST in the file,
    from 1) and body_hash.
    """

    data: bytes
    sets: pl.DataFrame


@dataclass(frozen=True)
class _Marks:
    """Delimiters of an interchange."""

    element: str
    component: str
    terminator: str
    repetition: str


def pieces(file: Interchanges) -> Iterator[Piece]:
    """One for each interchange that holds a sound 835 set."""
    begins = file.tokens.filter(segment_id="ST").select(
        "set_ordinal", "interchange_ordinal", "component_separator", "repetition_separator",
        begins="segment_ordinal",
    )  # fmt: skip
    sets = file.transaction_sets.filter(~pl.col("is_damaged"), transaction_set="835")
    told = sets.select("set_ordinal", "segment_count", "body").join(
        begins, on="set_ordinal", maintain_order="left"
    )
    for one in told.partition_by("interchange_ordinal", maintain_order=True):
        yield _piece(one)


def _piece(sets: pl.DataFrame) -> Piece:
    marks = _marks(sets.row(0, named=True))
    bodies = [_unbroken(body, marks) for body in sets["body"]]
    plain, under = _in_ascii("".join(bodies), marks)
    count = pl.col("segment_count").cast(pl.Int64)
    places = sets.select(
        pl.col("set_ordinal").alias("row_number"),
        "begins",
        at=_ENVELOPE + count.cum_sum() - count,
        body_hash=pl.Series([_digest(body, marks) for body in bodies], dtype=pl.String),
    )
    return Piece((_envelope(under) + plain).encode(), places)


def _marks(row: dict[str, str | None]) -> _Marks:
    body = str(row["body"])
    component, repetition = str(row["component_separator"]), row["repetition_separator"] or "U"
    return _Marks(body[2], component, body[-1], repetition)


def _unbroken(body: str, marks: _Marks) -> str:
    """Without the line breaks that stand between segments, and so without empty segments."""
    text = body
    for mark in _BREAKS:
        if mark not in (marks.element, marks.component, marks.terminator):
            text = text.replace(mark, "")
    end = marks.terminator
    while end * 2 in text:
        text = text.replace(end * 2, end)
    return text


def _in_ascii(text: str, marks: _Marks) -> tuple[str, _Marks]:
    if all(mark.isascii() for mark in vars(marks).values()):
        return text, marks
    ours = _Marks(_ELEMENT, _COMPONENT, _TERMINATOR, _REPETITION)
    theirs = zip(vars(marks).values(), vars(ours).values(), strict=True)
    return text.translate({ord(mark): own for mark, own in theirs if mark != "U"}), ours


def _envelope(marks: _Marks) -> str:
    """ISA and GS that say only what the delimiters are."""
    blank, party = " " * 10, " " * 15
    isa = (
        "ISA", "00", blank, "00", blank, "ZZ", party, "ZZ", party, "000101", "0000",
        marks.repetition, "00501", "000000001", "0", "P", marks.component,
    )  # fmt: skip
    gs = ("GS", "HP", "PAYER", "PAYEE", "20000101", "0000", "1", "X", "005010X221A1")
    return "".join(marks.element.join(one) + marks.terminator for one in (isa, gs))


def _digest(body: str, marks: _Marks) -> str:
    """Of what stands between ST and SE."""
    first = body.index(marks.terminator) + 1
    text = body[first : body.rindex(f"SE{marks.element}")]
    for mark, own in ((marks.element, _ELEMENT), (marks.component, _COMPONENT)):
        text = text.replace(mark, own)
    return hashlib.sha256(text.replace(marks.terminator, _TERMINATOR).encode()).hexdigest()
