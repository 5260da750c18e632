"""Tables: occasions and their elements as the rows of `bundles` and `bundle_elements`.

Here: what of the evaluation is told. Nothing is judged here.
"""

from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.bundles.occasions import Told
from pipelines.stages.bundles.rules import Rules
from pipelines.stages.bundles.trials import with_bounds
from pipelines.stages.eligibility.stays import FAR

NOT_ACTIVATED: Final = "not_activated"
WAITS_FOR: Final = "bundle:"
_ANCHOR: Final = ["stay_id", "bundle_id", "ordinal"]


def bundle_rows(told: Told, idle: pl.DataFrame, stays: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The rows of `bundles`: occasions, and episodes without activation (`idle`)."""
    due = due_dates(told.missing, as_of).group_by("occasion").agg(pl.col("due_on").min())
    counts = told.missing.group_by("occasion").agg(missing_count=pl.len().cast(pl.Int64))
    whole = (
        told.chosen.join(due, on="occasion", how="left")
        .join(counts, on="occasion", how="left")
        .join(_proven(told), on="occasion", how="left")
    )
    both = pl.concat([whole, _idle(idle, stays)], how="diagonal")
    return both.with_columns(
        pl.col("missing_count").fill_null(0) + pl.col("waits_for").list.len().fill_null(0),
        pl.col("is_part_2").fill_null(False),
        days_left=(pl.col("due_on") - as_of).dt.total_days(),
        is_release_final="is_final",
        diagnosis_codes=pl.concat_list(
            pl.col("proven_codes").fill_null([]), pl.col("diagnosis_codes").fill_null([])
        ).list.unique(maintain_order=True),
    ).sort(_ANCHOR)


def due_dates(missing: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """`missing` with due_on: the day by which it should be done; once that has passed, the last
    day on which it still counts. Null where there is neither.
    """
    last = pl.when(pl.col("last_on") < FAR).then("last_on")
    is_ahead = (pl.col("due_on") >= as_of).fill_null(False)
    return missing.with_columns(
        due_on=pl.when(is_ahead).then("due_on").otherwise(pl.coalesce(last, "due_on"))
    )


def _proven(told: Told) -> pl.DataFrame:
    """Of each occasion the row that came last, who is billed as having done it, diagnoses."""
    ordered = told.proofs.sort("day", "proof")
    return ordered.group_by("occasion", maintain_order=True).agg(
        pl.col("file_id", "row_number").last(),
        pl.col("is_part_2").any(),
        rendering_npi=pl.col("rendering_npi").drop_nulls().last(),
        proven_codes=pl.col("diagnosis_codes").explode().drop_nulls().unique(maintain_order=True),
    )


def _idle(idle: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    newest = stays.unique("episode_id", keep="last", maintain_order=True)
    return idle.join(newest.select("episode_id", "stay_id"), on="episode_id").with_columns(
        ordinal=pl.lit(1, pl.Int64),
        state=pl.when("is_final").then(pl.lit("exempt")).otherwise(pl.lit("not_due")),
        reasons=pl.lit([NOT_ACTIVATED]),
        diagnosis_codes=pl.lit([], pl.List(pl.String)),
    )


def bundle_elements(told: Told, rules: Rules, as_of: date) -> pl.DataFrame:
    """The rows of `bundle_elements`: what is done, missing, and not asked for."""
    whose = told.chosen.select("occasion", *_ANCHOR)
    parts = [_done(told, rules), _missing(told, as_of), _waiting(told), _not_needed(told, rules)]
    rows = pl.concat([part.join(whose, on="occasion") for part in parts], how="diagonal")
    return rows.with_columns(
        pl.col("number").fill_null(1),
        pl.col("is_part_2").fill_null(False),
        days_left=pl.when(state="missing").then((pl.col("due_on") - as_of).dt.total_days()),
    ).sort(*_ANCHOR, "place", "number", nulls_last=True)


def _done(told: Told, rules: Rules) -> pl.DataFrame:
    of_item = rules.elements.select(
        "item", "element", "owner", "place", "day_anchor", "earliest_day", "due_day", "latest_day"
    )
    of_trial = told.chosen.select(
        "occasion", "booked_on", "activated_on", "release_on", "gate_ends_on", "scope_from_on",
        "scope_to_on",
    )  # fmt: skip
    rows = with_bounds(told.proofs.join(of_item, on="item").join(of_trial, on="occasion"))
    return rows.with_columns(
        state=pl.lit("done"),
        done_on="day",
        is_in_time=pl.col("day") <= pl.col("due_on"),
        staff_id=pl.col("performed_by_staff_id"),
    )


def _missing(told: Told, as_of: date) -> pl.DataFrame:
    """With the newest row that would have proven it but for a fault."""
    near = told.faulty.select(
        "occasion", "item", "feed", "file_id", "row_number", "is_part_2",
        staff_id="performed_by_staff_id", reason="fault", reason_on="day",
    )  # fmt: skip
    return (
        due_dates(told.missing, as_of)
        .join(near, on=["occasion", "item"], how="left")
        .with_columns(
            state=pl.lit("missing"), last_on=pl.when(pl.col("last_on") < FAR).then("last_on")
        )
    )


def _waiting(told: Told) -> pl.DataFrame:
    """Bundles that must come first, of what is neither complete nor exempt."""
    undone = told.chosen.filter(~pl.col("state").is_in(["complete", "exempt"]))
    each = undone.select("occasion", waits="waits_for").explode("waits").drop_nulls()
    return each.select(
        "occasion",
        element=WAITS_FOR + pl.col("waits"),
        state=pl.lit("missing"),
        owner=pl.lit("care_manager"),
    )


def _not_needed(told: Told, rules: Rules) -> pl.DataFrame:
    """Elements that a condition takes away, of what is not exempt as a whole."""
    judged = told.chosen.filter(pl.col("state") != "exempt")
    declined = pl.when(pl.col("declined_on").is_not_null()).then(pl.lit(["declined"]))
    holding = pl.concat_list("conditions", declined.otherwise(pl.lit([], pl.List(pl.String))))
    each = judged.select("occasion", "rule", holding=holding).join(
        rules.elements.select("rule", "element", "owner", "place", unless_any="unless"), on="rule"
    )
    met = pl.col("holding").list.set_intersection("unless_any")
    return each.filter((met.list.len() > 0).fill_null(False)).select(
        "occasion", "element", "owner", "place", state=pl.lit("not_needed"), reason=met.list.first()
    )
