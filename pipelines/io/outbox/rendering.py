"""Rendering: a batch's frozen claims as one 837 interchange in a temporary file.

Everything in the file comes from the frozen content, the recorded numbers and time, and the
agency's settings: rendered again, it has the same bytes.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from contracts.errors import BrokenInvariantError
from contracts.settings import Agency, Route
from pipelines.io.home import private_file
from pipelines.io.ledger.batch_claims import FrozenClaim
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.ledger.submissions import SetPlace
from pipelines.x12.claim_forms import FORMS, ClaimForm
from pipelines.x12.claim_sets import render
from pipelines.x12.content import thaw
from pipelines.x12.envelope import Envelope

_PLACE = tuple(SetPlace.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered file: each claim's place by its patient control number, size and SHA-256."""

    places: dict[str, SetPlace]
    size: int
    sha256: str


def file_name(batch: BatchRow) -> str:
    """The file's name: form, agency, usage and interchange control number, nobody's data."""
    label = FORMS[batch.claim_form].label
    return f"{label}-{batch.agency}-{batch.usage}-{batch.interchange_control_number:09d}.x12"


def frozen_content(claims: Sequence[FrozenClaim]) -> pl.DataFrame:
    """The claims' content as it was frozen, in their order."""
    return thaw(pl.Series([claim.content for claim in claims], dtype=pl.String))


def render_to(path: Path, content: pl.DataFrame, envelope: Envelope, form: ClaimForm) -> Rendered:
    """Write the interchange set by set, synced to disk; memory holds one set's text."""
    digest, places, size = hashlib.sha256(), dict[str, SetPlace](), 0
    with private_file(path) as handle:
        for one in render(content, envelope, form):
            _write(handle, one.content)
            digest.update(one.content)
            size += len(one.content)
            places.update(_places(one.positions))
    return Rendered(places, size, digest.hexdigest())


def envelope_of(batch: BatchRow, agency: Agency) -> Envelope:
    """The batch's envelope. Raises BrokenInvariantError where it has taken no numbers."""
    interchange, group = batch.interchange_control_number, batch.group_control_number
    if interchange is None or group is None or batch.created_at is None:
        raise BrokenInvariantError(
            "batch_without_numbers", f"batch {batch.batch_id} has taken no control numbers."
        )
    return agency_envelope(
        agency, agency.routes[batch.route], batch.usage, interchange, group, batch.created_at
    )


def agency_envelope(
    agency: Agency, route: Route, usage: str, interchange: int, group: int, created_at: datetime
) -> Envelope:
    """An envelope of the agency's to a route's receiver, under control numbers taken for it."""
    return Envelope(
        submitter_name=agency.submitter_name,
        contact_name=agency.contact_name,
        contact_phone=agency.contact_phone,
        isa_sender_qualifier=agency.isa_sender_qualifier,
        isa_sender_id=agency.isa_sender_id,
        gs_sender_code=agency.gs_sender_code,
        isa_receiver_qualifier=route.isa_receiver_qualifier or agency.isa_receiver_qualifier,
        isa_receiver_id=route.isa_receiver_id or agency.isa_receiver_id,
        gs_receiver_code=route.gs_receiver_code or agency.gs_receiver_code,
        receiver_name=route.receiver,
        usage="P" if usage == "P" else "T",
        interchange_control_number=interchange,
        group_control_number=group,
        created_at=created_at,
    )


def _places(positions: pl.DataFrame) -> Iterator[tuple[str, SetPlace]]:
    for number, *place in positions.select("patient_control_number", *_PLACE).iter_rows():
        yield number, SetPlace(*place)


def _write(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
