"""The page of a remittance: balances and what is out, what waits for a person, what is beside
claims, the deposit. Everything as it is known at this moment.
"""

from typing import Any, Final

import polars as pl

from contracts.errors import UsageError
from pipelines.io.payments import Settled, listed, settled
from pipelines.io.publishing import source_files
from pipelines.io.remittances import received
from pipelines.io.workspace import View
from pipelines.stages.payments.balancing import SET, Received, claim_balances, line_balances

_SUMMARY: Final = (
    "trace_number", "payer_name", "payer_id", "payee_npi", "paid_on", "amount", "state", "level",
    "place_segment", "place_element", "difference", "claim_count", "line_count", "claims_amount",
    "provider_amount", "lines_out", "claims_out", "transaction_difference", "file", "row_number",
    "segment_ordinal",
)  # fmt: skip
UNMATCHED: Final = (
    "trace_number", "reason", "told_number", "payer_claim_number", "claim_status_code",
    "procedure_code", "modifiers", "service_date", "charge_amount", "paid_amount", "candidates",
    "file", "row_number", "segment_ordinal",
)  # fmt: skip
PROVIDER_LEVEL: Final = (
    "reason_code", "kind", "reference", "amount", "patient_control_number", "claim_id",
    "segment_ordinal",
)  # fmt: skip
DEPOSITS: Final = (
    "trace_number", "state", "paid_on", "amount", "deposited_on", "deposited_amount", "difference",
)  # fmt: skip
_OUT: Final = ("level", "segment_ordinal", "charge_amount", "adjusted_amount", "paid_amount",
               "difference")  # fmt: skip


def remittance_page(view: View, trace_number: str) -> list[dict[str, Any]]:
    """Each remittance told under a trace number. Raises UsageError where there is none."""
    made = settled(view)
    rows = listed(view, made).filter(trace_number=trace_number)
    if rows.is_empty():
        raise UsageError(
            "trace_unknown", "no remittance has this trace number. `reentry remits` lists them."
        )
    told = received(view)
    return [_page(view, made, told, row) for row in rows.to_dicts()]


def _page(view: View, made: Settled, told: Received, row: dict[str, Any]) -> dict[str, Any]:
    mine = {name: row[name] for name in SET}
    postings = made.postings.filter(**mine)
    beside = made.provider_level.filter(**mine)
    deposit = made.deposits.filter(trace_number=row["trace_number"])
    return {name: row[name] for name in _SUMMARY} | {
        "out_of_balance": _out_of_balance(told, mine),
        "postings": dict(postings["state"].value_counts().sort("state").iter_rows()),
        "unmatched": unmatched(view, postings).to_dicts(),
        "provider_level": beside.select(PROVIDER_LEVEL).to_dicts(),
        "deposit": deposit.select(DEPOSITS).row(0, named=True) if deposit.height else None,
    }


def unmatched(view: View, postings: pl.DataFrame) -> pl.DataFrame:
    """What waits for a person, the dearest first, with the best candidates."""
    waiting = postings.filter(pl.col("state") == "unmatched")
    named = waiting.join(source_files(view), on="file_id", how="left", maintain_order="left")
    return named.sort("paid_amount", descending=True, maintain_order=True).select(UNMATCHED)


def _out_of_balance(told: Received, mine: dict[str, Any]) -> list[dict[str, Any]]:
    """Every line and claim of the set that is out, in the order of the file."""
    parts = [
        rows.filter(**mine).filter(pl.col("difference") != 0).with_columns(level=pl.lit(level))
        for level, rows in (("line", line_balances(told)), ("claim", claim_balances(told)))
    ]
    return pl.concat([part.select(_OUT) for part in parts], how="vertical_relaxed").sort(
        "segment_ordinal"
    ).to_dicts()  # fmt: skip
