"""Assets of the edits: what stops a claim, in one pass over the service lines."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, dollars, emitted, outs
from pipelines.io.workspace import View
from pipelines.stages.edits.code_verdicts import CODE_SETS
from pipelines.stages.edits.context import service_context
from pipelines.stages.edits.run import EditResults, run_edits

MADE = ("service_lines", "findings", "edit_counts")
READ = (
    "encounters", "people", "custody_stays", "facilities", "billing_providers", "providers",
    "provider_enrollments", "authorizations",
)  # fmt: skip


def _results(view: View, days: pl.DataFrame) -> EditResults:
    context = service_context(
        **{feed: view.current(feed) for feed in READ},
        billable_days=days,
        codes=view.codes(CODE_SETS),
        policy=view.workspace.policy,
        as_of=view.as_of,
    )
    return run_edits(context, view.workspace.agency.id)


@dg.multi_asset(
    outs=outs(MADE, "edits"),
    ins={"billable_days": dg.AssetIn()},
    deps=READ,
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def edits(
    context: dg.AssetExecutionContext, workplace: Workplace, billable_days: pl.DataFrame
) -> Iterator[Emitted]:
    """Judge every service line."""
    with contained():
        view = view_of(context, workplace)
        made = _results(view, billable_days)
        lines, found = made.service_lines, made.findings
        told = {
            "charge_dollars": dollars(lines, "charge_amount"),
            **{verdict: lines.filter(verdict=verdict).height for verdict in _VERDICTS},
        }
        kinds = dict(found["category"].value_counts().iter_rows())
        results = (
            *emitted("service_lines", lines, told, "service_lines"),
            *emitted("findings", found, kinds, "findings"),
            *emitted("edit_counts", made.edit_counts, None, "edit_counts"),
        )
    yield from results


_VERDICTS = ("clean", "held", "rejected")
