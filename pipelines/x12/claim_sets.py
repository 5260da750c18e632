"""The writer of 837 files: frozen claim content in, the bytes of one interchange out.

Here: order, hierarchical numbers, sets and positions. Loops are in `claim_loops` and the module
of each form, the envelope in `envelope`. Not here: choosing claims, taking control numbers, or
writing files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.errors import BrokenInvariantError
from pipelines.x12.carriage import refuse_what_cannot_be_written
from pipelines.x12.charset import TERMINATOR
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm
from pipelines.x12.claim_loops import billing_loop, subscriber_loop
from pipelines.x12.content import BILLING_COLUMNS
from pipelines.x12.envelope import Envelope, Segment, SetOutline, frame
from pipelines.x12.segments import EMPTY, joined, segment

MAX_CLAIMS_PER_SET: Final = 5000  # TR3 005010X222A1 and X223A2, loop 2300
# Loops are planned anew each time that they are written, which takes as long as 2,500 claims.
SETS_AT_ONCE: Final = 10
CHARGEABLE: Final = "CH"  # BHT06
# BHT03 of a set: interchange control number and ST02. A 277CA brings it back.
REFERENCE: Final = r"^([0-9]{9})([0-9]{4,9})$"


@dataclass(frozen=True, slots=True)
class RenderedSet:
    """One transaction set: its bytes and where each claim stands in it.

    The first set's content begins with ISA and GS, the last one's ends with GE and IEA. Columns
    of `positions`: claim_id, patient_control_number, set_control_number, set_position (1-based),
    first_segment, last_segment (1-based from ST, as a 999 counts; the billing loop not included).
    """

    content: bytes
    positions: pl.DataFrame


def render(
    claims: pl.DataFrame,
    envelope: Envelope,
    form: ClaimForm = PROFESSIONAL,
    *,
    claims_per_set: int = MAX_CLAIMS_PER_SET,
) -> Iterator[RenderedSet]:
    """Render a `content.CONTENT` frame set by set; memory holds the text of `SETS_AT_ONCE`.

    Claims stand by billing provider, then in the order given. Every claim has its own subscriber
    level, so that claims do not depend on their neighbours. The same arguments give the same bytes.
    Raises BrokenInvariantError where a claim cannot be written; nothing is to be kept then.
    """
    if claims.is_empty():
        raise BrokenInvariantError(
            "no_claims", f"{form.label}: no claims to write. Batch at least one."
        )
    order, set_count = _billing_order(claims), -(-claims.height // claims_per_set)
    at_once = claims_per_set * SETS_AT_ONCE
    for start in range(0, claims.height, at_once):
        some = claims[order.slice(start, at_once)]
        refuse_what_cannot_be_written(some, form)
        loops = _loops(some, form)
        for begin in range(0, some.height, claims_per_set):
            ordinal = (start + begin) // claims_per_set + 1
            claims_of_set = some.slice(begin, claims_per_set)
            loops_of_set = loops.slice(begin, claims_per_set)
            yield _rendered_set(claims_of_set, loops_of_set, envelope, form, ordinal, set_count)


def _billing_order(claims: pl.DataFrame) -> pl.Series:
    """Row numbers by billing provider; equal providers keep the order given."""
    numbered = claims.select(BILLING_COLUMNS).with_row_index("row")
    return numbered.sort(BILLING_COLUMNS, maintain_order=True).get_column("row")


def _rendered_set(
    claims: pl.DataFrame,
    loops: pl.DataFrame,
    envelope: Envelope,
    form: ClaimForm,
    ordinal: int,
    set_count: int,
) -> RenderedSet:
    heading = _heading(envelope, ordinal, _purpose(claims))
    texts = _claim_texts(claims, loops)
    counts = texts.select(pl.sum("billing_segments") + pl.sum("claim_segments")).item()
    outline = SetOutline(ordinal, set_count, heading, counts)
    positions = _positions(claims, texts, outline)
    return RenderedSet(_content(texts, envelope, form, outline), positions)


def _content(
    texts: pl.DataFrame, envelope: Envelope, form: ClaimForm, outline: SetOutline
) -> bytes:
    around = frame(envelope, form.guide, outline)
    body = texts.select((pl.col("billing") + pl.col("claim")).str.join("")).item()
    opening = around.opening if outline.ordinal == 1 else ""
    ending = around.ending if outline.ordinal == outline.set_count else ""
    return f"{opening}{around.heading}{body}{around.closing}{ending}".encode("ascii")


def _purpose(claims: pl.DataFrame) -> str:
    """BHT06: one file is either of claims or of encounters, as its route is."""
    told = claims["claim_or_encounter"].fill_null(CHARGEABLE).unique().sort().to_list()
    if len(told) > 1:
        raise BrokenInvariantError(
            "claims_beside_encounters",
            f"a set of claims has {' and '.join(told)} in BHT06. Withdraw the batch and propose it "
            "again.",
        )
    return str(told[0])


def _heading(envelope: Envelope, ordinal: int, purpose: str) -> list[Segment]:
    """BHT and loops 1000A and 1000B; BHT03 is unique as the control numbers in it are."""
    reference = f"{envelope.interchange_control_number:09d}{ordinal:04d}"  # `REFERENCE`
    now = envelope.local_time
    return [
        ("BHT", ["0019", "00", reference, f"{now:%Y%m%d}", f"{now:%H%M}", purpose]),
        ("NM1", ["41", "2", envelope.submitter_name, *[""] * 4, "46", envelope.gs_sender_code]),
        ("PER", ["IC", envelope.contact_name, "TE", envelope.contact_phone]),
        ("NM1", ["40", "2", envelope.receiver_name, *[""] * 4, "46", envelope.gs_receiver_code]),
    ]


def _loops(claims: pl.DataFrame, form: ClaimForm) -> pl.DataFrame:
    """Columns billing, subscriber and claim: each claim's loops, less the hierarchical levels."""
    written = {"billing": billing_loop(), "subscriber": subscriber_loop(), "claim": form.loops()}
    return claims.lazy().select(**written).collect(engine="streaming")  # all cores


