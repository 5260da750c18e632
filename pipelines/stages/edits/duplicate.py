"""Edits of category duplicate: the same service on several lines."""

import polars as pl

from pipelines.stages.edits.edit import Edit

EDITS = (
    Edit(
        id="service_repeated",
        category="duplicate",
        severity="hold",
        owner="biller",
        message="The same service of the same person and provider stands on an earlier line.",
        remedy="Delete the line if it was entered twice; release it if it was a second service.",
        source="Medi-Cal denies exact duplicates; what counts as one here is a county choice",
        fires=pl.col("is_repetition"),
    ),
)
