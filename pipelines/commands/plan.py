"""`reentry plan`: what would go out."""

import click
import polars as pl

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.evaluation import planned

_PLAN = (
    "action",
    "patient_control_number",
    "facility_id",
    "charge_amount",
    "expected_amount",
    "deadline_on",
    "send_by",
    "reasons",
)
_TOLD = (
    "action", "claim_id", "patient_control_number", "frequency_code", "facility_id",
    "charge_amount", "expected_amount", "deadline_on", "send_by", "reasons", "replaces",
)  # fmt: skip
_ROWS_SHOWN = 30


@click.command("plan")
@session_command
def plan(session: Session) -> None:
    """What would be sent, changed or held: the last run's claims against the ledger as it is."""
    with session.workspace() as workspace:
        seen = workspace.last_view()
        frame = planned(workspace.view_now(seen.as_of), seen.derived("claims"))
    rows = frame.select(_TOLD).sort("action", "deadline_on", "claim_id").to_dicts()
    session.show(rows, lambda: grid(f"Plan: {len(rows)} claims", _PLAN, rows[:_ROWS_SHOWN]))
    totals = frame.group_by("action").agg(pl.len().alias("claims"), pl.col("charge_amount").sum())
    shown = totals.sort("action").to_dicts()
    if not session.as_json:
        session.console.print(grid("By action", ("action", "claims", "charge_amount"), shown))
