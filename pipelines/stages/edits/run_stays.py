"""All edits of stays in one pass: findings, counts, and what is overdue in enrollment.

What is asked is in `stays`; what the answers rest on, in `stay_context`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from contracts.derived import DERIVED
from pipelines.stages.edits.catalogue import STAY_EDITS
from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.run import identified, words_of
from pipelines.stages.edits.stays import ENROLLMENT

_KEY: Final = ("stay_id",)
_ALWAYS: Final = pl.lit(True)


@dataclass(frozen=True)
class StayResults:
    """Frames of the derived contracts `findings`, `edit_counts` and `enrollment_gaps`."""

    findings: pl.DataFrame
    edit_counts: pl.DataFrame
    enrollment_gaps: pl.DataFrame


def run_stay_edits(
    context: pl.DataFrame, agency: str, as_of: date, edits: Mapping[str, Edit] = STAY_EDITS
) -> StayResults:
    """Judge each stay of `stay_context.stay_context`."""
    catalogue = list(edits.values())
    parts = [_found(context, edit) for edit in catalogue]
    nothing = _found(context.clear(), ENROLLMENT[0])
    found = pl.concat([nothing, *parts]).with_columns(
        days_left=(pl.col("deadline_on") - as_of).dt.total_days(), is_part_2=pl.lit(False)
    )
    named = identified(found, "stay", _KEY, agency)
    gaps = named.filter(pl.col("edit_id").is_in([edit.id for edit in ENROLLMENT]))
    return StayResults(
        DERIVED["findings"].conform(named.with_columns(subject_id="stay_id")),
        DERIVED["edit_counts"].conform(_counts(context, parts, catalogue)),
        DERIVED["enrollment_gaps"].conform(
            gaps.rename({"edit_id": "gap", "deadline_on": "due_on"})
        ),
    )


def _judged(edit: Edit) -> pl.Expr:
    return _ALWAYS if edit.judged is None else edit.judged


def _found(context: pl.DataFrame, edit: Edit) -> pl.DataFrame:
    due = pl.lit(None, pl.Date) if edit.due is None else edit.due
    file_id, row_number = edit.origin
    rows = context.filter(_judged(edit), edit.fires).select(
        *("stay_id", "episode_id", "person_id", "facility_id"),
        file_id=file_id,
        row_number=row_number,
        deadline_on=due,
    )
    return rows.join(words_of([edit]), how="cross")


def _counts(
    context: pl.DataFrame, parts: list[pl.DataFrame], catalogue: list[Edit]
) -> pl.DataFrame:
    evaluated = [context.filter(_judged(edit)).height for edit in catalogue]
    return words_of(catalogue).with_columns(
        pl.Series("evaluated_count", evaluated, pl.Int64),
        pl.Series("finding_count", [part.height for part in parts], pl.Int64),
        pl.Series("not_evaluated_count", [context.height - n for n in evaluated], pl.Int64),
    )
