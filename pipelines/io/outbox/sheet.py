"""The control sheet beside each file: what to compare with what the receiver says it got."""

import json

from pipelines.io.ledger.batches import BatchRow
from pipelines.x12.claim_forms import FORMS
from pipelines.x12.claim_sets import MAX_CLAIMS_PER_SET


def control_sheet(batch: BatchRow) -> bytes:
    """The sheet of a written batch as JSON: counts, charges, control numbers, digest."""
    told = {
        "file_name": batch.file_name,
        "sha256": batch.file_sha256,
        "size_bytes": batch.file_size,
        "batch_id": batch.batch_id,
        "guide": FORMS[batch.claim_form].guide.version,
        "usage": batch.usage,
        "route": batch.route,
        "created_at": batch.created_at,
        "interchange_control_number": f"{batch.interchange_control_number:09d}",
        "group_control_number": batch.group_control_number,
        "transaction_sets": -(-batch.claim_count // MAX_CLAIMS_PER_SET),
        "claims": batch.claim_count,
        "charge_amount": batch.charge_amount,
        "proposed_by": batch.proposed_by,
        "approved_by": batch.approved_by,
    }
    return (json.dumps(told, default=str, indent=2) + "\n").encode()
