"""Edits of claims: answers of the payer that contradict each other or what we recorded.

They look at table `submission_states`; the state itself follows the stronger evidence whatever is
found here. How they are run is in `run_answers`.
"""

from functools import partial
from typing import Final

import polars as pl

from pipelines.stages.edits.edit import Edit

_edit = partial(
    Edit,
    category="payer_setup",
    severity="warn",
    owner="biller",
    source="Acknowledgements 005010X231A1, 005010X214 and 005010X212 beside the ledger",
)
_contradiction = pl.col("contradiction")

EDITS: Final = (
    _edit(
        id="claim_accepted_and_rejected",
        message="The payer both accepted and rejected the claim.",
        remedy="Ask the payer which answer holds before the claim is sent again.",
        fires=_contradiction == "accepted_and_rejected",
    ),
    _edit(
        id="claim_lost_after_acceptance",
        message="The payer accepted the claim and now has no such claim.",
        remedy="Ask the payer for it by the payer's own number, with its acknowledgement at hand.",
        fires=_contradiction == "lost_after_acceptance",
    ),
    _edit(
        id="withdrawn_claim_answered",
        message="The payer answers a claim whose batch was withdrawn: its file was sent.",
        remedy="Find out who sent the file; the claim is treated as sent.",
        fires=_contradiction == "answered_though_withdrawn",
    ),
)
