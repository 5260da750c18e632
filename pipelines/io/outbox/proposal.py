"""Proposal: what the plan would send, frozen with its numbers as the ledger keeps it."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipelines.io.ledger import batch_claims, batches
from pipelines.io.ledger.batch_claims import BatchClaim
from pipelines.io.ledger.claim_lines import ClaimLine
from pipelines.io.ledger.transaction import Transaction
from pipelines.stages.claims.content import numbered
from pipelines.stages.plan.cells import SENDS

_LINE = tuple(ClaimLine.__dataclass_fields__)


def proposals(plan: pl.DataFrame) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """What the plan would send: claim form, route and their rows; one file holds one of each."""
    fresh = plan.filter(pl.col("action").is_in(SENDS))
    for (claim_form, route), rows in fresh.group_by("claim_form", "route", maintain_order=True):
        yield str(claim_form), str(route), rows


def batch_claims_of(rows: pl.DataFrame, claim_lines: pl.DataFrame) -> list[BatchClaim]:
    """Plan rows as the ledger takes them: content numbered and frozen, lines with their charges."""
    lines = _lines(rows, claim_lines)
    frozen = rows.with_columns(content=numbered(rows)).iter_rows(named=True)
    return [
        BatchClaim(
            claim_id=row["claim_id"],
            submission_number=row["submission_number"],
            patient_control_number=row["patient_control_number"],
            frequency_code=row["frequency_code"],
            content=row["content"],
            content_hash=row["content_hash"],
            row_hash=row["claim_row_hash"],
            charge_amount=row["charge_amount"],
            lines=_alone(row) or lines.get(row["claim_id"], ()),
            replaces=row["replaces"],
        )
        for row in frozen
    ]


def _alone(row: dict[str, Any]) -> tuple[ClaimLine, ...]:
    """The line of a submission that carries one line of its claim."""
    if row["encounter_id"] is None:
        return ()
    key = (row["source_system"], row["encounter_id"], row["line_number"])
    return (ClaimLine(*key, 1, row["charge_amount"]),)


def leave_earlier_batches(tx: Transaction, rows: pl.DataFrame) -> None:
    """Take claims whose row changed out of the batches in which they wait, to be proposed anew."""
    open_claims = batch_claims.known(tx.connection, tx.agency, tx.recorded_at)
    changed = rows.filter(pl.col("reasons").list.contains("row_changed"))
    waiting = open_claims.join(changed, on="claim_id", how="semi").filter(
        pl.col("written_at").is_null()
    )
    for batch_id, claim_id in waiting.select("batch_id", "claim_id").unique().iter_rows():
        batches.leave(tx, batch_id, claim_id, "row_changed")


def _lines(rows: pl.DataFrame, claim_lines: pl.DataFrame) -> dict[str, tuple[ClaimLine, ...]]:
    chosen = claim_lines.join(rows, on="claim_id", how="semi").sort("claim_id", "line_ordinal")
    gathered: dict[str, list[ClaimLine]] = {}
    for claim_id, *values in chosen.select("claim_id", *_LINE).iter_rows():
        gathered.setdefault(claim_id, []).append(ClaimLine(*values))
    return {claim_id: tuple(lines) for claim_id, lines in gathered.items()}
