"""Anchors: (stay, bundle, ordinal) written as the key of a service line, for claims and ledger.

The source system is no county's: it is the name of the code set.
"""

from typing import Final

import polars as pl

SOURCE: Final = "care_bundles"
ANCHOR: Final = ["stay_id", "bundle_id", "ordinal"]
_LAST: Final = r"^(.*)/([a-z0-9_]+)$"


def key_of_anchor() -> list[pl.Expr]:
    """source_system, encounter_id, line_number from stay_id, bundle_id, ordinal."""
    return [
        pl.lit(SOURCE).alias("source_system"),
        pl.format("{}/{}", "stay_id", "bundle_id").alias("encounter_id"),
        pl.col("ordinal").cast(pl.Int64).alias("line_number"),
    ]


def anchors_of(keys: pl.DataFrame) -> pl.DataFrame:
    """The keys that are anchors, with stay_id, bundle_id and ordinal beside their other columns."""
    named = pl.col("encounter_id")
    return keys.filter(pl.col("source_system") == SOURCE).with_columns(
        stay_id=named.str.extract(_LAST, 1),
        bundle_id=named.str.extract(_LAST, 2),
        ordinal=pl.col("line_number").cast(pl.Int64),
    )


def marked(bundles: pl.DataFrame, elements: pl.DataFrame) -> pl.DataFrame:
    """`bundles`, of Part 2 where any of their elements is."""
    part_2 = elements.group_by(ANCHOR).agg(touches=pl.col("is_part_2").any())
    return (
        bundles.join(part_2, on=ANCHOR, how="left", maintain_order="left")
        .with_columns(is_part_2=pl.col("is_part_2") | pl.col("touches").fill_null(False))
        .drop("touches")
    )
