"""278 request (005010X217) writer: may this service be given, asked of one payer before it is.

Here: segments, and which requests cannot be written. Not here: which orders want an authorization,
control numbers, or the answer (`authorization_answers`). A set holds one person's one request, as
the guide has it; in Medi-Cal every patient is a subscriber.
"""

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from contracts.errors import BrokenInvariantError
from pipelines.x12.charset import carries, clean_text
from pipelines.x12.envelope import Envelope, Guide, Segment, SetOutline, frame

GUIDE: Final = Guide("278", "HI", "005010X217")
# What is asked, all text: dates CCYYMMDD, sex F, M or U, units as a number, diagnoses undotted.
REQUESTS: Final = pl.Schema(
    {
        **dict.fromkeys(
            (
                "trace_number", "cin", "last_name", "first_name", "birth_date", "sex",
                "procedure_code", "units", "starts_on", "ends_on", "place_of_service",
                "requesting_npi", "requesting_name",
            ),
            pl.String(),
        ),
        "modifiers": pl.List(pl.String),
        "diagnosis_codes": pl.List(pl.String),
    }
)  # fmt: skip
_REQUIRED: Final = (
    "trace_number", "cin", "last_name", "birth_date", "procedure_code", "units", "starts_on",
    "requesting_npi", "requesting_name",
)  # fmt: skip
_LENGTHS: Final = {"cin": 80, "last_name": 60, "first_name": 35, "requesting_name": 60}
_MOST_DIAGNOSES: Final = 12
_ORIGINAL: Final = "13"  # BHT02, a request
_CATEGORY: Final = "HS"  # UM01, health services review


def uncarried(requests: pl.DataFrame) -> pl.DataFrame:
    """Row (of `requests`, from 0), column_name and reason of the first value that keeps each
    request from being written: these are held, the others may be asked.
    """
    numbered = requests.with_row_index("row")
    told = [
        numbered.filter(broken).select("row", column_name=pl.lit(name), reason=pl.lit(reason))
        for name, reason, broken in _rules()
    ]
    return pl.concat(told).unique("row", keep="first", maintain_order=True).sort("row")


def request(requests: pl.DataFrame, envelope: Envelope, originator: str) -> str:
    """One interchange with a set for every row of `requests` (`REQUESTS`), in their order.

    `originator`: TRN03, our trace originator id. The same arguments give the same text. Raises
    BrokenInvariantError where there is nothing to ask or a request is `uncarried`.
    """
    _refuse(requests)
    count = requests.height
    frames = []
    names = clean_text(pl.col("last_name", "first_name", "requesting_name")).fill_null("")
    rows = requests.with_columns(names)
    for ordinal, row in enumerate(rows.iter_rows(named=True), start=1):
        outline = SetOutline(ordinal, count, (), 0)
        segments = [*_heading(envelope, outline, row), *_event(row, originator), *_service(row)]
        frames.append(frame(envelope, GUIDE, SetOutline(ordinal, count, segments, 0)))
    sets = "".join(one.heading + one.closing for one in frames)
    return frames[0].opening + sets + frames[-1].ending


def _heading(envelope: Envelope, outline: SetOutline, row: dict[str, Any]) -> Iterator[Segment]:
    """BHT, the payer (2000A), who asks (2000B) and the person (2000C)."""
    reference = f"{envelope.interchange_control_number:09d}{outline.control_number}"
    now, sex = envelope.local_time, row["sex"] or "U"
    yield "BHT", ["0007", _ORIGINAL, reference, f"{now:%Y%m%d}", f"{now:%H%M}"]
    yield "HL", ["1", "", "20", "1"]
    payer = ["46", envelope.gs_receiver_code]
    yield "NM1", ["X3", "2", envelope.receiver_name, *[""] * 4, *payer]
    yield "HL", ["2", "1", "21", "1"]
    asker = [row["requesting_name"], *[""] * 4, "XX", row["requesting_npi"]]
    yield "NM1", ["1P", "2", *asker]
    yield "HL", ["3", "2", "22", "1"]
    yield "NM1", ["IL", "1", row["last_name"], row["first_name"], "", "", "", "MI", row["cin"]]
    yield "DMG", ["D8", row["birth_date"], sex]


def _event(row: dict[str, Any], originator: str) -> Iterator[Segment]:
    """2000E: the patient event, its trace number, category, place and diagnoses."""
    yield "HL", ["4", "3", "EV", "1"]
    yield "TRN", ["1", row["trace_number"], originator]
    place = [f"{row['place_of_service']}:B"] if row["place_of_service"] else []
    yield "UM", [_CATEGORY, "I", *(["", *place] if place else [])]
    if row["diagnosis_codes"]:
        first, *others = row["diagnosis_codes"][:_MOST_DIAGNOSES]
        yield "HI", [f"ABK:{first}", *(f"ABF:{code}" for code in others)]


def _service(row: dict[str, Any]) -> Iterator[Segment]:
    """2000F: the one service that is asked for."""
    yield "HL", ["5", "4", "SS", "0"]
    starts, ends = row["starts_on"], row["ends_on"]
    days = ["D8", starts] if ends in (None, starts) else ["RD8", f"{starts}-{ends}"]
    yield "DTP", ["472", *days]
    procedure = ":".join(["HC", row["procedure_code"], *(row["modifiers"] or [])])
    yield "SV1", [procedure, "", "UN", row["units"]]


def _rules() -> Iterator[tuple[str, str, pl.Expr]]:
    """Column, what is wrong with it, and where."""
    for name in _REQUIRED:
        yield name, "absent though the guide requires it", pl.col(name).fill_null("") == ""
    for name, most in _LENGTHS.items():
        text = clean_text(pl.col(name))
        yield name, "characters that X12 cannot carry", ~carries(text.fill_null(""))
        yield name, f"longer than {most} characters", text.str.len_chars() > most


def _refuse(requests: pl.DataFrame) -> None:
    if requests.schema != REQUESTS or requests.is_empty():
        raise BrokenInvariantError(
            "authorization_requests",
            "278: no requests, or columns unlike authorization_request.REQUESTS. Select those.",
        )
    held = uncarried(requests)
    if not held.is_empty():
        raise BrokenInvariantError(
            "authorization_request",
            f"278: request {held.item(0, 'row')}, column {held.item(0, 'column_name')}: "
            f"{held.item(0, 'reason')}. Hold what `uncarried` tells before asking.",
        )
