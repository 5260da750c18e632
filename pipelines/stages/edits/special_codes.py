"""Lines whose code and modifiers say that they are no single pre-release service.

Post-release services (ECM, Community Supports) are told by the code and its set of modifiers, at
the line; care-management bundles, and what they are made of, by the county's list.
"""

from collections.abc import Mapping

import polars as pl

NO_KIND = "none"
MODIFIERS_OF_KIND = ("mod1", "mod2")
CASE_MANAGEMENT = "case_management"  # the category that is paid in bundles
_SERVICE = "service:"


def special_codes(lines: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """New columns only: `post_release_kind` (ECM, CS, none), `is_bundle_code` and `is_bundle_part`
    (case management, or a code, that a bundle is made of); null where the set is empty.
    """
    bundles = codes["care_bundles"]
    told = lines.select(
        "procedure_code", "modifiers", "service_date", "service_category"
    ).with_row_index("line")
    kinds = _post_release(told, codes["ecm_cs_codes"])
    no_kind = pl.lit(NO_KIND if codes["ecm_cs_codes"].height else None, pl.String)
    found = {"is_bundle_code": _bundled(told, bundles), "is_bundle_part": _parts(told, bundles)}
    flags = {name: pl.col("line").is_in(lines.implode()) for name, lines in found.items()}
    unset = dict.fromkeys(found, pl.lit(None, pl.Boolean))
    return (
        told.select("line")
        .join(kinds, on="line", how="left", maintain_order="left")
        .select(
            pl.col("post_release_kind").fill_null(no_kind),
            **(flags if bundles.height else unset),
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


def _bundled(told: pl.DataFrame, care_bundles: pl.DataFrame) -> pl.Series:
    """Lines that carry the code and all modifiers of a bundle in force on their day."""
    bundles = care_bundles.filter(pl.col("procedure_code").is_not_null())
    own = pl.col("modifiers").fill_null([])
    lacking = pl.col("modifiers_of_bundle").fill_null([]).list.set_difference(own)
    return (
        told.join(bundles, on="procedure_code", suffix="_of_bundle")
        .filter(_in_force(), lacking.list.len() == 0)["line"]
        .unique()
    )


def _parts(told: pl.DataFrame, care_bundles: pl.DataFrame) -> pl.Series:
    """Lines of case management, or of a code, that prove an element by a rule of their day."""
    words = care_bundles.explode("evidence").filter(pl.col("evidence").str.starts_with(_SERVICE))
    named = words.with_columns(pl.col("evidence").str.strip_prefix(_SERVICE)).select(
        "valid_from", "valid_to", "edition_from", "edition_to", word="evidence"
    )
    managed = told.filter(service_category=CASE_MANAGEMENT)
    of_category = managed.join(named, left_on="service_category", right_on="word")
    of_code = told.join(named, left_on="procedure_code", right_on="word")
    return pl.concat(found.filter(_in_force())["line"] for found in (of_category, of_code)).unique()


def _in_force() -> pl.Expr:
    day = pl.col("service_date")
    return pl.all_horizontal(
        [pl.col(name).le(day).fill_null(True) for name in ("valid_from", "edition_from")]
        + [pl.col(name).ge(day).fill_null(True) for name in ("valid_to", "edition_to")]
    )
