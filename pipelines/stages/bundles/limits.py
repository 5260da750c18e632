"""Limits that reach beyond an episode: by lifetime and by any thirty days, the ledger's history
included.

Within an episode and a window, occasions are counted where they arise (occasions).
"""

from typing import Final

import polars as pl

from pipelines.stages.bundles.anchors import ANCHOR
from pipelines.stages.bundles.occasions import SCOPE_DAYS
from pipelines.stages.bundles.settling import numbered

REACHED: Final = "limit_reached"


def limited(chosen: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Complete occasions beyond the limit of their person become exempt: `limit_reached`.

    `chosen` has stay_id and ordinal; of `billed` those count that are not among them, on their
    service_date, where the person and bundle are the same. A completion counts against later ones
    whether or not it is paid itself; of one day the smaller ordinal and stay go first.
    """
    scoped = chosen.filter(
        pl.col("state") == "complete", pl.col("limit_scope").is_in(["lifetime", "days_30"])
    )
    ours = scoped.select(*ANCHOR, "person_id", on="service_date", is_ours=True).drop_nulls("on")
    others = billed.join(chosen, on=ANCHOR, how="anti").select(
        *ANCHOR, "person_id", on="service_date", is_ours=pl.lit(False)
    )
    ordered = (
        pl.concat([others, ours])
        .sort("person_id", "bundle_id", "on", "is_ours", "ordinal", "stay_id")
        .with_columns(place=numbered("person_id", "bundle_id"))
    )
    beyond = _beyond(ordered, scoped)
    is_beyond = pl.struct(ANCHOR).is_in(beyond.select(pl.struct(ANCHOR)).to_series().implode())
    return chosen.with_columns(
        state=pl.when(is_beyond).then(pl.lit("exempt")).otherwise("state"),
        reasons=pl.when(is_beyond).then(pl.lit([REACHED])).otherwise("reasons"),
    )


def _beyond(ordered: pl.DataFrame, scoped: pl.DataFrame) -> pl.DataFrame:
    """Ours before which as many lie as the limit has: ever, or within thirty days."""
    whose = ["person_id", "bundle_id"]
    earlier = ordered.select(*whose, earlier="place", earlier_on="on")
    since = pl.col("on") - pl.duration(days=SCOPE_DAYS - 1)
    ours = ordered.filter("is_ours").join(
        scoped.select(*ANCHOR, "limit_count", "limit_scope"), on=ANCHOR
    )
    return (
        ours.join(earlier, on=whose)
        .filter(
            pl.col("earlier") < pl.col("place"),
            (pl.col("limit_scope") == "lifetime") | (pl.col("earlier_on") >= since),
        )
        .group_by(*ANCHOR, "limit_count")
        .len()
        .filter(pl.col("len") >= pl.col("limit_count"))
    )
