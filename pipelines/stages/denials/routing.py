"""Routing: a CARC with its RARCs to category, next step and owner. The map is data.

The first remark that makes a known pair decides, a curated pair before a proposed one; else the
CARC alone. What is not in the map is `unmapped` and a biller's; where several causes share a pair a
person chooses.
"""

from typing import Final

import polars as pl

UNMAPPED, SEVERAL, NO_DENIAL = "unmapped", "several", "no_denial"
_OWN: Final = ("category", "route", "clock", "next_step", "owner", "edit_ids", "standing")
_STEPS: Final = {
    UNMAPPED: "look up the codes, decide, and add the pair to carc_rarc_map",
}
_CURATED_FIRST: Final = ("curated", "proposed")


def routed(reasons: pl.DataFrame, routes: pl.DataFrame) -> pl.DataFrame:
    """Reasons (carc, rarcs) in their order, with rarc (the one that decided; null for the CARC
    alone), category, route, clock, next_step, owner, edit_ids and standing of the map.

    `routes`: code set `carc_rarc_map`.
    """
    numbered = reasons.with_row_index("reason")
    pairs = _first_pairs(numbered, routes.filter(pl.col("rarc").is_not_null()))
    alone = routes.filter(pl.col("rarc").is_null()).select(
        "carc", pl.col(_OWN).name.prefix("carc_")
    )
    met = numbered.join(pairs, on="reason", how="left").join(alone, on="carc", how="left")
    has_pair = pl.col("rarc").is_not_null()
    told = met.with_columns(
        pl.when(has_pair).then(name).otherwise(f"carc_{name}").alias(name) for name in _OWN
    )
    return _named(told).sort("reason").drop("reason", pl.selectors.starts_with("carc_"))


def _first_pairs(numbered: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Of each reason the pair that decides: curated ones first, then by order of the remarks."""
    remarks = numbered.select("reason", "carc", rarc="rarcs").explode("rarc", empty_as_null=True)
    placed = remarks.with_row_index("place")
    rank = pl.col("standing").cast(pl.Enum(_CURATED_FIRST)).to_physical()
    known = placed.join(pairs.select("carc", "rarc", *_OWN), on=["carc", "rarc"])
    return known.sort(rank, "place").unique("reason", keep="first").drop("carc", "place")


def _named(told: pl.DataFrame) -> pl.DataFrame:
    """With a category where the map has none, and its step."""
    known = pl.col("standing").is_not_null()
    is_posted = pl.col("route") == "post_adjustment"
    category = (
        pl.when(~known)
        .then(pl.lit(UNMAPPED))
        .when(pl.col("category").is_null() & is_posted)
        .then(pl.lit(NO_DENIAL))
        .when(pl.col("category").is_null())
        .then(pl.lit(SEVERAL))
        .otherwise("category")
    )
    return told.with_columns(
        category=category,
        next_step=pl.when(~known).then(pl.lit(_STEPS[UNMAPPED])).otherwise("next_step"),
        owner=pl.col("owner").fill_null("biller"),
        standing=pl.col("standing").fill_null(UNMAPPED),
    )


def coverage(routes: pl.DataFrame, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """How the pairs of the payer's crosswalk (`rad_carc_rarc`) are mapped: standing, pairs and RAD
    codes, one row a standing.
    """
    told = crosswalk.drop_nulls("carc").select("rad", "carc", "rarc").unique()
    marked = told.join(
        routes.select("carc", "rarc", "standing"), on=["carc", "rarc"], how="left", nulls_equal=True
    )
    return (
        marked.with_columns(pl.col("standing").fill_null(UNMAPPED))
        .group_by("standing")
        .agg(
            pairs=pl.struct("carc", "rarc").n_unique().cast(pl.Int64),
            rad_codes=pl.col("rad").n_unique().cast(pl.Int64),
        )
        .sort("standing")
    )
