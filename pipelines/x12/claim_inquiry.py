"""276 (005010X212) writer: what has become of claims, asked of one payer by their own numbers.

Here: segments. Not here: which claims to ask about, control numbers, or the answer
(`claim_answers`). In Medi-Cal every patient is a subscriber.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from contracts.errors import BrokenInvariantError
from pipelines.x12.envelope import Envelope, Guide, Segment, SetOutline, frame

GUIDE: Final = Guide("276", "HR", "005010X212")
# What a claim is asked about with, all text as its 837 had it: dates CCYYMMDD, sex F, M or U.
REQUESTS: Final = pl.Schema(
    dict.fromkeys(
        (
            "trace_number", "patient_control_number", "payer_claim_number", "charge_amount",
            "service_from", "service_to", "provider_npi", "provider_name", "cin", "last_name",
            "first_name", "birth_date", "sex",
        ),
        pl.String(),
    )
)  # fmt: skip
MAX_REQUESTS_PER_SET: Final = 1_000  # claims of one 276; Medi-Cal's own limit is not known
_OPTIONAL: Final = ("payer_claim_number", "first_name", "sex", "provider_name")


def inquiry(requests: pl.DataFrame, envelope: Envelope) -> str:
    """One interchange that asks about every row of `requests` (`REQUESTS`), in their order.

    The same arguments give the same text. Raises BrokenInvariantError where there is nothing to
    ask or a value is absent that the guide requires.
    """
    _refuse(requests)
    rows = requests.sort("provider_npi", "cin", maintain_order=True)
    count = -(-rows.height // MAX_REQUESTS_PER_SET)
    frames = []
    for ordinal, part in enumerate(rows.iter_slices(MAX_REQUESTS_PER_SET), start=1):
        outline = SetOutline(ordinal, count, (), 0)
        segments = [*_heading(envelope, outline), *_levels(part)]
        frames.append(frame(envelope, GUIDE, SetOutline(ordinal, count, segments, 0)))
    sets = "".join(one.heading + one.closing for one in frames)
    return frames[0].opening + sets + frames[-1].ending


def _heading(envelope: Envelope, outline: SetOutline) -> list[Segment]:
    """BHT, the payer (2000A) and who asks (2000B)."""
    reference = f"{envelope.interchange_control_number:09d}{outline.control_number}"
    now = envelope.local_time
    asker = [envelope.submitter_name, *[""] * 4, "46", envelope.gs_sender_code]
    return [
        ("BHT", ["0010", "13", reference, f"{now:%Y%m%d}", f"{now:%H%M}"]),
        ("HL", ["1", "", "20", "1"]),
        ("NM1", ["PR", "2", envelope.receiver_name, *[""] * 4, "PI", envelope.gs_receiver_code]),
        ("HL", ["2", "1", "21", "1"]),
        ("NM1", ["41", "2", *asker]),
    ]


def _levels(rows: pl.DataFrame) -> Iterator[Segment]:
    """Provider (2000C), subscriber (2000D) and claims (2200D). Row by row, for the generator takes
    segments singly: inquiries are few.
    """
    level, provider, parent = 2, None, 0
    for row in rows.iter_rows(named=True):
        if row["provider_npi"] != provider:
            provider, level = row["provider_npi"], level + 1
            parent = level
            yield "HL", [str(level), "2", "19", "1"]
            name = row["provider_name"] or ""
            yield "NM1", ["1P", "2", name, *[""] * 4, "XX", provider]
        level += 1
        yield "HL", [str(level), str(parent), "22", "0"]
        yield from _claim(row)


def _claim(row: dict[str, str | None]) -> Iterator[Segment]:
    text = {name: value or "" for name, value in row.items()}
    yield "DMG", ["D8", text["birth_date"], *([text["sex"]] if text["sex"] else [])]
    yield "NM1", ["IL", "1", text["last_name"], text["first_name"], "", "", "", "MI", text["cin"]]
    yield "TRN", ["1", text["trace_number"]]
    if text["payer_claim_number"]:
        yield "REF", ["1K", text["payer_claim_number"]]
    yield "REF", ["EJ", text["patient_control_number"]]
    yield "AMT", ["T3", text["charge_amount"]]
    yield "DTP", ["472", "RD8", f"{text['service_from']}-{text['service_to']}"]


def _refuse(requests: pl.DataFrame) -> None:
    if requests.schema != REQUESTS or requests.is_empty():
        raise BrokenInvariantError(
            "inquiry_requests",
            "276: no requests, or columns unlike claim_inquiry.REQUESTS. Select those.",
        )
    absent = requests.select(pl.exclude(_OPTIONAL).is_null().any()).row(0, named=True)
    if any(absent.values()):
        named = next(name for name, is_absent in absent.items() if is_absent)
        raise BrokenInvariantError(
            "inquiry_request", f"276: a claim without {named}, which its 837 had. Look at it first."
        )
