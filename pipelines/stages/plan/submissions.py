"""Submissions to make: the plan's rows of settled claims, one for each line that goes out alone."""

from typing import Final

import polars as pl

from contracts.decisions import GONE, HELD
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.plan.cells import SENDS, slugs

_OWN: Final = ("content", "content_hash")
_AMOUNTS: Final = ("charge_amount", "expected_amount")
_OVER: Final = ("action", "reasons", *_OWN, *_AMOUNTS, "deadline_on")


def with_parts(decided: pl.DataFrame, parts: pl.DataFrame | None) -> pl.DataFrame:
    """`decided`, a row a claim, with the rows of `parts` (`replacements.parts`) in place of those
    of claims that have some.

    What waits in a batch as it was frozen stays there. A person's hold and write-off come first.
    """
    if parts is None or parts.is_empty():
        return decided.with_columns(
            part=pl.lit(1, pl.Int64), frequency_code=pl.lit(None, pl.String)
        )
    rows = parts.rename({name: f"{name}_alone" for name in _OVER})
    goes = rows.group_by("claim_id").agg(goes=pl.col("action_alone").is_in(SENDS).any())
    told = decided.join(goes, on="claim_id", how="left").with_columns(
        claim_row_hash=pl.when(pl.col("goes").is_not_null())
        .then(pl.col("claim_row_hash").fill_null(GONE))
        .otherwise("claim_row_hash"),
    )
    batched = (pl.col("newest_state") == "batched").fill_null(False)
    waits = batched & (pl.col("claim_row_hash") == pl.col("row_hash_batched")) & pl.col("goes")
    given_up = pl.col("decided") == "write_off"
    plain = pl.col("goes").is_null() | given_up.fill_null(False) | waits.fill_null(False)
    stays = waits.fill_null(False) & ~given_up.fill_null(False)
    alone = told.filter(~plain).join(rows, on="claim_id", maintain_order="left")
    kept = told.filter(plain).with_columns(
        action=pl.when(stays).then(pl.lit("nothing")).otherwise("action"),
        reasons=pl.when(stays).then(slugs()).otherwise("reasons"),
        part=pl.lit(1, pl.Int64),
    )
    both = pl.concat([kept, _overlaid(alone, batched)], how="diagonal")
    return both.sort("claim_id", "part")


def _overlaid(rows: pl.DataFrame, batched: pl.Expr) -> pl.DataFrame:
    """Rows with what their own submission has; what is held beside one has the rest of the claim's
    amounts.
    """
    goes = pl.col("action_alone").is_in(SENDS)
    held = goes & (pl.col("decided") == "hold").fill_null(False)
    moved = pl.when(goes & batched).then(slugs("row_changed")).otherwise(slugs())
    why = pl.concat_list(pl.col("reasons_alone").fill_null([]), moved)
    return rows.with_columns(
        action=pl.when(held).then(pl.lit("hold")).otherwise("action_alone"),
        reasons=pl.when(held).then(slugs(HELD)).otherwise(why),
        **{name: pl.when(goes).then(f"{name}_alone").otherwise(name) for name in _OWN},
        **{name: pl.when("goes").then(f"{name}_alone").otherwise(name) for name in _AMOUNTS},
        deadline_on=pl.coalesce("deadline_on_alone", "deadline_on"),
        **{name: pl.when(goes & ~held).then(name) for name in LINE_KEY},
    ).drop(f"{name}_alone" for name in _OVER)
