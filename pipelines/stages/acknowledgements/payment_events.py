"""Payment events: what remittances make of submissions, numbered behind all other statements.

Being the strongest evidence they need no place among the others; `standing` folds them like any.
"""

import polars as pl

from contracts.fields import INSTANT

_EVENTS = pl.Schema(
    {
        "submission_id": pl.String(),
        "outcome": pl.String(),
        "verdict_code": pl.String(),
        "payer_claim_number": pl.String(),
        "remitted_on": pl.Date(),
        "file_id": pl.String(),
        "row_number": pl.Int64(),
        "segment_ordinal": pl.Int64(),
        "received_at": INSTANT,
    }
)


def payment_events(payments: pl.DataFrame | None, behind: int) -> pl.DataFrame:
    """Events with statement, from `behind` on, and what a statement has beside."""
    told = _EVENTS.to_frame() if payments is None else payments.match_to_schema(
        _EVENTS, extra_columns="ignore"
    )  # fmt: skip
    return told.with_row_index("statement", offset=behind).with_columns(
        answer=pl.lit("835"),
        codes=pl.lit(None, pl.List(pl.String)),
        counts=pl.lit(True),
    )


def remitted(events: pl.DataFrame) -> pl.DataFrame:
    """submission_id, number_remitted (CLP07) and remitted_on, as they were told last."""
    last = events.unique("submission_id", keep="last", maintain_order=True)
    return last.select("submission_id", "remitted_on", number_remitted="payer_claim_number")
