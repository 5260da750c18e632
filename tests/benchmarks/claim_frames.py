"""Claims in numbers for `make bench`: many of them, what was sent of them, and peers' readers."""

import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from pyx12.x12file import X12Reader
from x12_edi_tools.x12_generator import X12Generator

from pipelines.stages.claims.content import numbered
from pipelines.x12.claim_sets import render
from pipelines.x12.envelope import Envelope

SENT = datetime(2026, 10, 1, tzinfo=UTC)


def envelope() -> Envelope:
    return Envelope(
        submitter_name="BENCH", contact_name="BENCH", contact_phone="9165550100",
        isa_sender_qualifier="ZZ", isa_sender_id="BENCH", gs_sender_code="BENCH",
        isa_receiver_qualifier="ZZ", isa_receiver_id="610442", gs_receiver_code="610442",
        receiver_name="MEDI-CAL", usage="T", interchange_control_number=1, group_control_number=1,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )  # fmt: skip


def numbered_claims(made: pl.DataFrame) -> pl.Series:
    """Frozen content as a batch has it, with patient control numbers."""
    numbers = made.with_row_index("n").select(
        "content",
        patient_control_number=pl.format("B{}", pl.col("n").cast(pl.String).str.zfill(15)),
        frequency_code=pl.lit("1"),
    )
    return numbered(numbers)


def repeated(made: pl.DataFrame, count: int) -> pl.DataFrame:
    """As many claims: those given, again and again, each time under other ids."""
    rows = made[pl.int_range(count, eager=True) % made.height]
    turn = (pl.int_range(pl.len()) // made.height).cast(pl.String)
    return rows.with_columns(claim_id=pl.concat_str("claim_id", turn, separator="-"))


def sent(claims: pl.DataFrame) -> pl.DataFrame:
    """A submission of each claim, as the ledger and answers know it; every tenth was changed since,
    and every third is paid.
    """
    number = pl.int_range(pl.len())
    changed = pl.when(number % 10 == 0).then(pl.lit("other")).otherwise("content_hash")
    return claims.select(
        "claim_id", "claim_form", "charge_amount", "route",
        patient_control_number=pl.format("S{}", number),
        submission_number=pl.lit(1, pl.Int64),
        state=pl.when(number % 3 == 0).then(pl.lit("paid")).otherwise(pl.lit("sent")),
        is_not_found=pl.lit(False),
        sent_at=pl.lit(SENT),
        asked_on=pl.lit(None, pl.Date),
        dispute=pl.lit("none"),
        content_hash=changed,
    )  # fmt: skip


def files(content: pl.DataFrame, count: int) -> Iterator[int]:
    """Render the claims `count` times, a file each; bytes of each set as it is made."""
    for _ in range(count):
        for part in render(content, envelope()):
            yield len(part.content)


def beside_peers(path: Path) -> Iterator[tuple[str, float]]:
    """Seconds of x12-edi-tools' generator, one `add_segment` after the other, on the segments of a
    file, and of pyx12's reader on the file.
    """
    text = path.read_text(encoding="ascii")
    began = time.perf_counter()
    generator = X12Generator("005010X222A1")
    for segment in text.split("~")[:-1]:
        name, *elements = segment.strip().split("*")
        generator.add_segment(name, elements)
    generator.generate()
    yield "x12-edi-tools' add_segment", time.perf_counter() - began
    began = time.perf_counter()
    for _ in X12Reader(io.StringIO(text)):
        pass
    yield "pyx12's reader", time.perf_counter() - began
