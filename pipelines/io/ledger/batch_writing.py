"""Writing a batch: numbers first, submissions last, and the way back after a kill between them.

Rendering, checking and renaming the file happen between the two transactions, in the outbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.io.ledger import audit, batch_claims, batches, control, submissions, users
from pipelines.io.ledger.batch_claims import FrozenClaim
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.ledger.submissions import SetPlace
from pipelines.io.ledger.transaction import Transaction


def start_writing(tx: Transaction, batch_id: str) -> BatchRow:
    """Take control numbers and the creation time for the envelope. Needs the right to write.

    Raises:
        UsageError: the batch is not approved, or all its claims have left.
    """
    users.require(tx, "write")
    batch = batches.require_move(tx, batch_id, "writing")
    if batch.claim_count == 0:
        raise UsageError("batch_empty", f"all claims have left batch {batch_id}. Withdraw it.")
    batches.change(
        tx,
        batch_id,
        state="writing",
        created_at=tx.recorded_at,
        interchange_control_number=control.take(tx, "interchange", batch_id),
        group_control_number=control.take(tx, "group", batch_id),
    )
    return batches.get(tx.connection, tx.agency, batch_id)


def finish_writing(
    tx: Transaction,
    batch_id: str,
    places: Mapping[str, SetPlace],
    *,
    file_name: str,
    file_size: int,
    file_sha256: str,
) -> BatchRow:
    """Record the rendered file: a submission for each claim at its place, by its number.

    Raises:
        BrokenInvariantError: the file does not hold exactly the batch's open claims.
    """
    batch = batches.require_move(tx, batch_id, "written")
    claims = batch_claims.frozen(tx.connection, batch_id)
    _require_same(batch, claims, places)
    submissions.add(tx, _submissions(batch, claims, places))
    batches.change(
        tx,
        batch_id,
        state="written",
        written_at=tx.recorded_at,
        file_name=file_name,
        file_size=file_size,
        file_sha256=file_sha256,
    )
    detail = {
        "batch_id": batch_id,
        "claim_count": len(claims),
        "claims_sha256": batch_claims.sorted_digest(claims),
        "file_sha256": file_sha256,
    }
    audit.append(tx, "batch_written", detail)
    return batches.get(tx.connection, tx.agency, batch_id)


def back_to_approved(tx: Transaction, batch_id: str) -> BatchRow:
    """Undo a writing that did not end; its control numbers are lost. Any command may do it."""
    batches.require_move(tx, batch_id, "approved", since=("writing",))
    batches.change(
        tx,
        batch_id,
        state="approved",
        created_at=None,
        interchange_control_number=None,
        group_control_number=None,
    )
    return batches.get(tx.connection, tx.agency, batch_id)


def _require_same(
    batch: BatchRow, claims: Sequence[FrozenClaim], places: Mapping[str, SetPlace]
) -> None:
    frozen = {claim.patient_control_number for claim in claims}
    if frozen != places.keys():
        raise BrokenInvariantError(
            "file_is_not_the_batch",
            f"batch {batch.batch_id}: its file lacks {len(frozen - places.keys())} of its claims "
            f"and holds {len(places.keys() - frozen)} others. Nothing was recorded: write again.",
        )


def _submissions(
    batch: BatchRow, claims: Sequence[FrozenClaim], places: Mapping[str, SetPlace]
) -> list[dict[str, Any]]:
    envelope = {
        "batch_id": batch.batch_id,
        "usage": batch.usage,
        "claim_form": batch.claim_form,
        "interchange_control_number": batch.interchange_control_number,
        "group_control_number": batch.group_control_number,
        "created_at": batch.created_at,
    }
    return [
        {
            **envelope,
            "claim_id": claim.claim_id,
            "submission_number": claim.submission_number,
            "patient_control_number": claim.patient_control_number,
            "frequency_code": claim.frequency_code,
            "content_hash": claim.content_hash,
            "row_hash": claim.row_hash,
            "charge_amount": claim.charge_amount,
            "replaces_submission_id": claim.replaces_submission_id,
            **asdict(places[claim.patient_control_number]),
        }
        for claim in claims
    ]
