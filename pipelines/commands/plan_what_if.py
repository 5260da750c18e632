"""What `reentry plan --what-if` prints: which claims would differ, in dollars, and why."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import polars as pl
from rich.console import Group

from pipelines.commands.listing import ROWS_SHOWN
from pipelines.commands.session import Session, grid
from pipelines.io.supposing import what_if
from pipelines.io.workspace import View
from pipelines.stages.plan.difference import Difference

_TOTALS: Final = (
    "what", "claims_before", "claims_after", "charge_amount_before", "charge_amount_after",
    "expected_amount_before", "expected_amount_after",
)  # fmt: skip
_CLAIMS: Final = (
    "claim_id", "facility_id", "action_before", "action_after", "charge_amount_before",
    "charge_amount_after", "because",
)  # fmt: skip


def show(session: Session, view: View, words: Sequence[str], effective: date | None) -> None:
    """Evaluate as things are and as supposed, and print the difference. Writes nothing."""
    found = what_if(view, words, effective)
    told = {
        "supposed": list(words),
        "totals": found.totals.to_dicts(),
        "claims": found.claims.to_dicts(),
    }
    session.show(told, lambda: _tables(found))
    if found.claims.height > ROWS_SHOWN:
        session.say(f"{found.claims.height - ROWS_SHOWN:,} more: --json has them all.")
    session.say("Nothing was written.")


def _tables(found: Difference) -> Group:
    rows = [row | {"because": _because(row)} for row in found.claims.head(ROWS_SHOWN).to_dicts()]
    moved = found.claims.group_by("action_before", "action_after").agg(
        claims=pl.len(),
        charge_amount_before=pl.col("charge_amount_before").sum(),
        charge_amount_after=pl.col("charge_amount_after").sum(),
    )
    names = ("action_before", "action_after", "claims", *_CLAIMS[4:6])
    return Group(
        grid(f"What would differ: {found.claims.height:,} claims", _CLAIMS, rows),
        grid("By action", names, moved.sort("action_before", "action_after").to_dicts()),
        grid("In all", _TOTALS, found.totals.to_dicts()),
    )


def _because(row: dict[str, Any]) -> str:
    """The edits that came or went, else the plan's own reasons, else what differs."""
    edits = [*row["edits_gained"], *(f"no {one}" for one in row["edits_lost"])]
    reasons = [*(row["reasons_after"] or []), *(f"no {r}" for r in row["reasons_before"] or [])]
    told = [one for one in reasons if f"no {one}" not in reasons and one[3:] not in reasons]
    return ", ".join(edits or told or row["differs"])
