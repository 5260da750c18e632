"""Episodes: times in custody with their release, their activations and what holds for them.

Belongs here: the days that bundles count from and the conditions that excuse. Not here: proof.
"""

from datetime import date
from typing import Final

import polars as pl

from contracts.parsing import LOCAL_ZONE
from pipelines.stages.bundles.care import Care
from pipelines.stages.bundles.settling import numbered
from pipelines.stages.eligibility.coverage import activations
from pipelines.stages.eligibility.stays import FAR, chained, dated_stays
from pipelines.stages.eligibility.window_policy import WindowPolicy
from pipelines.stages.people import with_survivor

_BEHAVIORAL: Final = (
    "mental_illness", "serious_mental_illness", "substance_use_disorder", "opioid_use_disorder",
)  # fmt: skip
_CONDITIONS: Final = (
    "same_manager", "youth_facility", "no_release_medication", "no_equipment_order",
    "no_behavioral_need",
)  # fmt: skip


def episode_stays(care: Care, as_of: date) -> pl.DataFrame:
    """Stays booked by the as-of day: stay_id, episode_id, person_id, facility_id, booked_at,
    booked_on, released_on and released_to (of a release by then), expected_release_on.
    """
    begun = dated_stays(care.custody_stays, care.people).filter(pl.col("booked_on") <= as_of)
    is_out = (pl.col("released_on") <= as_of).fill_null(False)
    left = (pl.when(is_out).then(name) for name in ("released_at", "released_on", "released_to"))
    return chained(begun.with_columns(left)).select(
        "stay_id", "episode_id", "person_id", "facility_id", "booked_at", "booked_on",
        "released_on", "released_to", "expected_release_on",
    )  # fmt: skip


def episodes(stays: pl.DataFrame, care: Care, as_of: date) -> pl.DataFrame:
    """One row an episode of `episode_stays`.

    booked_on; release_on: the day of release, else the expected one, which is never a day gone by;
    null where nobody knows it. is_final: released. released_to; facility_type of the newest stay;
    `conditions` that hold, declined_on while no later consent takes it back.
    """
    is_final = pl.col("released_on").is_not_null().all()
    heads = stays.group_by("episode_id", maintain_order=True).agg(
        pl.col("person_id", "booked_on").first(),
        pl.col("facility_id", "expected_release_on").last(),
        is_final=is_final,
        released_to=pl.when(is_final).then(pl.col("released_to").last()),
        released_on=pl.when(is_final).then(pl.col("released_on").max()),
    )
    expected = pl.max_horizontal("expected_release_on", pl.lit(as_of))
    expected = pl.when(pl.col("expected_release_on").is_not_null()).then(expected)
    kinds = care.facilities.select("facility_id", "facility_type")
    told = heads.join(kinds, on="facility_id", how="left", maintain_order="left").with_columns(
        release_on=pl.coalesce("released_on", expected)
    )
    return _with_conditions(told, stays, care, as_of)


def windows(
    heads: pl.DataFrame,
    stays: pl.DataFrame,
    care: Care,
    covered: pl.DataFrame,
    window: WindowPolicy,
    short_days: int | None,
    as_of: date,
) -> pl.DataFrame:
    """The activations of each of `episodes`, reported or told by the spans `covered`: episode_id,
    window_number from 1, activated_on (not before booking), until_on (the day before the next),
    is_short_term.

    Short-term: released in fewer than `short_days` days, or the day of release was unknown when the
    aid code was activated. Where a look-back needs no activation, an episode without one has the
    look-back itself.
    """
    begins = pl.max_horizontal("from_on", "booked_on")
    overlapping = (
        heads.select("episode_id", "person_id", "booked_on", "released_on", "release_on")
        .join(_activations(care, covered), on="person_id")
        .filter(
            pl.col("from_on") <= as_of,
            pl.col("from_on") + window.reach >= pl.col("booked_on"),
            pl.col("to_on").fill_null(FAR) >= pl.col("booked_on"),
            pl.col("from_on") <= pl.col("released_on").fill_null(FAR),
        )
        .select("episode_id", "release_on", activated_on=begins)
    )
    if window.looks_back and not window.needs_activation:
        overlapping = pl.concat([overlapping, _looked_back(heads, overlapping, window)])
    dated = overlapping.unique(["episode_id", "activated_on"]).sort("episode_id", "activated_on")
    begun = dated.with_columns(
        window_number=numbered("episode_id"),
        until_on=pl.col("activated_on").shift(-1).over("episode_id") - pl.duration(days=1),
    )
    soon = (pl.col("release_on") - pl.col("activated_on")).dt.total_days() < pl.lit(
        short_days, pl.Int64
    )
    return begun.join(
        _uncertain(begun, stays, care), on=["episode_id", "window_number"], how="left"
    ).select(
        *("episode_id", "window_number", "activated_on", "until_on"),
        is_short_term=(soon.fill_null(False) | pl.col("was_unknown").fill_null(False)),
    )


def _activations(care: Care, covered: pl.DataFrame) -> pl.DataFrame:
    overlay = covered.filter("is_ji_aid_code").drop("is_ji_aid_code")
    return activations(care.ji_activations, care.people, overlay)


