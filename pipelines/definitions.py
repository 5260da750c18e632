"""Definitions: everything that Dagster loads, gathered from `pipelines.defs`."""

import dagster as dg

from pipelines.defs import claims, edits, eligibility, feeds, jobs, outputs
from pipelines.defs.resources import LakeIOManager, Workplace

workplace = Workplace.configure_at_launch()
defs = dg.Definitions(
    assets=dg.load_assets_from_modules([feeds, eligibility, edits, claims, outputs]),
    jobs=[jobs.nightly, jobs.intake],
    schedules=[jobs.every_night],
    sensors=[jobs.inbox],
    resources={"workplace": workplace, "io_manager": LakeIOManager(workplace=workplace)},
    executor=dg.in_process_executor,
)
