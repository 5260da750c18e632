"""The 270 (005010X279A1) writer: who is covered in which month, asked of one payer.

Here: segments, and which requests cannot be written. Not here: whom to ask about, control numbers,
or the answer (`eligibility_answers`). In Medi-Cal every person is a subscriber.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.x12.charset import carries, clean_text
from pipelines.x12.envelope import Envelope, Frame, Guide, Segment, SetOutline, frame

GUIDE: Final = Guide("270", "HS", "005010X279A1")
REQUESTS: Final = pl.Schema(
    {
        "trace_number": pl.String(),
        "cin": pl.String(),
        "last_name": pl.String(),
        "first_name": pl.String(),
        "birth_date": pl.Date(),
        "sex": pl.String(),
        "month": pl.String(),
    }
)
# What 005010X279A1 recommends for a set sent in batch; unverified for Medi-Cal.
MAX_REQUESTS_PER_SET: Final = 99
_REQUIRED: Final = ("trace_number", "cin", "last_name", "first_name", "birth_date", "month")
_LENGTHS: Final = {"trace_number": 50, "cin": 80, "last_name": 60, "first_name": 35}
_ORIGINATOR_LENGTH: Final = 10  # TRN03
_MONTH: Final = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who asks: the agency as provider (2100B), and TRN03, its trace originator id."""

    name: str
    npi: str
    trace_originator_id: str


def uncarried(requests: pl.DataFrame) -> pl.DataFrame:
    """Row (of `requests`, from 0), trace_number, column_name and reason of each value that keeps
    a request from being written: these are held, the others may be asked.
    """
    numbered = requests.with_row_index("row")
    told = [
        numbered.filter(broken).select(
            "row", "trace_number", column_name=pl.lit(name), reason=pl.lit(reason)
        )
        for name, reason, broken in _rules()
    ]
    first = pl.concat(told).unique(["row", "column_name"], keep="first", maintain_order=True)
    return first.sort("row", maintain_order=True)


