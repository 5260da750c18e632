"""Denials of lines in effect: each reason with its cause, owner and deadline.

A reason that was reversed counts no more. What our own edits had said stands beside what the payer
said: `predicted`, `missed` or `not_covered_by_edits`.
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.derived import DERIVED
from contracts.fields import MONEY
from contracts.policy import Policy
from pipelines.stages.bundles.anchors import key_of_anchor
from pipelines.stages.decisions.clocks import last_days
from pipelines.stages.denials.routing import routed
from pipelines.stages.digest import base32_16, sha256_hex

_LINE: Final = ["submission_id", "line_ordinal"]
_SERVICE: Final = ["source_system", "encounter_id", "line_number"]
_SOURCE: Final = ("file_id", "row_number", "is_part_2", "person_id")
_ID: Final = ("agency", "submission_id", "line_ordinal", "group_code", "carc")
PREDICTED, MISSED, NOT_COVERED = "predicted", "missed", "not_covered_by_edits"


def denials(
    accounts: pl.DataFrame,
    adjustments: pl.DataFrame,
    foreseen: pl.DataFrame,
    encounters: pl.DataFrame,
    bundles: pl.DataFrame,
    routes: pl.DataFrame,
    policy: Policy,
    agency: str,
    as_of: date,
) -> pl.DataFrame:
    """The table `denials`: a row a denied line in effect and reason.

    `accounts` and `adjustments`: `line_accounts` and `line_adjustments`. `foreseen`: subject_id and
    edit_id of every finding a line ever had. `encounters` and `bundles`: the current lines, and the
    bundles that others stand for, for person, file and row. A line that neither has may be of
    Part 2.
    """
    denied = accounts.filter("is_in_effect", pl.col("denied_amount") > 0)
    reasons = _reasons(denied, adjustments)
    told = routed(reasons, routes).with_columns(agency=pl.lit(agency))
    named = told.with_columns(denial_id=base32_16(sha256_hex(told, _ID)))
    judged = _judged(named, foreseen)
    of_bundles = bundles.select(*key_of_anchor(), *_SOURCE, place="facility_id")
    source = pl.concat(
        [encounters.select(*_SERVICE, *_SOURCE), of_bundles], how="diagonal_relaxed"
    ).with_columns(pl.col("is_part_2").fill_null(False))
    made = (
        judged.join(source, on=_SERVICE, how="left", maintain_order="left")
        .with_columns(
            _deadline(policy, as_of),
            pl.coalesce("facility_id", "place"),
            pl.col("is_part_2").fill_null(True),
        )
        .with_columns(days_left=(pl.col("deadline_on") - pl.lit(as_of)).dt.total_days())
    )
    return DERIVED["denials"].conform(made.sort("claim_id", *_LINE, "carc"))


def _reasons(denied: pl.DataFrame, adjustments: pl.DataFrame) -> pl.DataFrame:
    """Denied lines with their reasons: group, CARC, the dollars that are left of it, remarks."""
    mine = adjustments.join(denied.select(_LINE), on=_LINE, how="semi")
    reasons = mine.group_by(*_LINE, "group_code", "carc", maintain_order=True).agg(
        amount=pl.col("amount").sum().cast(MONEY),
        rarcs=pl.col("rarcs").last(),
    )
    kept = [*_LINE, *_SERVICE, "claim_id", "patient_control_number", "facility_id", "remitted_on",
            "payer_claim_number"]  # fmt: skip
    return denied.select(kept).join(
        reasons.filter(pl.col("amount") > 0), on=_LINE, maintain_order="left"
    )


def _judged(named: pl.DataFrame, foreseen: pl.DataFrame) -> pl.DataFrame:
    """With `predicted`, and the edits that said so or should have."""
    subject = pl.concat_str(*_SERVICE, separator="/").alias("subject_id")
    said = foreseen.select("subject_id", "edit_id").unique()
    hits = (
        named.select("denial_id", subject, edit_id="edit_ids")
        .explode("edit_id", empty_as_null=True)
        .join(said, on=["subject_id", "edit_id"])
        .group_by("denial_id")
        .agg(predicted_by=pl.col("edit_id").sort())
    )
    can = pl.col("edit_ids").list.len().fill_null(0) > 0
    return named.join(hits, on="denial_id", how="left", maintain_order="left").with_columns(
        predicted=pl.when(pl.col("predicted_by").is_not_null())
        .then(pl.lit(PREDICTED))
        .when(can)
        .then(pl.lit(MISSED))
        .otherwise(pl.lit(NOT_COVERED)),
        edit_ids=pl.coalesce("predicted_by", "edit_ids"),
    )


def _deadline(policy: Policy, as_of: date) -> pl.Expr:
    """The last day of the appeal, or of the replacement; empty where policy has none."""
    last = last_days(policy, as_of)
    is_appeal = pl.col("clock") == "appeal"
    return (
        pl.when(is_appeal).then(last["appeal"]).otherwise(last["replacement"]).alias("deadline_on")
    )
