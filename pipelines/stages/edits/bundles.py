"""Edits of care-management bundles, a stay at a time: what is complete and may not be billed, and
what is about to be lost with the release.

What is complete or missing is the bundles' stage to say.
"""

from typing import Final

import polars as pl

from pipelines.stages.edits.edit import Edit

_RULES: Final = "Code set care_bundles: gate and days of each bundle"

EDITS = (
    Edit(
        id="not_billable",
        category="ineligible_person",
        severity="reject",
        owner="eligibility_worker",
        message="Bundles of care management are complete, but not billable on their day:",
        remedy="See `reentry windows --stay`; mend the coverage, aid code or release at fault.",
        source=_RULES,
        fires=pl.col("unbillable_amount").is_not_null(),
        origin=("unbillable_file_id", "unbillable_row_number"),
        note="unbillable",
    ),
    Edit(
        id="bundle_due",
        category="documentation_incomplete",
        severity="warn",
        owner="care_manager",
        message="The release is near, and of these bundles something is missing:",
        remedy="See `reentry bundles --stay` for what, by whom and until when.",
        source=_RULES + "; choice of the county (policy.toml, bundle.warn_days)",
        fires=pl.col("waiting_amount").is_not_null(),
        judged=pl.col("bundle_warn_days").is_not_null(),
        due=pl.col("waiting_due_on"),
        origin=("waiting_file_id", "waiting_row_number"),
        note="waiting",
    ),
)
"""`due`: the nearest day on which something of them is due."""
