"""Difference: two plans side by side, claim by claim and in dollars, and why a claim differs."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.fields import MONEY
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.edits.run import SUBJECT, SUBJECT_ID
from pipelines.stages.plan.cells import SENDS

_COMPARED: Final = (
    "action", "reasons", "charge_amount", "expected_amount", "deadline_on", "send_by",
    "frequency_code", "content_hash",
)  # fmt: skip
_TOLD: Final = ("action", "reasons", "charge_amount", "expected_amount", "deadline_on")
Evaluation = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


@dataclass(frozen=True)
class Difference:
    """`claims`, one row a claim that differs: claim_id, facility_id, change (appears, vanishes,
    changes), action, reasons, charge_amount, expected_amount and deadline_on with `_before` and
    `_after`, differs (what of these, send_by and content), edits_gained and edits_lost (findings
    of its lines).

    `totals`, one row for `send`, `void` and `all`: claims, charge_amount and expected_amount,
    before and after.
    """

    claims: pl.DataFrame
    totals: pl.DataFrame


def difference(before: Evaluation, after: Evaluation) -> Difference:
    """Compare two evaluations: plan, claim lines and findings of lines each."""
    rows = _beside(before[0], after[0])
    edits = _edits(before, after)
    claims = rows.join(edits, on="claim_id", how="left", maintain_order="left").with_columns(
        pl.col("edits_gained", "edits_lost").fill_null([])
    )
    return Difference(claims, _totals(before[0], after[0]))


def _beside(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    row = ["claim_id", "part"]
    both = before.join(after, on=row, how="full", coalesce=True, suffix="_after")
    differing = (
        pl.when(pl.col(name).ne_missing(pl.col(f"{name}_after"))).then(pl.lit(name))
        for name in _COMPARED
    )
    change = (
        pl.when(pl.col("action").is_null())
        .then(pl.lit("appears"))
        .when(pl.col("action_after").is_null())
        .then(pl.lit("vanishes"))
        .otherwise(pl.lit("changes"))
    )
    named = both.with_columns(
        change=change,
        facility_id=pl.coalesce("facility_id", "facility_id_after"),
        differs=pl.concat_list(differing).list.drop_nulls(),
    ).filter(pl.col("differs").list.len() > 0)
    return named.select(
        "claim_id", "facility_id", "change", "differs",
        *(pl.col(name).alias(f"{name}_before") for name in _TOLD),
        *(f"{name}_after" for name in _TOLD),
    ).sort(
        # What would be done otherwise comes before what is done in another amount or time.
        pl.col("action_before").eq_missing("action_after"),
        *("change", "action_before", "action_after", "claim_id"),
    )  # fmt: skip


def _edits(before: Evaluation, after: Evaluation) -> pl.DataFrame:
    """claim_id with the edits that its lines met in one evaluation only."""
    owned = pl.concat(
        lines.select("claim_id", *LINE_KEY) for _, lines, _ in (before, after)
    ).unique()
    owned = owned.select("claim_id", SUBJECT_ID)
    found = [
        findings.filter(subject=SUBJECT).select("subject_id", "edit_id").unique()
        for _, _, findings in (before, after)
    ]
    gained = _only(found[1], found[0], owned, "edits_gained")
    lost = _only(found[0], found[1], owned, "edits_lost")
    return gained.join(lost, on="claim_id", how="full", coalesce=True)


def _only(one: pl.DataFrame, other: pl.DataFrame, owned: pl.DataFrame, name: str) -> pl.DataFrame:
    alone = one.join(other, on=["subject_id", "edit_id"], how="anti").join(owned, on="subject_id")
    return alone.group_by("claim_id").agg(pl.col("edit_id").unique().sort().alias(name))


def _totals(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    is_void = pl.col("action") == "void"
    kinds = {
        "send": pl.col("action").is_in(SENDS) & ~is_void,
        "void": is_void,
        "all": pl.lit(True),
    }
    rows = []
    for kind, chosen in kinds.items():
        row = [pl.lit(kind).alias("what")]
        for name, plan in (("before", before), ("after", after)):
            some = plan.filter(chosen)
            row += [
                pl.lit(some.height, pl.Int64).alias(f"claims_{name}"),
                *(
                    pl.lit(some[column].sum() or 0, MONEY).alias(f"{column}_{name}")
                    for column in ("charge_amount", "expected_amount")
                ),
            ]
        rows.append(pl.select(row))
    return pl.concat(rows)
