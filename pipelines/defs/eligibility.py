"""Assets of the eligibility stage."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, declared, emitted
from pipelines.io.workspace import View
from pipelines.stages.eligibility import days, stays, windows

EVIDENCE = (
    "custody_stays", "people", "cin_aliases", "facilities", "coverage", "ji_activations",
    "screenings", "eligibility_answers",
)  # fmt: skip


def _evidence(view: View) -> dict[str, pl.DataFrame]:
    return {feed: view.current(feed) for feed in EVIDENCE}


@dg.asset(deps=["custody_stays", "people"], **declared("custody_episodes", "eligibility"))
def custody_episodes(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Emitted]:
    """Stays joined into episodes."""
    with contained():
        view = view_of(context, workplace)
        frame = stays.custody_episodes(view.current("custody_stays"), view.current("people"))
        made = emitted("custody_episodes", frame)
    yield from made


@dg.asset(deps=EVIDENCE, **declared("billable_days", "eligibility"))
def billable_days(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Emitted]:
    """Every day of every stay, billable or why not."""
    with contained():
        view = view_of(context, workplace)
        policy, as_of = view.workspace.policy, view.as_of
        frame = days.billable_days(**_evidence(view), policy=policy, as_of=as_of)
        made = emitted("billable_days", frame, {"billable": int(frame["billable"].sum())})
    yield from made


@dg.asset(deps=EVIDENCE, **declared("prerelease_windows", "eligibility"))
def prerelease_windows(
    context: dg.AssetExecutionContext, workplace: Workplace
) -> Iterator[Emitted]:
    """The hull of each activation's days."""
    with contained():
        view = view_of(context, workplace)
        policy, as_of = view.workspace.policy, view.as_of
        frame = windows.prerelease_windows(**_evidence(view), policy=policy, as_of=as_of)
        made = emitted("prerelease_windows", frame, {"open": frame.filter(state="open").height})
    yield from made
