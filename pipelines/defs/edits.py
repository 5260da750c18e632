"""Assets of the edits: what stops a claim, in one pass over the service lines."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, dollars, emitted, outs
from pipelines.io.evaluation import SERVICES, judged

MADE = ("service_lines", "findings", "edit_counts")
VERDICTS = ("clean", "held", "rejected")


@dg.multi_asset(
    outs=outs(MADE, "edits"),
    ins={"billable_days": dg.AssetIn()},
    deps=SERVICES,
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def edits(
    context: dg.AssetExecutionContext, workplace: Workplace, billable_days: pl.DataFrame
) -> Iterator[Emitted]:
    """Judge every service line."""
    with contained():
        made = judged(view_of(context, workplace), billable_days)
        lines, found = made.service_lines, made.findings
        told = {
            "charge_dollars": dollars(lines, "charge_amount"),
            **{verdict: lines.filter(verdict=verdict).height for verdict in VERDICTS},
        }
        kinds = dict(found["category"].value_counts().iter_rows())
        results = (
            *emitted("service_lines", lines, told, "service_lines"),
            *emitted("findings", found, kinds, "findings"),
            *emitted("edit_counts", made.edit_counts, None, "edit_counts"),
        )
    yield from results
