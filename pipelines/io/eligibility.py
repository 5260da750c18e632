"""Eligibility asked about: the stages that explain it, fed with what a view knows. Reading only."""

from datetime import datetime

import polars as pl

from contracts.derived import DERIVED
from pipelines.io.decided import current_encounters
from pipelines.io.evaluation import evidence
from pipelines.io.workspace import View
from pipelines.stages.eligibility.changes import Changes, changes
from pipelines.stages.eligibility.comparison import Comparison, windows_compared
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.explanation import Explanation, explained
from pipelines.stages.eligibility.window_policy import window_policy


def evidence_of(view: View) -> Evidence:
    """The facts that decide eligibility, as the view knows them."""
    return Evidence(**evidence(view))


def stay_explained(view: View, stay_id: str) -> tuple[Explanation, pl.DataFrame]:
    """A stay with everything that decides its days, and its windows as the run found them.

    Raises UsageError for a stay that nobody has sent.
    """
    window = window_policy(view.workspace.policy, view.as_of)
    lines = current_encounters(view)
    told = explained(stay_id, evidence_of(view), lines, window, view.as_of)
    windows = view.derived("prerelease_windows").filter(stay_id=stay_id)
    return told, windows.select(DERIVED["prerelease_windows"].names)


def policies_compared(view: View) -> Comparison:
    """What the window policy that is not chosen would change."""
    policy, lines = view.workspace.policy, current_encounters(view)
    return windows_compared(evidence_of(view), lines, policy, view.as_of)


def changed_since(view: View, since: datetime) -> Changes:
    """What the facts received after an instant changed in what the view sees."""
    before = View(view.workspace, view.as_of, since)
    window = window_policy(view.workspace.policy, view.as_of)
    lines = current_encounters(view)
    return changes(evidence_of(before), evidence_of(view), lines, window, view.as_of)
