"""The life of a claim: what was planned, batched, sent and answered, from plan, ledger and lake.

Everything is read as it is known at this moment; how it is printed is the command's business.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from contracts.errors import UsageError
from pipelines.io.acknowledgements import acknowledged
from pipelines.io.answered import answered
from pipelines.io.ledger import batches
from pipelines.io.payments import Settled, compared_accounts, line_accounts, remitted, settled
from pipelines.io.publishing import source_files
from pipelines.io.workspace import EVER, View, Workspace
from pipelines.stages.acknowledgements.labels import labelled
from pipelines.stages.acknowledgements.silence import silent
from pipelines.stages.payments.accounts import EQUATION
from pipelines.stages.plan.by_line import VOID

LABELS: Final = ("acknowledgement_codes", "claim_status_category", "claim_status")
_MOST_NAMED = 5
_SUBMISSION: Final = (
    "submission_number", "patient_control_number", "frequency_code", "state", "charge_amount",
    "interchange_control_number", "group_control_number", "set_control_number", "set_position",
    "first_segment", "last_segment", "payer_claim_number", "is_not_found", "contradiction",
)  # fmt: skip
_BATCH: Final = (
    "batch_id", "state", "proposed_by", "proposed_at", "approved_by", "approved_at", "written_at",
    "file_name", "file_sha256", "sent_by", "sent_at", "withdrawn_by", "withdrawn_at",
    "withdraw_reason",
)  # fmt: skip
_EVIDENCE: Final = (
    "received_at", "answer", "level", "outcome", "verdict_code", "verdict_label", "codes",
    "code_labels", "stated_on", "line_control_number", "payer_claim_number", "error_segment",
    "error_position", "error_loop", "error_element", "is_duplicate", "contradiction", "counts",
    "state", "file", "file_id", "row_number", "segment_ordinal",
)  # fmt: skip
_LINE: Final = (
    "line_ordinal", "source_system", "encounter_id", "line_number", "state", "charge_amount",
    *EQUATION, "late_amount", "recovered_amount", "expected_amount", "variance_amount",
    "variance_reasons",
)  # fmt: skip
_PLANNED: Final = ("action", "reasons", "deadline_on", "send_by", "inquiry_due_on", "charge_amount")


@dataclass(frozen=True)
class _Known:
    """What the ids of claims are looked up in."""

    submitted: pl.DataFrame
    batched: pl.DataFrame
    planned: pl.DataFrame


def claim_life(workspace: Workspace, wanted: str, plan: pl.DataFrame) -> dict[str, Any]:
    """All that is known of one claim. `plan` as it is at this moment.

    `wanted`: its id, or the patient control number of one of its submissions, or the beginning of
    either. Raises UsageError where no claim, or more than one, has it.
    """
    view = workspace.view_now()
    paid = settled(view)
    made = acknowledged(view, paid.outcomes)
    sent = answered(view, made.submission_states)
    known = _Known(
        sent.join(
            made.submission_states.select("submission_id", "contradiction"), on="submission_id"
        ),
        workspace.open_batch_claims(EVER),
        plan,
    )
    claim_id = _found(known, wanted)
    submitted = known.submitted.filter(claim_id=claim_id).sort("submission_number")
    said = _said(view, made.acknowledgements, made.pairs)
    batched = known.batched.filter(claim_id=claim_id)
    planned = plan.filter(claim_id=claim_id).select(_PLANNED).to_dicts()
    stands = submitted.filter(pl.col("state") != "withdrawn")["state"].to_list()
    return {
        "claim_id": claim_id,
        "state": stands[-1] if stands else "batched" if batched.height else "planned",
        "dispute": submitted["dispute"].to_list()[-1] if submitted.height else "none",
        "plan": planned[0] if planned else None,
        "lines": _lines(view, line_accounts(view, sent, paid), paid, submitted),
        "waits_in_batch": batched["batch_id"].to_list()[:1],
        "submissions": [
            _submission(workspace, row, said)
            | {"remittances": remitted(view, paid, row["submission_id"])}
            for row in submitted.to_dicts()
        ],
    }


def _found(known: _Known, wanted: str) -> str:
    columns = ("claim_id", "patient_control_number")
    frames = [one.select(columns) for one in (known.submitted, known.batched, known.planned)]
    every = pl.concat(frames)
    is_whole = pl.any_horizontal(pl.col(*columns) == wanted)
    begins = pl.any_horizontal(pl.col(*columns).str.starts_with(wanted))
    hits = next((h for test in (is_whole, begins) if (h := _ids(every.filter(test)))), [])
    if len(hits) != 1:
        named = f" Among them: {', '.join(hits[:_MOST_NAMED])}." if hits else ""
        raise UsageError(
            "claim_unknown" if not hits else "claim_ambiguous",
            f"{len(hits) or 'no'} claims begin so. Give more of the claim id or of the patient "
            f"control number; `reentry claims` lists them.{named}",
        )
    return hits[0]


def _ids(rows: pl.DataFrame) -> list[str]:
    return rows["claim_id"].unique().sort().to_list()


def _said(view: View, said: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Statements by submission, with their words and the name under which their file arrived."""
    sets = {name: view.workspace.code_sets.table(name) for name in LABELS}
    key = ["file_id", "segment_ordinal"]
    joined = pairs.join(said.drop("submission_id"), on=key, how="left", maintain_order="left")
    return joined.join(source_files(view), on="file_id", how="left").pipe(labelled, sets)


def _submission(workspace: Workspace, row: dict[str, Any], said: pl.DataFrame) -> dict[str, Any]:
    with workspace.ledger.read() as connection:
        batch = batches.get(connection, workspace.agency.id, row["batch_id"])
    of_batch = asdict(batch)
    evidence = said.filter(submission_id=row["submission_id"]).select(_EVIDENCE)
    return {name: row[name] for name in _SUBMISSION} | {
        "batch": {name: of_batch[name] for name in _BATCH},
        "evidence": evidence.to_dicts(),
    }


def _lines(
    view: View, accounts: pl.DataFrame, paid: Settled, submitted: pl.DataFrame
) -> list[dict[str, Any]]:
    """The accounts of the claim's lines in effect; of none, those of the newest submission that
    bills: a void has no account of its own.
    """
    mine = accounts.join(submitted, on="submission_id", how="semi", maintain_order="left")
    counted = mine.filter("is_in_effect")
    bills = mine.filter(pl.col("frequency_code") != VOID)
    newest = bills.filter(pl.col("submission_number") == pl.col("submission_number").max())
    shown = counted if counted.height else newest
    told = compared_accounts(view, shown, paid)
    return told.sort("line_ordinal").select(_LINE).to_dicts()


def overdue(workspace: Workspace, view: View) -> pl.DataFrame:
    """Claims that the payer has not answered, the longest silent first (`silence.silent`)."""
    states = acknowledged(view).submission_states
    sent = answered(view, states)
    charges = sent.select("submission_id", "charge_amount", "created_at", "asked_on", "route")
    days = workspace.policy.entry("inquiry.after_days", view.as_of).value
    return silent(states.join(charges, on="submission_id"), days, view.as_of)


def statements(view: View) -> pl.DataFrame:
    """Table `acknowledgements` as of this view, with `file`, the name under which it arrived."""
    said = acknowledged(view).acknowledgements
    return said.join(source_files(view), on="file_id", how="left", maintain_order="left")
