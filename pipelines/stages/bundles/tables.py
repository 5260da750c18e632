"""Tables: occasions and their elements as the rows of `bundles` and `bundle_elements`.

Here: what of the evaluation is told. Nothing is judged here.
"""

from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.bundles.anchors import ANCHOR
from pipelines.stages.bundles.evidence import Evidence
from pipelines.stages.bundles.occasions import Told
from pipelines.stages.bundles.rules import Rules
from pipelines.stages.bundles.trials import with_bounds
from pipelines.stages.eligibility.stays import FAR

NOT_ACTIVATED: Final = "not_activated"
WAITS_FOR: Final = "bundle:"
_OF_OCCASION: Final = (
    "rule", *ANCHOR, "episode_id", "person_id", "facility_id", "state", "reasons",
    "activated_on", "release_on", "is_final",
)  # fmt: skip
_JUDGED: Final = (
    "occasion", "release_model", "completed_on", "service_date", "is_billable", "waits_for",
)  # fmt: skip
# What the rule says of every time its bundle is billed.
_BILLED: Final = (
    "rule", "gate", "detail_lines", "claim_form", "procedure_code", "modifiers", "units",
    "charge_amount", "rate_amount", "place_of_service", "edition_status", "rule_codes",
)  # fmt: skip
_PART: Final = (
    "occasion", "element", "number", "state", "owner", "place", "due_on", "last_on", "done_on",
    "is_in_time", "reason", "reason_on", "proof",
)  # fmt: skip
# What is told only of a row that counts.
_OF_PROOF: Final = (
    "signed_by_staff_id", "minutes", "participants", "organization", "recipient_npi",
    "source_system", "encounter_id", "line_number",
)  # fmt: skip
_OF_ROW: Final = ("performed_by_staff_id", "is_part_2", "feed", "file_id", "row_number")


