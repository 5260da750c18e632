"""Assets of the care-management bundles."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, dollars, emitted, outs
from pipelines.io.bundles import READ
from pipelines.io.evaluation import bundled

MADE = ("bundles", "bundle_elements")


@dg.multi_asset(
    name="care_management",
    outs=outs(MADE, "bundles"),
    ins={"billable_days": dg.AssetIn()},
    deps=READ,
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def bundles(
    context: dg.AssetExecutionContext, workplace: Workplace, billable_days: pl.DataFrame
) -> Iterator[Emitted]:
    """What of care management is complete, what is missing, who owes it."""
    with contained():
        made = bundled(view_of(context, workplace), billable_days)
        complete = made.bundles.filter(state="complete")
        told = dict(made.bundles["state"].value_counts().iter_rows())
        told |= {"complete_dollars": dollars(complete, "charge_amount")}
        results = (
            *emitted("bundles", made.bundles, told, "bundles"),
            *emitted("bundle_elements", made.bundle_elements, None, "bundle_elements"),
        )
    yield from results
