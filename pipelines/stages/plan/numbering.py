"""Numbering: the submission number of what is sent, and the control number that follows from it."""

import polars as pl

from contracts.settings import Agency
from pipelines.stages.claims.content import ORIGINAL
from pipelines.stages.digest import base32_16, sha256_hex
from pipelines.stages.plan.cells import SENDS


def patient_control_numbers(
    agency_id: str, claim_ids: pl.Series, submission_numbers: pl.Series
) -> pl.Series:
    """CLM01 of each submission: 16 base-32 characters over agency, claim and submission number."""
    named = pl.DataFrame({"claim_id": claim_ids, "submission_number": submission_numbers})
    rows = named.with_columns(agency=pl.lit(agency_id))
    return base32_16(sha256_hex(rows, ["agency", "claim_id", "submission_number"]))


def numbered(decided: pl.DataFrame, agency: Agency) -> pl.DataFrame:
    """What is sent gets the next submission number and the control number that follows from it.

    Several rows of a claim (`part`) are numbered in their order.
    """
    is_new = pl.col("action").is_in(SENDS)
    place = is_new.cast(pl.Int64).cum_sum().over("claim_id")
    counted = decided.with_columns(
        submission_number=pl.when(is_new).then(pl.col("last_number").fill_null(0) + place),
        frequency_code=pl.when(is_new).then(pl.col("frequency_code").fill_null(ORIGINAL)),
    )
    numbers = patient_control_numbers(agency.id, counted["claim_id"], counted["submission_number"])
    return counted.with_columns(
        patient_control_number=pl.when(is_new).then(numbers.alias("patient_control_number"))
    )
