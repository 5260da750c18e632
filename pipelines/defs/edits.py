"""Assets of the edits: what stops a claim, what is overdue before one can be made, and answers to
claims that contradict each other.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, dollars, emitted, outs
from pipelines.io.evaluation import (
    AUTHORIZED,
    STAYS_JUDGED,
    judged,
    judged_bundles,
    judged_claims,
    judged_stays,
)
from pipelines.stages.bundles.evaluation import Bundles
from pipelines.stages.edits.context import SERVICES

MADE = ("service_lines", "findings", "edit_counts", "enrollment_gaps")
VERDICTS = ("clean", "held", "rejected")


@dg.multi_asset(
    outs=outs(MADE, "edits"),
    ins={
        name: dg.AssetIn()
        for name in ("billable_days", "submission_states", "bundles", "bundle_elements")
    },
    deps=sorted({*SERVICES, *STAYS_JUDGED, *AUTHORIZED}),
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def edits(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    billable_days: pl.DataFrame,
    submission_states: pl.DataFrame,
    bundles: pl.DataFrame,
    bundle_elements: pl.DataFrame,
) -> Iterator[Emitted]:
    """Judge every service line, stay and bundle, and every claim that was sent."""
    with contained():
        view = view_of(context, workplace)
        care_management = Bundles(bundles, bundle_elements)
        made = judged(view, billable_days, care_management, submission_states)
        stays = judged_stays(view)
        lines, gaps = made.service_lines, stays.enrollment_gaps
        sent = judged_claims(view, submission_states, lines)
        parts = (made, stays, judged_bundles(view, bundles), sent)
        found = pl.concat(part.findings for part in parts)
        counts = pl.concat(part.edit_counts for part in parts)
        told = {
            "charge_dollars": dollars(lines, "charge_amount"),
            **{verdict: lines.filter(verdict=verdict).height for verdict in VERDICTS},
        }
        kinds = dict(found["category"].value_counts().iter_rows())
        results = (
            *emitted("service_lines", lines, told, "service_lines"),
            *emitted("findings", found, kinds, "findings"),
            *emitted("edit_counts", counts, None, "edit_counts"),
            *emitted("enrollment_gaps", gaps, None, "enrollment_gaps"),
        )
    yield from results
