"""Assets at a run's end: its completion in the ledger, then the files that people read."""

import dagster as dg

from contracts.derived import DERIVED
from pipelines.defs.failures import guarded
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.io.publishing import write_worklist
from pipelines.io.report_files import write_reports
from pipelines.io.reporting import SERVICES, default_period, truthful
from pipelines.io.runs import complete_run
from pipelines.io.summary import run_counts, run_warnings

GROUP = "outputs"


@dg.asset(deps=list(DERIVED), group_name="runs", partitions_def=AGENCIES)
@guarded
def complete_runs(
    context: dg.AssetExecutionContext, workplace: Workplace
) -> dg.MaterializeResult[None]:
    """The ledger's row that makes this run's tables the ones that everybody reads."""
    view = view_of(context, workplace)
    run, change = complete_run(view, run_counts(view), run_warnings(view))
    return dg.MaterializeResult(
        metadata={
            "as_of": run.as_of.isoformat(),
            "lake_snapshot": run.lake_snapshot or 0,
            "findings_opened": change.opened,
            "findings_closed": change.closed,
            "code_set_editions": dict(view.workspace.code_sets.editions(view.known_at)),
            "policy_hash": run.policy_hash,
            "code_version": run.code_version,
            "warnings": len(run.warnings),
        }
    )


@dg.asset(deps=[complete_runs], group_name=GROUP, partitions_def=AGENCIES)
@guarded
def worklist(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """The worklist workbook."""
    written = write_worklist(workplace.completed(context))
    return dg.MaterializeResult(metadata={"files": len(written)})


@dg.asset(deps=[complete_runs], group_name=GROUP, partitions_def=AGENCIES)
@guarded
def services_delivered(
    context: dg.AssetExecutionContext, workplace: Workplace
) -> dg.MaterializeResult[None]:
    """The services-delivered report, over the last three months."""
    view = workplace.completed(context)
    written = write_reports(truthful(view), [SERVICES], default_period(view.as_of))[SERVICES]
    return dg.MaterializeResult(metadata={"files": len(written)})