def _looked_back(
    heads: pl.DataFrame, activated: pl.DataFrame, window: WindowPolicy
) -> pl.DataFrame:
    others = heads.join(activated, on="episode_id", how="anti").drop_nulls("release_on")
    first = pl.max_horizontal(pl.col("release_on") - window.reach, "booked_on")
    return others.select("episode_id", "release_on", activated_on=first)


def _uncertain(activated: pl.DataFrame, stays: pl.DataFrame, care: Care) -> pl.DataFrame:
    """episode_id, window_number, was_unknown: by what had been received of the stay by then, else
    by what was received first.
    """
    received = pl.col("received_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    versions = care.stay_versions.select("stay_id", "release_certainty", "received_at")
    told = (
        activated.join(stays.select("stay_id", "episode_id", "booked_on"), on="episode_id")
        .filter(pl.col("booked_on") <= pl.col("activated_on"))
        .sort("booked_on", "stay_id")
        .unique(["episode_id", "window_number"], keep="last", maintain_order=True)
        .join(versions, on="stay_id")
        .with_columns(is_then=received <= pl.col("activated_on"))
        .sort("received_at")
    )
    then = pl.col("release_certainty").filter("is_then").last()
    known = pl.coalesce(then, pl.col("release_certainty").first())
    return told.group_by("episode_id", "window_number").agg(was_unknown=known == "unknown")


def _with_conditions(
    heads: pl.DataFrame, stays: pl.DataFrame, care: Care, as_of: date
) -> pl.DataFrame:
    whose = stays.select("stay_id", "episode_id")
    flags = (
        heads.select("episode_id", youth_facility=pl.col("facility_type") == "youth_correctional")
        .join(_same_manager(care, whose, as_of), on="episode_id", how="left")
        .join(_ordered(care, whose), on="episode_id", how="left")
        .join(_behavioral(care, whose), on="episode_id", how="left")
        .with_columns(
            *(pl.col(name).fill_null(False) for name in ("youth_facility", "same_manager")),
            *(
                pl.col(name).fill_null(True)
                for name in ("no_release_medication", "no_equipment_order", "no_behavioral_need")
            ),
        )
    )
    named = [pl.when(name).then(pl.lit(name)) for name in _CONDITIONS]
    conditions = pl.concat_list(named).list.drop_nulls()
    return heads.join(
        flags.select("episode_id", conditions=conditions), on="episode_id", maintain_order="left"
    ).join(_declined(care, heads, whose, as_of), on="episode_id", how="left", maintain_order="left")


def _same_manager(care: Care, whose: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Whether the newest manager of either phase is one person, by staff id or NPI."""
    newest = (
        care.care_managers.filter(pl.col("assigned_on") <= as_of)
        .join(whose, on="stay_id")
        .sort("assigned_on", "stay_id")
        .unique(["episode_id", "phase"], keep="last", maintain_order=True)
        .select("episode_id", "phase", "manager_staff_id", "manager_npi")
    )
    before, after = (newest.filter(phase=phase) for phase in ("pre_release", "post_release"))
    both = before.join(after, on="episode_id", suffix="_after")
    same = [pl.col(name) == pl.col(f"{name}_after") for name in ("manager_staff_id", "manager_npi")]
    return both.select("episode_id", same_manager=pl.any_horizontal(same).fill_null(False))


def _ordered(care: Care, whose: pl.DataFrame) -> pl.DataFrame:
    """What is to go along at release: orders that were not stopped."""
    kind = pl.col("order_type")
    goes_on = (kind == "medication") & pl.col("continue_at_release")
    standing = care.orders.filter(pl.col("order_status") != "stopped").join(whose, on="stay_id")
    return standing.group_by("episode_id").agg(
        no_release_medication=~goes_on.any(), no_equipment_order=~(kind == "dme").any()
    )


def _behavioral(care: Care, whose: pl.DataFrame) -> pl.DataFrame:
    named = pl.col("qualifying_conditions").list.eval(pl.element().is_in(_BEHAVIORAL)).list.any()
    found = care.screenings.filter(named.fill_null(False)).join(whose, on="stay_id")
    return found.select("episode_id", no_behavioral_need=pl.lit(False)).unique()


def _declined(care: Care, heads: pl.DataFrame, whose: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """episode_id, declined_on: the last refusal, unless a consent was given on a later day."""
    words = care.care_milestones.select("stay_id", "milestone", "occurred_on").filter(
        pl.col("milestone").is_in(["declined", "consent_signed"]), pl.col("occurred_on") <= as_of
    )
    told = words.join(whose, on="stay_id")
    refused = (
        told.filter(milestone="declined")
        .group_by("episode_id")
        .agg(declined_on=pl.col("occurred_on").max())
    )
    signed = told.filter(milestone="consent_signed").select("episode_id", "occurred_on")
    granted = (
        with_survivor(care.consents.filter(pl.col("granted_on") <= as_of), care.people)
        .join(heads.select("episode_id", "person_id"), on="person_id")
        .select("episode_id", occurred_on="granted_on")
    )
    consented = (
        pl.concat([signed, granted])
        .group_by("episode_id")
        .agg(consented_on=pl.col("occurred_on").max())
    )
    later = (pl.col("consented_on") > pl.col("declined_on")).fill_null(False)
    return refused.join(consented, on="episode_id", how="left").filter(~later).drop("consented_on")
