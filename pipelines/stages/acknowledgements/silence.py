"""Silence: claims that were sent and on which the payer has said nothing of its own.

An acknowledged file (TA1, 999) is no answer on the claim. Here also: when to ask (276).
"""

from datetime import date

import polars as pl

from contracts.parsing import LOCAL_ZONE
from contracts.settings import FEE_FOR_SERVICE
from pipelines.stages.acknowledgements.states import UNANSWERED


def silent(submissions: pl.DataFrame, after_days: int | None, as_of: date) -> pl.DataFrame:
    """Claims whose newest submission is unanswered: claim_id, patient_control_number, batch_id,
    state, is_not_found, charge_amount, payer_claim_number, sent_on, days_since_sent, asked_on,
    inquiry_due_on and is_due.

    `submissions`: `submission_states` with charge_amount, created_at, route and asked_on, the day
    of the newest 276 about it: silence counts from there. Only fee-for-service is asked.
    `after_days` is policy inquiry.after_days; None leaves inquiry_due_on empty. What was written
    and never said to be sent is listed once it has been acknowledged: it did go out.
    """
    newest = (
        submissions.filter(pl.col("state") != "withdrawn")
        .sort("submission_number")
        .unique("claim_id", keep="last", maintain_order=True)
    )
    gone = newest.filter(pl.col("state").is_in(UNANSWERED), pl.col("state") != "written")
    written_on = pl.col("created_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    dated = gone.with_columns(sent_on=pl.coalesce("sent_on", written_on)).with_columns(
        days_since_sent=(pl.lit(as_of) - pl.col("sent_on")).dt.total_days(),
        inquiry_due_on=pl.when(pl.col("route") == FEE_FOR_SERVICE).then(
            due_on(pl.max_horizontal("sent_on", "asked_on"), after_days)
        ),
    )
    return (
        dated.with_columns(is_due=pl.col("inquiry_due_on") <= as_of)
        .sort("sent_on", "claim_id")
        .select(
            *("claim_id", "patient_control_number", "batch_id", "state", "is_not_found"),
            *("charge_amount", "payer_claim_number", "sent_on", "days_since_sent", "asked_on"),
            *("inquiry_due_on", "is_due"),
        )
    )


def due_on(last_on: pl.Expr, after_days: int | None) -> pl.Expr:
    """The day from which the payer is to be asked, so many after it was sent or asked about last;
    null where policy does not say when.
    """
    return last_on + pl.duration(days=pl.lit(after_days, pl.Int64))