def inquiry(
    requests: pl.DataFrame,
    envelope: Envelope,
    receiver: Receiver,
    *,
    asks_whole_month: bool = True,
    requests_per_set: int = MAX_REQUESTS_PER_SET,
) -> str:
    """One interchange that asks about every row of `requests` (`REQUESTS`), in their order.

    Names are cleaned by `charset.clean_text`; a sex that is neither F nor M is left out. Dates of
    service are the whole month, or with `asks_whole_month` false its first day. The payer is
    `envelope.receiver_name`, its id `envelope.gs_receiver_code`. The same arguments give the same
    text. Raises BrokenInvariantError where there is no request or one is `uncarried`, UsageError
    where `receiver` cannot be written.
    """
    _refuse(requests, receiver)
    set_count = -(-requests.height // requests_per_set)
    rows = requests.select(_values(asks_whole_month=asks_whole_month))
    frames = [
        _set(part, envelope, receiver, SetOutline(ordinal, set_count, (), 0))
        for ordinal, part in enumerate(rows.iter_slices(requests_per_set), start=1)
    ]
    sets = "".join(one.heading + one.closing for one in frames)
    return frames[0].opening + sets + frames[-1].ending


def _set(
    requests: pl.DataFrame, envelope: Envelope, receiver: Receiver, outline: SetOutline
) -> Frame:
    """A set that is all heading: the envelope's generator writes, and counts, every segment."""
    segments = [*_heading(envelope, receiver, outline), *_persons(requests, receiver)]
    whole = SetOutline(outline.ordinal, outline.set_count, segments, 0)
    return frame(envelope, GUIDE, whole)


def _heading(envelope: Envelope, receiver: Receiver, outline: SetOutline) -> list[Segment]:
    """BHT and levels 2000A and 2000B; BHT03 is unique as the control numbers in it are."""
    reference = f"{envelope.interchange_control_number:09d}{outline.control_number}"
    now, payer_id = envelope.local_time, envelope.gs_receiver_code
    return [
        ("BHT", ["0022", "13", reference, f"{now:%Y%m%d}", f"{now:%H%M}"]),
        ("HL", ["1", "", "20", "1"]),
        ("NM1", ["PR", "2", envelope.receiver_name, *[""] * 4, "PI", payer_id]),
        ("HL", ["2", "1", "21", "1"]),
        ("NM1", ["1P", "2", receiver.name, *[""] * 4, "XX", receiver.npi]),
    ]


def _persons(requests: pl.DataFrame, receiver: Receiver) -> Iterator[Segment]:
    """Levels 2000C. Row by row, for the generator takes segments singly: inquiries are few."""
    for level, row in enumerate(requests.iter_rows(named=True), start=3):
        yield "HL", [str(level), "2", "22", "0"]
        yield "TRN", ["1", row["trace_number"], receiver.trace_originator_id]
        name = [row["last_name"], row["first_name"]]
        yield "NM1", ["IL", "1", *name, *[""] * 3, "MI", row["cin"]]
        yield "DMG", ["D8", row["birth_date"], *row["sex"]]
        yield "DTP", ["291", row["date_form"], row["dates"]]
        yield "EQ", ["30"]


def _values(*, asks_whole_month: bool) -> list[pl.Expr]:
    """Text as the segments have it; sex is a list of one or none."""
    first = pl.format("{}-01", "month").str.to_date("%Y-%m-%d", strict=False)
    begins, ends = (day.dt.to_string("%Y%m%d") for day in (first, first.dt.month_end()))
    sex = pl.when(pl.col("sex").is_in(["F", "M"])).then(pl.concat_list("sex"))
    return [
        pl.col("trace_number", "cin"),
        clean_text(pl.col("last_name", "first_name")).fill_null(""),
        pl.col("birth_date").dt.to_string("%Y%m%d"),
        sex.fill_null(pl.lit([], pl.List(pl.String))).alias("sex"),
        pl.lit("RD8" if asks_whole_month else "D8").alias("date_form"),
        (begins + "-" + ends if asks_whole_month else begins).alias("dates"),
    ]


def _rules() -> Iterator[tuple[str, str, pl.Expr]]:
    """Column, what is wrong with it, and where."""
    for name in _REQUIRED:
        empty = pl.col(name).is_null() if name == "birth_date" else _written(name).is_null()
        yield name, "absent though the guide requires it", empty
    for name, most in _LENGTHS.items():
        yield name, "characters that X12 cannot carry", ~carries(_written(name))
        yield name, f"longer than {most} characters", _written(name).str.len_chars() > most
    yield "month", "not YYYY-MM", ~pl.col("month").str.contains(_MONTH)
    yield "trace_number", "given to two requests", pl.col("trace_number").is_duplicated()


def _written(name: str) -> pl.Expr:
    """Names are cleaned; identifiers are written as they are or not at all."""
    text = pl.col(name)
    return clean_text(text) if name.endswith("_name") else pl.when(text != "").then(text)


def _refuse(requests: pl.DataFrame, receiver: Receiver) -> None:
    if requests.schema != REQUESTS or requests.is_empty():
        raise BrokenInvariantError(
            "inquiry_requests",
            "270: no requests, or columns unlike eligibility_inquiry.REQUESTS. Select those.",
        )
    held = uncarried(requests)
    if not held.is_empty():
        raise BrokenInvariantError(
            "inquiry_request",
            f"270: request {held.item(0, 'row')}, column {held.item(0, 'column_name')}: "
            f"{held.item(0, 'reason')}. Hold what `uncarried` tells before asking.",
        )
    _refuse_receiver(receiver)


def _refuse_receiver(receiver: Receiver) -> None:
    values = pl.DataFrame({"value": [receiver.name, receiver.npi, receiver.trace_originator_id]})
    written = values.select((carries(pl.col("value")) & (pl.col("value") != "")).all()).item()
    if not written or len(receiver.trace_originator_id) != _ORIGINATOR_LENGTH:
        raise UsageError(
            "inquiry_receiver",
            "270: name and NPI of the agency must be text that X12 can carry, trace_originator_id "
            "of 10 characters. Correct them in reentry.toml.",
        )
