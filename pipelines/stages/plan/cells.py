"""Cells: the plan's table, the first that fits, with the action and the reasons that it gives.

Here: what follows from what is desired, batched, submitted and answered. Not here: which of these
holds for a claim, numbers or dates.
"""

from typing import Final

import polars as pl

from contracts.decisions import ENCOUNTER_CHANGED, HELD, WRITTEN_OFF
from pipelines.stages.acknowledgements.states import ACCEPTED, RESENDABLE, UNANSWERED

SENDS: Final = ("new", "resubmit", "replace", "void")
PAID: Final = ("paid", "partly_paid")
TAKEN_BACK: Final = ("reversed", "replaced", "voided")
SETTLED: Final = (*PAID, "denied", *TAKEN_BACK)


def _cells() -> list[tuple[pl.Expr, str, pl.Expr]]:
    """The table's cells that can occur, first match wins: condition, action, reasons.

    Of a settled claim that changed or is gone its lines decide (`replacements`).
    """
    decided = pl.col("decided")
    desired, held = pl.col("is_desired"), pl.col("reasons").list.len() > 0
    sent, lost = pl.col("state_sent"), pl.col("is_not_found")
    released = (
        (decided == "resubmit")
        & (pl.col("resubmitted_number") == pl.col("number_sent"))
        & (sent.is_in(RESENDABLE) & desired)
    ).fill_null(value=False)
    out, accepted = sent.is_in(UNANSWERED) & ~lost & ~released, sent.is_in(ACCEPTED)
    refused = (sent == "rejected") | (sent.is_in(UNANSWERED) & lost) | released
    reported, done_by_hand = pl.col("is_reported"), pl.col("is_released")
    batched = (pl.col("newest_state") == "batched").fill_null(value=False)
    same_route = (pl.col("route") == pl.col("route_sent")).fill_null(value=True)
    same_content = (pl.col("content_hash") == pl.col("content_hash_sent")) & same_route
    same_row = pl.col("claim_row_hash") == pl.col("row_hash_batched")
    paid, denied = sent.is_in(PAID), sent == "denied"
    return [
        (decided == "write_off", "nothing", slugs(WRITTEN_OFF)),
        ((out | accepted) & desired & (decided == "hold") & ~batched, "hold", slugs(HELD)),
        (out & desired & same_content & ~batched, "nothing", _waiting()),
        (out, "hold", slugs("awaiting_answer")),
        (accepted & desired & same_content & ~batched, "nothing", slugs()),
        (accepted & reported & done_by_hand & ~batched, "nothing", slugs("done_by_hand")),
        (accepted & reported, "hold", slugs(ENCOUNTER_CHANGED)),
        (accepted, "hold", slugs("awaiting_remittance")),
        (paid & desired & same_content & ~batched, "nothing", slugs()),
        (sent.is_in(SETTLED) & batched, "hold", slugs("already_settled")),
        (sent.is_in(TAKEN_BACK), "nothing", pl.concat_list(sent)),
        (paid, "hold", slugs("lines_undecided")),
        (denied & ~desired, "nothing", slugs("claim_gone")),
        (denied & same_content, "hold", _denied()),
        (denied, "hold", slugs("denied_changed")),
        (~desired, "nothing", slugs("claim_gone")),
        (held, "hold", pl.col("reasons")),
        (batched & same_row, "nothing", slugs()),
        (batched & refused, "resubmit", slugs("row_changed")),
        (batched, "new", slugs("row_changed")),
        (released, "resubmit", slugs()),
        ((sent == "rejected") & same_content, "hold", slugs("rejected_unchanged")),
        (sent == "rejected", "resubmit", slugs("rejected")),
        (refused, "resubmit", slugs("not_found")),
        (pl.lit(True), "new", slugs()),
    ]


def chosen(part: int) -> pl.Expr:
    """The action (0) or the reasons (1) of the first cell that fits."""
    *cells, last = [(fits, (pl.lit(action), why)[part]) for fits, action, why in _cells()]
    chosen = last[1]
    for fits, value in reversed(cells):
        chosen = pl.when(fits).then(value).otherwise(chosen)
    return chosen


def slugs(*slugs: str) -> pl.Expr:
    """Reasons, the same for every row."""
    return pl.lit(pl.Series([list(slugs)], dtype=pl.List(pl.String)))


def _denied() -> pl.Expr:
    """Why a denied claim waits, and that the payer is asked about it."""
    disputed = pl.when(pl.col("dispute") != "none").then(slugs("dispute_open")).otherwise(slugs())
    return pl.concat_list(disputed, slugs("denied"))


def _waiting() -> pl.Expr:
    """Why nothing is to be done: what has gone waits for its answer, which may be asked for."""
    due = pl.when("inquiry_due").then(slugs("inquiry_due")).otherwise(slugs())
    gone = pl.col("state_sent") != "written"
    return pl.when(gone).then(pl.concat_list(slugs("awaiting_answer"), due)).otherwise(slugs())
