"""Assets of the reports: every report of the month or quarter before, and whether each is fresh.

They look at the last complete run and are no part of the nightly one.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg

from pipelines.defs.failures import contained
from pipelines.defs.jobs import REPORTS
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace
from pipelines.io.report_files import write_reports
from pipelines.io.reporting import NAMES, default_period, report_view
from pipelines.partitions import agencies
from reports.period import parse_period

# From one month's fifth to the next are at most 31 days.
LATE_AFTER, OVERDUE_AFTER = timedelta(days=33), timedelta(days=40)
_TIME_ZONE = "America/Los_Angeles"
_KEYS = {f"report_{name}": name for name in NAMES}


class Covered(dg.Config):
    """What the reports cover, as `reentry report --period` takes it; empty: three months."""

    period: str = ""


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key,
            group_name=REPORTS,
            deps=["complete_runs"],
            partitions_def=AGENCIES,
            description=f"The report {name}, with its manifest.",
            freshness_policy=dg.FreshnessPolicy.time_window(
                fail_window=OVERDUE_AFTER, warn_window=LATE_AFTER
            ),
        )
        for key, name in _KEYS.items()
    ]
)
def reports(
    context: dg.AssetExecutionContext, config: Covered, workplace: Workplace
) -> Iterator[dg.MaterializeResult[None]]:
    """Write every report of a period."""
    with contained():
        agency = context.partition_key
        view = report_view(workplace.workspace(agency, context.run.run_id, context.instance))
        period = parse_period(config.period) if config.period else default_period(view.as_of)
        written = write_reports(view, NAMES, period)
        told = {"period_starts_on": str(period.starts_on), "period_ends_on": str(period.ends_on)}
        results = [
            dg.MaterializeResult[None](key, metadata={**told, "files": len(written[name])})
            for key, name in _KEYS.items()
        ]
    yield from results


report = dg.define_asset_job(
    "report",
    selection=dg.AssetSelection.groups(REPORTS),
    executor_def=dg.in_process_executor,
    description="Write every report of a period from the last complete run.",
)


def _requests(day: date, period: str) -> Iterator[dg.RunRequest]:
    config = {"ops": {"reports": {"config": {"period": period}}}}
    for agency in agencies():
        yield dg.RunRequest(
            run_key=f"{agency}-{period}-{day}", partition_key=agency, run_config=config
        )


@dg.schedule(job=report, cron_schedule="0 5 5 * *", execution_timezone=_TIME_ZONE)
def every_month(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """On the fifth the reports of the month before."""
    day = context.scheduled_execution_time.date()
    before = day.replace(day=1) - timedelta(days=1)
    yield from _requests(day, f"{before:%Y-%m}")


@dg.schedule(job=report, cron_schedule="0 6 5 1,4,7,10 *", execution_timezone=_TIME_ZONE)
def every_quarter(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """On the fifth of a quarter the reports of the quarter before."""
    day = context.scheduled_execution_time.date()
    before = day.replace(day=1) - timedelta(days=1)
    yield from _requests(day, f"{before.year}-Q{(before.month + 2) // 3}")