def bundle_rows(
    told: Told,
    idle: pl.DataFrame,
    evidence: Evidence,
    stays: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> pl.DataFrame:
    """The rows of `bundles`: occasions, and episodes without activation (`idle`)."""
    due = due_dates(told.missing, as_of).group_by("occasion").agg(pl.col("due_on").min())
    counts = told.missing.group_by("occasion").agg(missing_count=pl.len().cast(pl.Int64))
    idle_ones = _idle(idle, stays)
    both = pl.concat(
        [
            told.chosen.select(*_OF_OCCASION, *_JUDGED),
            idle_ones.select(n for n in _OF_OCCASION if n in idle_ones.columns),
        ],
        how="diagonal",
    )
    whole = _sorted(both, rules)
    for known in (due, counts, _proven(told, evidence)):
        whole = whole.join(known, on="occasion", how="left", maintain_order="left")
    constant = rules.bundles.with_columns(rule_codes=pl.col("diagnosis_codes").fill_null([]))
    return whole.join(
        constant.select(_BILLED), on="rule", how="left", maintain_order="left"
    ).with_columns(
        pl.col("missing_count").fill_null(0) + pl.col("waits_for").list.len().fill_null(0),
        pl.col("is_part_2").fill_null(False),
        days_left=(pl.col("due_on") - as_of).dt.total_days(),
        is_release_final="is_final",
        diagnosis_codes=_diagnoses(),
    )


def _sorted(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """In the order of their anchors."""
    names = pl.Enum(rules.bundles["bundle_id"].unique().sort())
    return rows.sort("stay_id", pl.col("bundle_id").cast(names), "ordinal")


def due_dates(missing: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """`missing` with due_on: the day by which it should be done; once that has passed, the last
    day on which it still counts. Null where there is neither.
    """
    last = pl.when(pl.col("last_on") < FAR).then("last_on")
    is_ahead = (pl.col("due_on") >= as_of).fill_null(False)
    return missing.with_columns(
        due_on=pl.when(is_ahead).then("due_on").otherwise(pl.coalesce(last, "due_on"))
    )


def _proven(told: Told, evidence: Evidence) -> pl.DataFrame:
    """Of each occasion the row that came last, who is billed as having done it, diagnoses."""
    ordered = told.proofs.select("occasion", "day", "proof").sort("occasion", "day", "proof")
    rows = evidence.beside(
        ordered, "file_id", "row_number", "is_part_2", "rendering_npi", "diagnosis_codes"
    )
    grouped = rows.group_by("occasion", maintain_order=True).agg(
        pl.col("file_id", "row_number").last(),
        pl.col("is_part_2").any(),
        pl.col("rendering_npi").drop_nulls().last(),
    )
    coded = (
        rows.select("occasion", "diagnosis_codes")
        .filter(pl.col("diagnosis_codes").list.len() > 0)
        .explode("diagnosis_codes")
        .group_by("occasion", maintain_order=True)
        .agg(proven_codes=pl.col("diagnosis_codes").drop_nulls().unique(maintain_order=True))
    )
    return grouped.join(coded, on="occasion", how="left", maintain_order="left")


def _diagnoses() -> pl.Expr:
    """Those of its services first, then the bundle's own; none of what was never begun."""
    both = pl.col("proven_codes").list.concat("rule_codes").list.unique(maintain_order=True)
    return (
        pl.when(pl.col("occasion").is_null())
        .then(pl.lit([], pl.List(pl.String)))
        .when(pl.col("proven_codes").is_null())
        .then("rule_codes")
        .otherwise(both)
    )


def _idle(idle: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    newest = stays.unique("episode_id", keep="last", maintain_order=True)
    return idle.join(newest.select("episode_id", "stay_id"), on="episode_id").with_columns(
        ordinal=pl.lit(1, pl.Int64),
        state=pl.when("is_final").then(pl.lit("exempt")).otherwise(pl.lit("not_due")),
        reasons=pl.lit([NOT_ACTIVATED]),
    )


def bundle_elements(told: Told, evidence: Evidence, rules: Rules, as_of: date) -> pl.DataFrame:
    """The rows of `bundle_elements`: what is done, missing, and not asked for."""
    anchors = _sorted(told.chosen.select("occasion", *ANCHOR), rules).with_row_index("rank")
    parts = [_done(told, rules), _missing(told, as_of), _waiting(told), _not_needed(told, rules)]
    whole = pl.concat(
        [part.select(n for n in _PART if n in part.columns) for part in parts], how="diagonal"
    ).with_columns(pl.col("number").fill_null(1))
    ordered = (
        whole.join(anchors.select("occasion", "rank"), on="occasion")
        .sort("rank", "place", "number", "element", nulls_last=True)
        .drop("occasion", "place")
    )
    rows = evidence.beside(ordered, *_OF_PROOF, *_OF_ROW)
    is_done = pl.col("state") == "done"
    return pl.concat(
        [anchors[ordered["rank"]].select(ANCHOR), rows], how="horizontal"
    ).with_columns(
        pl.col("is_part_2").fill_null(False),
        *(pl.when(is_done).then(name).alias(name) for name in _OF_PROOF),
        staff_id="performed_by_staff_id",
        days_left=pl.when(state="missing").then((pl.col("due_on") - as_of).dt.total_days()),
    )


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
    )


def _missing(told: Told, as_of: date) -> pl.DataFrame:
    """With the newest row that would have proven it but for a fault."""
    near = told.faulty.select("occasion", "item", "proof", reason="fault", reason_on="day")
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
        rules.elements.drop_nulls("unless").select(
            "rule", "element", "owner", "place", unless_any="unless"
        ),
        on="rule",
    )
    met = pl.col("holding").list.set_intersection("unless_any")
    return each.filter((met.list.len() > 0).fill_null(False)).select(
        "occasion", "element", "owner", "place", state=pl.lit("not_needed"), reason=met.list.first()
    )
