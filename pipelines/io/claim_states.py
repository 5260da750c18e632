"""Claim states: where each claim stands by ledger and answers, and dollars of claims in effect."""

from collections import Counter
from decimal import Decimal
from typing import Any

import polars as pl

from contracts.decisions import WRITTEN_OFF
from pipelines.io.acknowledgements import answered, submission_states
from pipelines.io.decided import claims_disposed
from pipelines.io.ledger import claim_lines
from pipelines.io.workspace import EVER, View, Workspace, local_day

NO_MONEY = Decimal("0.00")
_VOID = "8"
_COUNTS_NOTHING = ("rejected", "withdrawn")


def effective(workspace: Workspace) -> pl.DataFrame:
    """The newest submission of each claim that was not withdrawn, in its state of this moment;
    `written_off` where a person gave its claim up.
    """
    now = workspace.view_now()
    known = answered(now, submission_states(now)).filter(pl.col("state") != "withdrawn")
    newest = known.sort("submission_number").unique("claim_id", keep="last", maintain_order=True)
    disposed = claims_disposed(now)
    given_up = disposed.filter(pl.col("action") == "write_off")["subject_id"]
    is_given_up = pl.col("claim_id").is_in(given_up.implode())
    state = pl.when(is_given_up).then(pl.lit(WRITTEN_OFF)).otherwise("state")
    return newest.with_columns(state.alias("state"))


def claim_states(view: View, submitted: pl.DataFrame) -> dict[str, int]:
    """How many claims are in each state; those never submitted are planned, held or batched.

    `submitted` as `effective` tells it.
    """
    open_claims = view.workspace.open_batch_claims(EVER)
    never = view.derived("plan").join(submitted, on="claim_id", how="anti")
    state = (
        pl.when(pl.col("claim_id").is_in(open_claims["claim_id"].implode()))
        .then(pl.lit("batched"))
        .when(pl.col("action") == "hold")
        .then(pl.lit("held"))
        .when(pl.col("reasons").list.contains(WRITTEN_OFF))
        .then(pl.lit(WRITTEN_OFF))
        .otherwise(pl.lit("planned"))
    )
    counts = Counter(submitted["state"]) + Counter(never.select(state.alias("s"))["s"])
    return dict(sorted(counts.items()))


def money(submitted: pl.DataFrame) -> dict[str, Decimal]:
    """Dollars in effect: charged = paid + adjusted + denied + open; a void, and what was rejected,
    counts nothing. `submitted` as `effective` tells it.

    Before a remittance is posted, all that was charged is open, or adjusted by our own write-off.
    """
    in_effect = submitted.filter(
        pl.col("frequency_code") != _VOID, ~pl.col("state").is_in(_COUNTS_NOTHING)
    )
    charged = Decimal(in_effect["charge_amount"].sum() or NO_MONEY)
    adjusted = Decimal(in_effect.filter(state=WRITTEN_OFF)["charge_amount"].sum() or NO_MONEY)
    settled = {"paid": NO_MONEY, "adjusted": adjusted, "denied": NO_MONEY}
    return {"charged": charged, **settled, "open": charged - adjusted}


def claims_told(workspace: Workspace) -> list[dict[str, Any]]:
    """Every claim ever submitted, with its state, its dollars and its service lines."""
    claims = effective(workspace).sort("claim_id")
    with workspace.ledger.read() as connection:
        lines = claim_lines.submitted(connection, workspace.agency.id, EVER)
    key = ("source_system", "encounter_id", "line_number")
    grouped = lines.group_by("patient_control_number").agg(pl.struct(key).alias("lines"))
    joined = claims.join(grouped, on="patient_control_number", how="left")
    return [_told(row) for row in joined.iter_rows(named=True)]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "claim_id": row["claim_id"],
        "patient_control_number": row["patient_control_number"],
        "state": row["state"],
        "dispute": "none",
        "submitted_on": row["sent_at"] and local_day(row["sent_at"]),
        "charge_amount": row["charge_amount"],
        "paid_amount": NO_MONEY,
        "adjusted_amount": row["charge_amount"] if row["state"] == WRITTEN_OFF else NO_MONEY,
        "lines": row["lines"] or [],
    }
