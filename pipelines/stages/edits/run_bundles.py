"""All edits of bundles in one pass, as findings about the stay. What is asked is in `bundles`."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from contracts.derived import DERIVED
from contracts.policy import Policy
from pipelines.stages.edits.catalogue import BUNDLE_EDITS
from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.run import identified, words_of
from pipelines.stages.edits.run_stays import StayResults

_AMOUNTS: Final = {"not_billable": "unbillable_amount", "bundle_due": "waiting_amount"}


def bundles_context(bundles: pl.DataFrame, policy: Policy, as_of: date) -> pl.DataFrame:
    """One row a stay that has bundles: those complete and not billable (`unbillable`), those open
    that a near release would end (`waiting`), each named, with dollars and the first one's row.
    """
    days = policy.entry("bundle.warn_days", as_of).value
    until = pl.lit(as_of) + pl.duration(days=pl.lit(days, pl.Int64))
    near = ~pl.col("is_release_final") & (pl.col("release_on") <= until)
    unbillable = (pl.col("state") == "complete") & ~pl.col("is_billable")
    waiting = (pl.col("state") == "open") & near
    told = bundles.with_columns(
        unbillable_told=pl.format("{} ({})", "bundle_id", pl.col("reasons").list.join(", ")),
        waiting_told=pl.col("bundle_id"),
        waiting_due=pl.col("due_on"),
    )
    parts = {"unbillable": unbillable, "waiting": waiting}
    return (
        told.group_by("stay_id", maintain_order=True)
        .agg(
            pl.col("person_id", "facility_id").first(),
            pl.col("is_part_2").any(),
            *(one for name, holds in parts.items() for one in _summed(name, holds)),
            waiting_due_on=pl.col("due_on").filter(waiting).min(),
        )
        .with_columns(bundle_warn_days=pl.lit(days, pl.Int64))
    )


def _summed(name: str, holds: pl.Expr) -> list[pl.Expr]:
    row = {column: pl.col(column).filter(holds).first() for column in ("file_id", "row_number")}
    amount = pl.col("charge_amount").filter(holds)
    return [
        pl.col(f"{name}_told").filter(holds).str.join(", ").alias(name),
        pl.when(holds.any()).then(amount.sum()).alias(f"{name}_amount"),
        *(value.alias(f"{name}_{column}") for column, value in row.items()),
    ]


def run_bundle_edits(
    context: pl.DataFrame, agency: str, as_of: date, edits: Mapping[str, Edit] = BUNDLE_EDITS
) -> StayResults:
    """Judge each stay of `bundles_context`; of the results, `enrollment_gaps` is empty."""
    catalogue = list(edits.values())
    parts = [_found(context, edit) for edit in catalogue]
    found = pl.concat([_found(context.clear(), edit) for edit in BUNDLE_EDITS.values()] + parts)
    named = identified(
        found.with_columns(days_left=(pl.col("deadline_on") - as_of).dt.total_days()),
        "stay", ("stay_id",), agency,
    )  # fmt: skip
    return StayResults(
        DERIVED["findings"].conform(named.with_columns(subject_id="stay_id")),
        DERIVED["edit_counts"].conform(_counts(context, parts, catalogue)),
        DERIVED["enrollment_gaps"].empty(),
    )


def _found(context: pl.DataFrame, edit: Edit) -> pl.DataFrame:
    file_id, row_number = edit.origin
    rows = context.filter(edit.can_judge, edit.fires).select(
        *("stay_id", "person_id", "facility_id", "is_part_2"),
        file_id=file_id,
        row_number=row_number,
        deadline_on=pl.lit(None, pl.Date) if edit.due is None else edit.due,
        amount=_AMOUNTS[edit.id],
        told=edit.note or pl.lit(""),
    )
    worded = rows.join(words_of([edit]), how="cross")
    return worded.with_columns(message=pl.col("message") + " " + pl.col("told") + ".").drop("told")


def _counts(
    context: pl.DataFrame, parts: list[pl.DataFrame], catalogue: list[Edit]
) -> pl.DataFrame:
    evaluated = [context.filter(edit.can_judge).height for edit in catalogue]
    return words_of(catalogue).with_columns(
        pl.Series("evaluated_count", evaluated, pl.Int64),
        pl.Series("finding_count", [part.height for part in parts], pl.Int64),
        pl.Series("not_evaluated_count", [context.height - n for n in evaluated], pl.Int64),
    )
