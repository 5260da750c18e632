"""Accounts: of each service line ever sent, what was charged, paid, adjusted, denied and is open.

The equation `charged = paid + adjusted + denied + open` holds to the cent. What is paid or taken
beside claims is no part of it: `recovered_amount` is told, and changes cash alone.
"""

from typing import Final

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.payments.effect import with_effect
from pipelines.stages.payments.shares import shared

_LINE: Final = ["submission_id", "line_ordinal"]
_IN_ORDER: Final = ["paid_on", "received_at", "row_number", "segment_ordinal", "part"]
_NOTHING: Final = pl.lit(0, MONEY)
EQUATION: Final = ("paid_amount", "adjusted_amount", "denied_amount", "open_amount")


def accounts(
    lines: pl.DataFrame,
    submissions: pl.DataFrame,
    postings: pl.DataFrame,
    recoveries: pl.DataFrame,
    given_up: pl.Series,
    lines_given_up: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row for each line of each submission; only lines that are `is_in_effect` count.

    `lines`: submission_id, line_ordinal, the line's key, charge_amount. `submissions` in the states
    that evidence gave them. `postings`: `posting.posted`, with late_amount. `recoveries`:
    submission_id and recovered_amount. `given_up`: claims that a person wrote off;
    `lines_given_up`: single lines, by patient_control_number and line_ordinal.
    """
    of_submission = submissions.select(
        "submission_id", "claim_id", "submission_number", "patient_control_number",
        "frequency_code", "replaces_submission_id", submission_state="state",
    )  # fmt: skip
    joined = (
        lines.join(of_submission, on="submission_id", maintain_order="left")
        .join(_sums(postings), on=_LINE, how="left", maintain_order="left")
        .join(recoveries, on="submission_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("paid_amount", "cas_amount", "late_amount", "recovered_amount").fill_null(
                _NOTHING
            ),
            pl.col("is_adjudicated", "is_refused", "was_reversed").fill_null(value=False),
            pl.col("posting_count").fill_null(0),
            is_given_up=pl.col("claim_id").is_in(given_up.implode()) | _among(lines_given_up),
        )
    )
    settled = _recovered(joined).with_columns(_equation()).with_columns(_state())
    return with_effect(settled)


def _among(given_up: pl.DataFrame | None) -> pl.Expr:
    if given_up is None or given_up.is_empty():
        return pl.lit(value=False)
    key = ["patient_control_number", "line_ordinal"]
    return pl.struct(key).is_in(given_up.select(key).to_struct().implode())


def _recovered(lines: pl.DataFrame) -> pl.DataFrame:
    """What was recovered of a claim shared out over its lines, by what they were paid."""
    is_taken = pl.col("recovered_amount") != 0
    taken = lines.filter(is_taken)
    share = shared(taken, ["submission_id"], "recovered_amount", "paid_amount")
    return pl.concat([lines.filter(~is_taken), taken.with_columns(share)])


def _sums(postings: pl.DataFrame) -> pl.DataFrame:
    """What was posted to each line: net sums, and what was said last."""
    is_last = pl.col("claim_segment") == pl.col("claim_segment").last()
    return (
        postings.filter(state="posted")
        .sort(_IN_ORDER, nulls_last=True)
        .group_by(_LINE, maintain_order=True)
        .agg(
            pl.col("paid_amount", "late_amount").sum().cast(MONEY),
            cas_amount=pl.col("adjusted_amount").sum().cast(MONEY),
            is_adjudicated=pl.col("direction").last() == 1,
            was_reversed=(pl.col("direction") == -1).any(),
            is_refused=pl.col("claim_status_code").last() == "4",
            allowed_amount=pl.col("allowed_amount").filter(is_last).sum().cast(MONEY),
            units_paid=pl.col("units").filter(is_last).sum(),
            adjudicated_code=pl.col("procedure_code").last(),
            remitted_on=pl.col("paid_on").last(),
            claim_received_on=pl.col("claim_received_on").last(),
            payer_claim_number=pl.col("payer_claim_number").last(),
            posting_count=pl.len(),
        )
    )


def _equation() -> list[pl.Expr]:
    """Net paid nothing, and refused or cut by all of the charge, is denied; else it is adjusted.

    A write-off moves what is open or denied to adjusted.
    """
    paid, cas, charge = (pl.col(name) for name in ("paid_amount", "cas_amount", "charge_amount"))
    given_up, is_cut = pl.col("is_given_up"), pl.col("is_refused") | (cas == charge)
    is_denied = pl.col("is_adjudicated") & (paid == 0) & is_cut
    left = charge - paid
    values = {
        "denied_amount": pl.when(is_denied & ~given_up).then(cas).otherwise(_NOTHING),
        "adjusted_amount": pl.when(given_up)
        .then(left)
        .when(is_denied)
        .then(_NOTHING)
        .otherwise(cas),
        "open_amount": pl.when(given_up).then(_NOTHING).otherwise(left - cas),
    }
    return [value.cast(MONEY).alias(name) for name, value in values.items()]


def _state() -> pl.Expr:
    return (
        pl.when("is_given_up")
        .then(pl.lit("written_off"))
        .when(pl.col("is_adjudicated") & (pl.col("denied_amount") != 0))
        .then(pl.lit("denied"))
        .when("is_adjudicated")
        .then(pl.lit("paid"))
        .when("was_reversed")
        .then(pl.lit("reversed"))
        .otherwise(pl.lit("open"))
        .alias("state")
    )


def broken(accounts: pl.DataFrame) -> pl.DataFrame:
    """Lines whose account breaks an invariant: the equation, or adjudicated with something open."""
    total = pl.sum_horizontal(pl.col(name) for name in EQUATION)
    is_open = (pl.col("state") == "paid") & (pl.col("open_amount") != 0)
    return accounts.filter((total != pl.col("charge_amount")) | is_open)
