"""Disputes: how each inquiry or appeal about a denial stands, what it waits for and until when.

Days of an appeal count from the day on which it was sent (22 CCR 51015); a clock that policy has
not is no day. Who opened it and why is the ledger's.
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.disputes import ACKNOWLEDGED, ANSWERED, CLOSED, OPENED, SENT
from contracts.policy import Policy

_ID: Final = "dispute_id"


def standing(
    disputes: pl.DataFrame, events: pl.DataFrame, policy: Policy, as_of: date
) -> pl.DataFrame:
    """Disputes with state, is_open, sent_on, moved_on (its last event), awaits, due_on, days_left
    and the reference told last.

    `disputes` and `events`: the ledger's, in order of record. awaits: sending, acknowledgement,
    decision, answer, documents; null once it is closed.
    """
    folded = _folded(disputes, events)
    told = folded.with_columns(awaits=_awaits(), due_on=_due(policy, as_of))
    left = (pl.col("due_on") - pl.lit(as_of)).dt.total_days()
    return told.with_columns(days_left=left)


def open_claims(disputes: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """claim_id and dispute, the kind that is open about it: an appeal before an inquiry."""
    held = _folded(disputes, events).filter("is_open").sort("kind")
    return held.unique("claim_id", keep="first", maintain_order=True).select(
        "claim_id", dispute="kind"
    )


def _folded(disputes: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    is_sent = pl.col("event") == SENT
    moved = events.group_by(_ID, maintain_order=True).agg(
        state=pl.col("event").last(),
        moved_on=pl.col("occurred_on").last(),
        sent_on=pl.col("occurred_on").filter(is_sent).last(),
        reference=pl.col("reference").drop_nulls().last(),
    )
    return disputes.join(moved, on=_ID, how="left", maintain_order="left").with_columns(
        pl.col("state").fill_null(OPENED),
        is_open=~pl.col("state").fill_null(OPENED).is_in(CLOSED),
    )


def _awaits() -> pl.Expr:
    state, is_appeal = pl.col("state"), pl.col("kind") == "appeal"
    return (
        pl.when(state == OPENED)
        .then(pl.lit("sending"))
        .when(state == ANSWERED)
        .then(pl.lit("documents"))
        .when((state == SENT) & is_appeal)
        .then(pl.lit("acknowledgement"))
        .when((state == ACKNOWLEDGED) & is_appeal)
        .then(pl.lit("decision"))
        .when(pl.col("is_open"))
        .then(pl.lit("answer"))
    )


def _due(policy: Policy, as_of: date) -> pl.Expr:
    """The day until which what it waits for is due; of a decision that did not come in time, the
    end of the extension.
    """
    acknowledged, decided, extended, answered = (
        policy.entry(name, as_of).value
        for name in (
            "appeal.acknowledge_days", "appeal.decide_days", "appeal.extend_days",
            "claim_inquiry.answer_days",
        )
    )  # fmt: skip
    first = _after_sent(decided)
    state, is_appeal = pl.col("state"), pl.col("kind") == "appeal"
    last = None if None in (decided, extended) else decided + extended
    return (
        pl.when(state == OPENED)
        .then("deadline_on")
        .when((state == SENT) & is_appeal)
        .then(_after_sent(acknowledged))
        .when((state == ACKNOWLEDGED) & is_appeal & (first < as_of))
        .then(_after_sent(last))
        .when((state == ACKNOWLEDGED) & is_appeal)
        .then(first)
        .when((state == SENT) | (state == ACKNOWLEDGED))
        .then(_after_sent(answered))
    )


def _after_sent(days: int | None) -> pl.Expr:
    return pl.col("sent_on") + pl.duration(days=pl.lit(days, pl.Int64))
