"""Effect: of a service that was submitted more than once, the one line that counts.

What was rejected or withdrawn counts nothing, a replacement nothing until it is adjudicated, a
void never, and nothing that a void took back.
"""

from typing import Final

import polars as pl

_ORIGINAL, _VOID = "1", "8"
_COUNT_NOTHING: Final = ("rejected", "withdrawn")
_SERVICE: Final = ["source_system", "encounter_id", "line_number", "nth"]


def with_effect(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with `is_in_effect`.

    A paid one outranks others, the newer an older; what is not adjudicated counts in the newest
    original alone.
    """
    key = ["source_system", "encounter_id", "line_number"]
    nth = pl.int_range(pl.len()).over("submission_id", *key)
    numbered = _with_voided(lines.sort("submission_id", "line_ordinal").with_columns(nth=nth))
    counts = ~pl.col("submission_state").is_in(_COUNT_NOTHING) & (pl.col("frequency_code") != _VOID)
    is_original = counts & (pl.col("frequency_code") == _ORIGINAL)
    newest = pl.when(is_original).then("submission_number").max().over("claim_id")
    is_standing = is_original & (pl.col("submission_number") == newest)
    rank = (
        pl.when(~counts | pl.col("is_voided"))
        .then(0)
        .when(pl.col("is_adjudicated") & (pl.col("paid_amount") > 0))
        .then(2)
        .when(pl.col("is_adjudicated") | is_standing)
        .then(1)
        .otherwise(0)
    )
    ranked = numbered.with_columns(rank=rank)
    best = pl.col("rank") == pl.col("rank").max().over("claim_id", *_SERVICE)
    newest_best = pl.when(best).then("submission_number").max().over("claim_id", *_SERVICE)
    is_first = best & (pl.col("submission_number") == newest_best)
    return ranked.with_columns(is_in_effect=is_first & (pl.col("rank") > 0)).drop(
        "rank", "nth", "is_voided"
    )


def _with_voided(lines: pl.DataFrame) -> pl.DataFrame:
    """Whether a void was sent for the line, and the payer has taken it back."""
    voids = lines.filter(pl.col("frequency_code") == _VOID).select(
        *_SERVICE, submission_id="replaces_submission_id", is_voided=pl.lit(True)
    )
    told = lines.join(
        voids.drop_nulls().unique(), on=["submission_id", *_SERVICE], how="left",
        maintain_order="left",
    )  # fmt: skip
    taken_back = pl.col("was_reversed") & ~pl.col("is_adjudicated")
    return told.with_columns(is_voided=pl.col("is_voided").fill_null(value=False) & taken_back)
