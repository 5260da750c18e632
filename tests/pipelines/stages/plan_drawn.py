"""Desired, batched and submitted claims as the tests of the plan draw them, and their plan."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from claim_county import AS_OF, agency, assembled, drawn, line, policy

from contracts.fields import INSTANT, MONEY
from pipelines.stages.plan.planning import plan

SENT_AT = datetime(2026, 4, 20, 18, tzinfo=UTC)  # the inquiry is due on 2026-05-05
SUBMISSIONS = {
    "claim_id": pl.String, "submission_number": pl.Int64, "state": pl.String,
    "content_hash": pl.String, "row_hash": pl.String, "claim_form": pl.String,
    "patient_control_number": pl.String, "charge_amount": MONEY, "is_not_found": pl.Boolean,
    "sent_at": INSTANT, "asked_on": pl.Date, "dispute": pl.String, "route": pl.String,
}  # fmt: skip


ANSWERED_STATES = (
    "sent", "received", "lost", "rejected", "accepted", "pended", "paid", "partly_paid", "denied",
    "reversed", "replaced", "voided",
)  # fmt: skip


def desired(*rows: Any) -> Any:
    """Desired claims: id, content hash, row hash, reason."""
    one, _ = assembled([line(encounter_id="E1")])
    made = [
        one.with_columns(
            claim_id=pl.lit(claim_id),
            content_hash=pl.lit(content),
            claim_row_hash=pl.lit(row_hash),
            reasons=pl.lit(pl.Series([[reason] if reason else []], dtype=pl.List(pl.String))),
        )
        for claim_id, content, row_hash, reason in rows
    ]
    return pl.concat([one.clear(), *made])


def ledger_rows(picture: Any) -> Any:
    rows = [
        {
            "charge_amount": Decimal(7),
            "claim_form": "professional",
            "route": "medi_cal",
            "patient_control_number": f"{row['claim_id']}-{row['submission_number']}",
            **row,
            "submission_number": int(row["submission_number"]),
            "is_not_found": row.get("is_not_found") == "yes",
            "sent_at": SENT_AT if row.get("state") not in ("written", "withdrawn") else None,
        }
        for row in drawn(picture)
    ]
    return pl.DataFrame(rows, schema=SUBMISSIONS)


NO_SUBMISSIONS = pl.DataFrame(schema=SUBMISSIONS)
CLAIMS = desired(
    ("fresh", "c1", "r1", None),
    ("fresh_held", "c1", "r1", "name_not_carried"),
    ("batched_same", "c1", "r1", None),
    ("batched_changed", "c2", "r2", None),
    ("batched_row_only", "c1", "r2", None),
    ("batched_held", "c1", "r2", "address_missing"),
    ("written_same", "c1", "r2", None),
    ("sent_changed", "c2", "r2", None),
    ("withdrawn_same", "c1", "r1", None),
    ("resent_same", "c1", "r1", None),
)
OPEN = ledger_rows("""
claim_id         | submission_number | content_hash | row_hash
batched_same     | 1                 | c1           | r1
batched_changed  | 1                 | c1           | r1
batched_row_only | 1                 | c1           | r1
batched_held     | 1                 | c1           | r1
batched_gone     | 1                 | c1           | r1
written_same     | 1                 | c1           | r1
""")
SUBMITTED = ledger_rows("""
claim_id       | submission_number | state     | content_hash
written_same   | 1                 | written   | c1
sent_changed   | 1                 | sent      | c1
sent_gone      | 1                 | sent      | c1
withdrawn_same | 1                 | withdrawn | c1
withdrawn_gone | 1                 | withdrawn | c1
resent_same    | 1                 | withdrawn | c0
resent_same    | 2                 | sent      | c1
""")


def planned(
    claims: Any = CLAIMS, submissions: Any = SUBMITTED, batched: Any = OPEN, **changes: Any
) -> Any:
    standing = {"policy": policy(), "as_of": AS_OF, "agency": agency(), **changes}
    return plan(claims, submissions, batched, **standing)


ANSWERED_CLAIMS = desired(
    *((f"{name}_same", "c1", "r1", None) for name in ANSWERED_STATES),
    *((f"{name}_changed", "c2", "r2", None) for name in ANSWERED_STATES),
    *((f"{name}_held", "c2", "r2", "address_missing") for name in ANSWERED_STATES),
)


def answered_submissions() -> Any:
    """Each state for a claim that is the same, changed, changed and held, or gone."""
    kinds = ("same", "changed", "held", "gone")
    rows = [
        f"{name}_{kind} | 1 | {'sent' if name == 'lost' else name} | c1 | "
        f"{'yes' if name == 'lost' else ''}"
        for name in ANSWERED_STATES
        for kind in kinds
    ]
    head = "claim_id | submission_number | state | content_hash | is_not_found"
    return ledger_rows("\n".join([head, *rows]))


def decision(
    claim: str, action: str | None, value: str | None = None, seen_version: str | None = None
) -> Any:
    row = {"subject_id": claim, "action": action, "value": value, "seen_version": seen_version}
    return pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))
