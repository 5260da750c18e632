"""Post-release services: which service of the managed care plan each line is.

Belongs here: the reading of code and modifiers. Not here: who is a member, what is counted.
"""

import polars as pl

SEVERAL, UNKNOWN = "several services", "unknown"
OUTREACH = "U8"  # DHCS coding options: the modifier of ECM outreach, in any position


def classified(post_release_services: pl.DataFrame, ecm_cs_codes: pl.DataFrame) -> pl.DataFrame:
    """The lines with kind (ECM, CS or null), service and is_outreach.

    A code alone may stand for four services: the key is the code and the set of its modifiers, in
    any order (DHCS coding options). Modifiers that the list never uses do not count. `ecm_cs_codes`
    is that code set's table; a pair that the edition of the day does not hold is `unknown`.
    """
    listed = _listed(ecm_cs_codes)
    used = _telling(pl.col("modifiers"), ecm_cs_codes)
    lines = post_release_services.with_columns(modifier_set=_key(used))
    named = (
        lines.join(listed, on=["procedure_code", "modifier_set"])
        .filter(
            pl.col("edition_from") <= pl.col("service_date"),
            (pl.col("edition_to") >= pl.col("service_date")).fill_null(True),
        )
        .group_by("service_id")
        .agg(
            kind=pl.col("kind").first(),
            service=pl.when(pl.col("service").n_unique() > 1)
            .then(pl.lit(SEVERAL))
            .otherwise(pl.col("service").first()),
        )
    )
    return (
        lines.join(named, on="service_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("service").fill_null(UNKNOWN), is_outreach=used.list.contains(OUTREACH)
        )
        .drop("modifier_set")
    )


def telling_set(modifiers: pl.Expr, ecm_cs_codes: pl.DataFrame) -> pl.Expr:
    """The modifiers that tell a service from another, as one text, whatever their order."""
    return _key(_telling(modifiers, ecm_cs_codes))


def _telling(modifiers: pl.Expr, codes: pl.DataFrame) -> pl.Expr:
    listed = pl.concat([codes["mod1"], codes["mod2"]]).drop_nulls().unique()
    return modifiers.fill_null([]).list.set_intersection(listed.to_list())


def _listed(codes: pl.DataFrame) -> pl.DataFrame:
    modifiers = pl.concat_list("mod1", "mod2").list.drop_nulls()
    return codes.with_columns(modifier_set=_key(modifiers)).select(
        "procedure_code", "modifier_set", "kind", "service", "edition_from", "edition_to"
    )


def _key(modifiers: pl.Expr) -> pl.Expr:
    return modifiers.list.unique().list.sort().list.join(" ")
