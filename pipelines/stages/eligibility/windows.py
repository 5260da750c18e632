"""Windows: the hull of the days on which a stay's services can be billed at all.

Belongs here: the rows of `prerelease_windows`. Not here: whether a day within is billable (days).
"""

from datetime import date

import polars as pl

from contracts.derived import DERIVED
from contracts.policy import Policy
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.eligibility.gate_spans import lookbacks
from pipelines.stages.eligibility.stays import FAR
from pipelines.stages.eligibility.window_policy import WindowPolicy, window_policy

NOT_FINAL = "release_not_final"


def prerelease_windows(
    custody_stays: pl.DataFrame,
    people: pl.DataFrame,
    cin_aliases: pl.DataFrame,
    facilities: pl.DataFrame,
    coverage: pl.DataFrame,
    ji_activations: pl.DataFrame,
    screenings: pl.DataFrame,
    eligibility_answers: pl.DataFrame,
    policy: Policy,
    as_of: date,
) -> pl.DataFrame:
    """Table `prerelease_windows`: the windows of each stay in order of activation, or one `none`.

    Frames are current facts. An activation that leaves no day, for want of go-live or because its
    clock ran out before booking, keeps its number: state `none`, its reason, no days. Raises
    HeldByPolicyError where a window policy is unset.
    """
    evidence = Evidence(
        custody_stays,
        people,
        cin_aliases,
        facilities,
        coverage,
        ji_activations,
        screenings,
        eligibility_answers,
    )
    window = window_policy(policy, as_of)
    hulls = _numbered(_cut(_framed(evidence, window)))
    rows = evidence.stays.join(hulls, on="stay", how="left").with_columns(
        pl.col("window_number").fill_null(0),
        state=_state(as_of),
        reasons=_reasons(window),
        policy=pl.lit(window.name),
    )
    return DERIVED["prerelease_windows"].conform(rows.sort("stay_id", "window_number"))


def _framed(evidence: Evidence, window: WindowPolicy) -> pl.DataFrame:
    """Stays beside each frame they overlap; in a frame the window may last until last_on."""
    frames = (
        lookbacks(evidence.stays, window)
        if window.looks_back
        else evidence.over_stays(evidence.activations)
    ).with_columns(last_on=pl.col("from_on") + window.reach)
    live = evidence.facilities.select("facility_id", "live_from")
    return (
        evidence.stays.join(live, on="facility_id", how="left")
        .join(frames, on="stay")
        .with_columns(
            from_on=pl.max_horizontal("from_on", "booked_on"),
            to_on=pl.min_horizontal("to_on", "released_on").fill_null(FAR),
        )
        .filter(pl.col("from_on") <= pl.col("to_on"))
    )


def _cut(framed: pl.DataFrame) -> pl.DataFrame:
    """Hulls, or what leaves none: go-live comes too late, or the clock had run out before."""
    ends_on = pl.min_horizontal("to_on", "last_on")
    outlasted = pl.col("last_on") < pl.col("from_on")
    last_use = pl.when(outlasted).then("to_on").otherwise(ends_on)
    not_live = (pl.col("live_from") <= last_use).fill_null(False).not_()
    has_days = (outlasted | not_live).not_()
    return framed.select(
        "stay",
        "from_on",
        "last_on",
        starts_on=pl.when(has_days).then(pl.max_horizontal("from_on", "live_from")),
        ends_on=pl.when(has_days).then(ends_on),
        not_live=pl.when(not_live).then(pl.lit("facility")),
        outlasted=pl.when(outlasted).then(pl.lit("ninety_days")),
    )


def _numbered(hulls: pl.DataFrame) -> pl.DataFrame:
    """Windows counted from 1 within their stay, in order of activation."""
    return hulls.sort("stay", "last_on", "ends_on").with_columns(
        window_number=pl.int_range(1, pl.len() + 1).over("stay")
    )


def _state(as_of: date) -> pl.Expr:
    day = pl.lit(as_of)
    is_released = (pl.col("released_on") <= day).fill_null(False)
    includes = day.is_between("starts_on", "ends_on")
    return (
        pl.when(pl.col("starts_on").is_null())
        .then(pl.lit("none"))
        .when(includes & ~is_released)
        .then(pl.lit("open"))
        .otherwise(pl.lit("closed"))
    )


def _reasons(window: WindowPolicy) -> pl.Expr:
    """Why there is no window; in a look-back also that its release is only expected, or unknown."""
    waiting = pl.when(pl.col("released_on").is_null()).then(pl.lit(NOT_FINAL))
    inactive = pl.when(pl.col("window_number").is_null()).then(pl.lit("ji_aid_code"))
    last = waiting if window.looks_back else inactive
    return pl.concat_list("not_live", "outlasted", last).list.drop_nulls()
