"""All edits of answered claims: findings and counts, with whom and what each claim is about.

What is asked is in `answers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from contracts.derived import DERIVED
from pipelines.stages.edits.catalogue import CLAIM_EDITS
from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.run import identified, words_of

_KEY: Final = ("claim_id",)


@dataclass(frozen=True)
class ClaimResults:
    """Frames of the derived contracts `findings` and `edit_counts`."""

    findings: pl.DataFrame
    edit_counts: pl.DataFrame


def answers_context(
    submission_states: pl.DataFrame, bound: pl.DataFrame, service_lines: pl.DataFrame
) -> pl.DataFrame:
    """One row a submission: its contradiction, and of its claim's lines person, facility, charge,
    deadline and whether any is of Part 2.

    `bound`: lines and the claims that own them, as the ledger binds them.
    """
    key = ["source_system", "encounter_id", "line_number"]
    known = bound.select("claim_id", *key)
    lines = known.join(service_lines, on=key, maintain_order="left")
    of_claim = lines.group_by("claim_id").agg(
        pl.col("person_id", "facility_id").drop_nulls().first(),
        amount=pl.col("charge_amount").sum(),
        deadline_on=pl.col("deadline_on").min(),
        is_part_2=pl.col("is_part_2").any(),
    )
    joined = submission_states.join(of_claim, on="claim_id", how="left", maintain_order="left")
    # Of a claim whose lines left the facts nobody knows: it is withheld like one of Part 2.
    return joined.with_columns(pl.col("is_part_2").fill_null(value=True))


def run_claim_edits(
    context: pl.DataFrame, agency: str, as_of: date, edits: Mapping[str, Edit] = CLAIM_EDITS
) -> ClaimResults:
    """Judge each submission of `answers_context`; a claim has a finding of an edit once."""
    catalogue = list(edits.values())
    nothing = context.clear().join(words_of(catalogue), how="cross")
    found = pl.concat(
        [nothing, *(context.filter(e.fires).join(words_of([e]), how="cross") for e in catalogue)]
    ).unique(["claim_id", "edit_id"], keep="last", maintain_order=True)
    named = identified(found, "claim", _KEY, agency).with_columns(
        subject_id="claim_id", days_left=(pl.col("deadline_on") - as_of).dt.total_days()
    )
    counts = dict(named.group_by("edit_id").len().iter_rows())
    told = words_of(catalogue).with_columns(
        evaluated_count=pl.lit(context.height),
        finding_count=pl.Series([counts.get(edit.id, 0) for edit in catalogue], dtype=pl.Int64),
        not_evaluated_count=pl.lit(0),
    )
    return ClaimResults(DERIVED["findings"].conform(named), DERIVED["edit_counts"].conform(told))