def _claim_texts(claims: pl.DataFrame, loops: pl.DataFrame) -> pl.DataFrame:
    """Columns billing (its loop where a provider begins, else "") and claim, one row a claim; the
    segments of each are billing_segments and claim_segments.
    """
    levels = claims.select(is_first=_is_first_of_provider()).with_columns(_hierarchy())
    whole = loops.hstack(levels).select(
        billing=pl.when("is_first").then(_billing_level() + pl.col("billing")).otherwise(EMPTY),
        claim=joined(_subscriber_level(), pl.col("subscriber"), pl.col("claim")),
    )
    segments = pl.all().str.count_matches(TERMINATOR, literal=True)
    return whole.with_columns(segments.name.suffix("_segments"))


def _is_first_of_provider() -> pl.Expr:
    provider = pl.struct(BILLING_COLUMNS)
    return provider.ne_missing(provider.shift(1)) | (pl.int_range(pl.len()) == 0)


def _hierarchy() -> list[pl.Expr]:
    """HL01 of each claim's billing and subscriber levels, both counted through the set."""
    subscriber = pl.int_range(1, pl.len() + 1) + pl.col("is_first").cum_sum()
    billing = pl.when("is_first").then(subscriber - 1).forward_fill()
    return [billing.alias("billing_level"), subscriber.alias("subscriber_level")]


def _billing_level() -> pl.Expr:
    return segment("HL", pl.col("billing_level").cast(pl.String), "", "20", "1")


def _subscriber_level() -> pl.Expr:
    levels = [pl.col(f"{name}_level").cast(pl.String) for name in ("subscriber", "billing")]
    return segment("HL", *levels, "22", "0")


def _positions(claims: pl.DataFrame, texts: pl.DataFrame, outline: SetOutline) -> pl.DataFrame:
    before_body = 1 + len(outline.heading)
    segments = pl.col("claim_segments")
    last = (pl.col("billing_segments") + segments).cum_sum() + before_body
    spans = texts.select(
        set_control_number=pl.lit(outline.control_number),
        set_position=pl.int_range(1, pl.len() + 1),
        first_segment=last - segments + 1,
        last_segment=last,
    )
    return claims.select("claim_id", "patient_control_number").hstack(spans)
