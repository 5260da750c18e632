"""Inquiry files: how what is asked of the payer is numbered, recorded and made visible.

The file lies whole under a temporary name before its ledger transaction ends, and is renamed after:
a kill between leaves it to the next command, which finds it by its SHA-256. What is asked, and of
whom, is for `inquiries` (270), `claim_inquiries` (276) and `authorizations` (278).
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import polars as pl

from pipelines.io.home import write_private
from pipelines.io.ledger import inquiries
from pipelines.io.ledger.inquiries import InquiryFile, InquiryRow, Numbers
from pipelines.io.ledger.transaction import Transaction
from pipelines.io.outbox.folder import Folder, sha256_of
from pipelines.io.outbox.rendering import agency_envelope
from pipelines.io.workspace import Workspace
from pipelines.x12.envelope import Envelope

Render = Callable[[Envelope, pl.DataFrame], str]
Record = Callable[[Transaction, Numbers, pl.DataFrame, InquiryFile], InquiryRow]


def folder_of(workspace: Workspace, name: str) -> Folder:
    """Where inquiries of a kind lie, beside the agency's claims."""
    return Folder(workspace.home.outbox(workspace.agency.id) / name)


@contextmanager
def one_at_a_time(workspace: Workspace, folder: Folder) -> Iterator[None]:
    """No other command asks meanwhile; what a killed one left is put right first."""
    with folder.locked():
        _recover(workspace, folder)
        yield


def ask(
    workspace: Workspace, folder: Folder, kind: str, requests: pl.DataFrame,
    render: Render, record: Record,
) -> InquiryRow:  # fmt: skip
    """Number, render, record and publish one file. `kind`: 270, 276 or 278.

    `render` and `record` are handed `requests` with their `trace_number`.
    """
    agency = workspace.agency
    with workspace.ledger.write(agency.id, workspace.user_id) as tx:
        numbers = inquiries.begin(tx, kind)
        traces = inquiries.trace_numbers(agency.id, numbers.inquiry_id, requests.height)
        traced = requests.with_columns(traces)
        envelope = agency_envelope(
            agency, agency.fee_for_service, agency.usage, numbers.interchange_control_number,
            numbers.group_control_number, numbers.created_at,
        )  # fmt: skip
        name = f"{kind}-{agency.id}-{agency.usage}-{numbers.interchange_control_number:09d}.x12"
        content = render(envelope, traced).encode("ascii")
        write_private(folder.temporary(name), content)
        digest = hashlib.sha256(content).hexdigest()
        made = record(tx, numbers, traced, InquiryFile(agency.usage, name, len(content), digest))
    folder.release(name)
    return made


def _recover(workspace: Workspace, folder: Folder) -> None:
    """Make visible what was recorded and not yet renamed; remove what was never recorded."""
    with workspace.ledger.read() as connection:
        recorded = inquiries.written(connection, workspace.agency.id)
    for one in _left(recorded, folder):
        folder.release(one.file_name)
    folder.sweep()


def _left(recorded: list[InquiryRow], folder: Folder) -> Iterator[InquiryRow]:
    for one in recorded:
        path = folder.temporary(one.file_name)
        if path.is_file() and sha256_of(path) == one.file_sha256:
            yield one
