"""Posting: matched units applied to their lines, in the order in which they were paid.

A line is adjudicated once until it is reversed: what would pay it twice, take back what was not
paid, or charges other than we did is not posted, but waits with its reason.
"""

from typing import Final

import polars as pl

_ENTRY: Final = ["file_id", "claim_segment", "submission_id", "line_ordinal"]
_LINE: Final = ["submission_id", "line_ordinal"]
REVERSAL: Final = "22"  # CLP02
REASONS: Final = (
    "claim_unknown", "line_unknown", "foreign",
    "charge_differs", "adjudicated_already", "nothing_to_reverse",
)  # fmt: skip


def posted(matched: pl.DataFrame, our_npis: pl.Series) -> pl.DataFrame:
    """Units (`matching.matched`) with state: posted, unmatched or foreign; reason; and direction: 1
    adjudicates its line, -1 reverses it.

    What a claim of a remittance says of one line is one entry, however many units it has.
    """
    entries = _entries(matched.drop_nulls("line_ordinal"))
    judged = _judged(entries)
    told = matched.join(
        judged.select(*_ENTRY, "refused", "direction"),
        on=_ENTRY,
        how="left",
        maintain_order="left",
    )
    reason = pl.coalesce("refused", "reason")
    is_foreign = _is_foreign(our_npis)
    return told.with_columns(
        reason=pl.when(is_foreign).then(pl.lit("foreign")).otherwise(reason),
        state=pl.when(is_foreign)
        .then(pl.lit("foreign"))
        .when(reason.is_null())
        .then(pl.lit("posted"))
        .otherwise(pl.lit("unmatched")),
        candidates=pl.when(~is_foreign).then("candidates"),
    ).drop("refused")


def without_foreign(sets: pl.DataFrame, posted: pl.DataFrame) -> pl.DataFrame:
    """Sets (`repeats.judged`) of which those that are not about us are quarantined, level payee."""
    key = ["file_id", "row_number"]
    foreign = posted.filter(state="foreign").select(*key, is_foreign=pl.lit(True)).unique()
    marked = sets.join(foreign, on=key, how="left", maintain_order="left")
    changed = {"state": "quarantined", "level": "payee"}
    return marked.with_columns(
        pl.when("is_foreign").then(pl.lit(value)).otherwise(name).alias(name)
        for name, value in changed.items()
    ).drop("is_foreign")


def _is_foreign(our_npis: pl.Series) -> pl.Expr:
    """Of a set in which no line is ours and whose payee is not."""
    is_ours = pl.col("line_ordinal").is_not_null().any().over("file_id", "row_number")
    return ~is_ours & ~pl.col("payee_npi").is_in(our_npis.implode()).fill_null(False)


def _entries(units: pl.DataFrame) -> pl.DataFrame:
    """Sums by entry, with `direction`: 1 adjudicates the line, -1 reverses, null is neither."""
    sums = units.group_by(_ENTRY, maintain_order=True).agg(
        pl.col("charge_amount").sum(),
        pl.col("sent_amount").first(),
        is_reversal=(pl.col("claim_status_code") == REVERSAL).any().fill_null(False),
    )
    charge, sent = pl.col("charge_amount"), pl.col("sent_amount")
    direction = (
        pl.when((charge == sent) & ((charge != 0) | ~pl.col("is_reversal")))
        .then(1)
        .when(charge == -sent)
        .then(-1)
    )
    return sums.with_columns(direction=direction, turn=pl.int_range(pl.len()).over(_LINE))


def _judged(entries: pl.DataFrame) -> pl.DataFrame:
    """With `refused`: why an entry is not posted. A fold over the entries of each line at once."""
    is_paid = entries.select(_LINE).unique().with_columns(is_on=pl.lit(False))
    made = [entries.clear().with_columns(refused=pl.lit(None, pl.String))]
    for turn in entries.partition_by("turn", maintain_order=True):
        met = turn.join(is_paid, on=_LINE, how="left", maintain_order="left")
        judged = met.with_columns(refused=_refused())
        made.append(judged.drop("is_on"))
        counted = judged.filter(pl.col("refused").is_null()).select(
            *_LINE, is_now=pl.col("direction") == 1
        )
        is_paid = (
            is_paid.join(counted, on=_LINE, how="left")
            .with_columns(is_on=pl.coalesce("is_now", "is_on"))
            .drop("is_now")
        )
    return pl.concat(made)


def _refused() -> pl.Expr:
    return (
        pl.when(pl.col("direction").is_null())
        .then(pl.lit("charge_differs"))
        .when((pl.col("direction") == 1) & pl.col("is_on"))
        .then(pl.lit("adjudicated_already"))
        .when((pl.col("direction") == -1) & ~pl.col("is_on"))
        .then(pl.lit("nothing_to_reverse"))
    )
