"""Everything that Dagster loads, gathered from this package."""

import dagster as dg

from pipelines.defs import (
    acknowledgements,
    authorizations,
    bundles,
    claims,
    edits,
    eligibility,
    feeds,
    jobs,
    outputs,
    payments,
    reports,
)
from pipelines.defs.resources import LakeIOManager, Workplace


def definitions() -> dg.Definitions:
    """Assets, checks, jobs, schedules, the sensor and the resources."""
    workplace = Workplace.configure_at_launch()
    return dg.Definitions(
        assets=dg.load_assets_from_modules(
            [
                feeds,
                payments,
                acknowledgements,
                eligibility,
                bundles,
                edits,
                authorizations,
                claims,
                outputs,
                reports,
            ]
        ),
        jobs=[jobs.nightly, jobs.intake, jobs.maintenance, reports.report],
        schedules=[
            jobs.every_night,
            jobs.maintenance_every_night,
            reports.every_month,
            reports.every_quarter,
        ],
        sensors=[jobs.inbox],
        resources={"workplace": workplace, "io_manager": LakeIOManager(workplace=workplace)},
        executor=dg.in_process_executor,
    )
