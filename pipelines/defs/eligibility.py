"""Assets of the eligibility stage."""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.failures import contained
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, derived_asset, emitted
from pipelines.io import evaluation


@derived_asset("custody_episodes", "eligibility", evaluation.STAYS)
def custody_episodes(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Emitted]:
    """Stays joined into episodes."""
    with contained():
        frame = evaluation.custody_episodes(view_of(context, workplace))
        made = emitted("custody_episodes", frame)
    yield from made


@derived_asset("billable_days", "eligibility", evaluation.EVIDENCE)
def billable_days(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Emitted]:
    """Every day of every stay, billable or why not."""
    with contained():
        frame = evaluation.billable_days(view_of(context, workplace))
        made = emitted("billable_days", frame, {"billable": int(frame["billable"].sum())})
    yield from made


@derived_asset("prerelease_windows", "eligibility", evaluation.EVIDENCE)
def prerelease_windows(
    context: dg.AssetExecutionContext, workplace: Workplace
) -> Iterator[Emitted]:
    """The hull of each activation's days."""
    with contained():
        frame = evaluation.prerelease_windows(view_of(context, workplace))
        made = emitted("prerelease_windows", frame, {"open": frame.filter(state="open").height})
    yield from made


@derived_asset("enrollment_timeline", "eligibility", evaluation.TIMELINE)
def enrollment_timeline(
    context: dg.AssetExecutionContext, workplace: Workplace
) -> Iterator[Emitted]:
    """What happened to each person's Medi-Cal in custody."""
    with contained():
        frame = evaluation.enrollment_timeline(view_of(context, workplace))
        made = emitted("enrollment_timeline", frame)
    yield from made
