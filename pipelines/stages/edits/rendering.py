"""Who gave the service: what is known of the rendering provider on the service date.

One provider may stand under several staff ids; what holds for one of them holds for the NPI.
"""

import polars as pl

from pipelines.stages.identifiers import npi_is_valid


def rendering_verdicts(
    lines: pl.DataFrame, providers: pl.DataFrame, provider_enrollments: pl.DataFrame
) -> pl.DataFrame:
    """New columns only, in the lines' order: `npi_is_sound`, `is_rendering_known`,
    `rendering_is_person`, `rendering_is_enrolled`.

    `lines` has rendering_npi, service_date and `program` (null where policy does not name one).
    """
    keys = lines.select("rendering_npi", "service_date", "program")
    who = _providers_by_npi(keys, providers)
    enrolled = _enrolled(keys, providers, provider_enrollments)
    return (
        keys.join(who, on="rendering_npi", how="left", maintain_order="left")
        .join(enrolled, on=keys.columns, how="left", maintain_order="left")
        .select(
            "npi_is_sound",
            pl.col("rendering_is_person").is_not_null().alias("is_rendering_known"),
            "rendering_is_person",
            pl.col("rendering_is_enrolled").fill_null(False),
        )
    )


def _providers_by_npi(keys: pl.DataFrame, providers: pl.DataFrame) -> pl.DataFrame:
    """One row for each rendering NPI that occurs; `rendering_is_person` null for an unknown one."""
    is_person = pl.col("entity_type").eq("person").any().alias("rendering_is_person")
    known = providers.filter(pl.col("npi").is_not_null()).group_by("npi").agg(is_person)
    npis = keys.select("rendering_npi").unique()
    return npis.with_columns(npi_is_sound=npi_is_valid(pl.col("rendering_npi"))).join(
        known, left_on="rendering_npi", right_on="npi", how="left"
    )


def _enrolled(
    keys: pl.DataFrame, providers: pl.DataFrame, provider_enrollments: pl.DataFrame
) -> pl.DataFrame:
    """The (NPI, day, programme) that a span of enrollment covers."""
    spans = provider_enrollments.join(providers.select("staff_id", "npi"), on="staff_id").select(
        pl.col("npi").alias("rendering_npi"), "program", "enrolled_from", "enrolled_to"
    )
    day = pl.col("service_date")
    covers = (pl.col("enrolled_from") <= day) & (pl.col("enrolled_to") >= day).fill_null(True)
    return (
        keys.unique()
        .join(spans, on=["rendering_npi", "program"])
        .filter(covers)
        .select(keys.columns)
        .unique()
        .with_columns(rendering_is_enrolled=True)
    )
