"""Lines whose code and modifiers say that they are no single pre-release service.

Post-release services (ECM, Community Supports) are told by the code and its set of modifiers, at
the line; care-management bundles by the code and modifiers of the county's list.
"""

from collections.abc import Mapping

import polars as pl

NO_KIND = "none"
MODIFIERS_OF_KIND = ("mod1", "mod2")


def special_codes(lines: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """New columns only: `post_release_kind` (ECM, CS, none) and `is_bundle_code`; null where the
    set is empty.
    """
    bundles = codes["care_bundles"].filter(pl.col("procedure_code").is_not_null())
    told = lines.select("procedure_code", "modifiers", "service_date").with_row_index("line")
    kinds = _post_release(told, codes["ecm_cs_codes"])
    bundled = _bundled(told, bundles)
    no_kind = pl.lit(NO_KIND if codes["ecm_cs_codes"].height else None, pl.String)
    is_bundle = pl.col("line").is_in(bundled.implode())
    return (
        told.select("line")
        .join(kinds, on="line", how="left", maintain_order="left")
        .select(
            pl.col("post_release_kind").fill_null(no_kind),
            is_bundle_code=is_bundle if bundles.height else pl.lit(None, pl.Boolean),
        )
    )


def _post_release(told: pl.DataFrame, ecm_cs_codes: pl.DataFrame) -> pl.DataFrame:
    """(line, post_release_kind) of the lines that carry all modifiers of such a service."""
    listed = ecm_cs_codes.filter(pl.col("mod1").is_not_null()).select(
        "procedure_code", *MODIFIERS_OF_KIND, post_release_kind="kind"
    )
    carries = [
        pl.col("modifiers").list.contains(pl.col(name)) | pl.col(name).is_null()
        for name in MODIFIERS_OF_KIND
    ]
    return (
        told.join(listed, on="procedure_code")
        .filter(pl.all_horizontal(carries))
        .group_by("line")
        .agg(pl.col("post_release_kind").min())
    )


def _bundled(told: pl.DataFrame, bundles: pl.DataFrame) -> pl.Series:
    """Lines that carry the code and all modifiers of a bundle in force on their day."""
    day = pl.col("service_date")
    in_force = [
        *(pl.col(name).le(day).fill_null(True) for name in ("valid_from", "edition_from")),
        *(pl.col(name).ge(day).fill_null(True) for name in ("valid_to", "edition_to")),
    ]
    own = pl.col("modifiers").fill_null([])
    lacking = pl.col("modifiers_of_bundle").fill_null([]).list.set_difference(own)
    return (
        told.join(bundles, on="procedure_code", suffix="_of_bundle")
        .filter(*in_force, lacking.list.len() == 0)["line"]
        .unique()
    )
