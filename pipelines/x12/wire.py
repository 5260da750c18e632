"""Any X12 file as a frame of segments and a frame of transaction sets, in vectorised passes.

Here: segments, elements, and which set each segment belongs to. Not here: ISA headers
(`interchanges`), verdicts on a set (`damage`), or what any transaction set means.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl
import polars.selectors as cs

from contracts.errors import RefusedInputError
from pipelines.x12.damage import transaction_sets
from pipelines.x12.interchanges import Limits, split_interchanges

_GROUP_MARKS: Final = ("ISA", "GS", "GE", "IEA")
_SET_MARKS: Final = (*_GROUP_MARKS, "ST", "SE", "TA1")
_DEFAULT_LIMITS: Final = Limits()
MOST_BYTES: Final = _DEFAULT_LIMITS.max_bytes


@dataclass(frozen=True, slots=True)
class Interchanges:
    """A file read.

    `tokens`, one row a segment: interchange_ordinal, group_ordinal and set_ordinal (null outside
    one), segment_ordinal (1-based in the file), segment_id, elements (0 is the segment id, so n
    is element n), component_separator, repetition_separator.
    `transaction_sets`: see `damage.transaction_sets`.
    """

    tokens: pl.DataFrame
    transaction_sets: pl.DataFrame


def read(data: bytes, *, file_id: str, limits: Limits = _DEFAULT_LIMITS) -> Interchanges:
    """Read a file of any delimiters, with several interchanges, groups and sets.

    Raises RefusedInputError, with nothing read, where there is no sound ISA, no transaction set
    and no TA1, or more than `limits` allow. Damaged sets are rows, not errors.
    """
    segments = _placed(_segments(split_interchanges(data, file_id, limits)))
    if not segments.get_column("segment_id").is_in(("ST", "TA1")).any():
        raise RefusedInputError(
            "x12_no_transaction_set",
            f"x12 file {file_id}: an envelope without a transaction set or TA1. "
            "Ask the sender for the whole file.",
        )
    return Interchanges(segments.select(_TOKEN_COLUMNS), transaction_sets(segments))


def element(number: int) -> pl.Expr:
    """Element `number` of each segment; null where it is absent or empty."""
    return _given(pl.col("elements").list.get(number, null_on_oob=True))


def component(number: int, position: int) -> pl.Expr:
    """Component `position` (1-based) of element `number`; null where it is absent."""
    parts = element(number).str.split(by=pl.col("component_separator"))
    return _given(parts.list.get(position - 1, null_on_oob=True))


def repetitions(number: int) -> pl.Expr:
    """The repeated values of element `number` as a list; null where it is absent."""
    value = element(number)
    separated = value.str.split(by=pl.col("repetition_separator"))
    return pl.when(value.is_not_null()).then(pl.coalesce(separated, pl.concat_list(value)))


_TOKEN_COLUMNS: Final = (
    *("interchange_ordinal", "group_ordinal", "set_ordinal", "segment_ordinal"),
    *("segment_id", "elements", "component_separator", "repetition_separator"),
)


def _given(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _segments(interchanges: pl.DataFrame) -> pl.DataFrame:
    """One row a segment; `raw` is its text as it arrived, line breaks and terminator included."""
    pieces = interchanges.with_columns(raw=pl.col("text").str.split(by=pl.col("terminator")))
    segment = pl.col("raw").str.strip_chars_start().str.strip_chars_end("\r\n")
    return (
        pieces.drop("text")
        .explode("raw")
        .with_columns(elements=segment.str.split(by=pl.col("element_separator")))
        .with_columns(segment_id=pl.col("elements").list.first())
        .filter(pl.col("segment_id") != "")
        .with_row_index("segment_ordinal", offset=1)
    )


def _placed(segments: pl.DataFrame) -> pl.DataFrame:
    """Add group_ordinal and set_ordinal.

    Segments outside ST and SE make a set of their own: nothing that arrived goes unseen.
    """
    identity = pl.col("segment_id")
    marked = segments.with_columns(
        in_group=_within("GS", "GE", _GROUP_MARKS),
        in_set=_within("ST", "SE", _SET_MARKS),
        is_mark=identity.is_in(_SET_MARKS),
    ).with_columns(is_stray=~pl.col("in_set") & (~pl.col("is_mark") | (identity == "SE")))
    begins_stray = pl.col("is_stray") & ~pl.col("is_stray").shift(1, fill_value=False)
    starts = identity.is_in(("ST", "TA1")) | begins_stray
    belongs = pl.col("in_set") | pl.col("is_stray") | (identity == "TA1")
    return marked.with_columns(
        group_ordinal=pl.when("in_group").then((identity == "GS").cum_sum()),
        set_ordinal=pl.when(belongs).then(starts.cum_sum()),
    ).with_columns(cs.ends_with("_ordinal").cast(pl.Int64))


def _within(opening: str, closing: str, marks: tuple[str, ...]) -> pl.Expr:
    """True from an `opening` segment to the next of `marks`, which belongs when it is `closing`."""
    identity = pl.col("segment_id")
    latest = pl.when(identity.is_in(marks)).then(identity).forward_fill()
    return (latest == opening) | ((identity == closing) & (latest.shift(1) == opening))
