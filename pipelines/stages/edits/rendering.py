"""Who gave the service and who asked for it: what is known of these providers on the service date.

One provider may stand under several staff ids; what holds for one of them holds for the NPI.
"""

import polars as pl

from pipelines.stages.identifiers import npi_is_valid

REFERRERS = ("referring_npi", "ordering_npi")


def rendering_verdicts(
    lines: pl.DataFrame, providers: pl.DataFrame, provider_enrollments: pl.DataFrame
) -> pl.DataFrame:
    """New columns only, in the lines' order: `npi_is_sound`, `is_rendering_known`,
    `rendering_is_person`, `rendering_is_enrolled`.

    `lines` has rendering_npi, service_date and `program` (null where policy does not name one).
    """
    keys = lines.select("service_date", "program", npi="rendering_npi")
    who = _providers_by_npi(keys, providers)
    enrolled = _enrolled(keys, providers, provider_enrollments)
    return (
        keys.join(who, on="npi", how="left", maintain_order="left")
        .join(enrolled, on=keys.columns, how="left", maintain_order="left")
        .select(
            "npi_is_sound",
            is_rendering_known=pl.col("is_person").is_not_null(),
            rendering_is_person="is_person",
            rendering_is_enrolled=pl.col("is_enrolled").fill_null(False),
        )
    )


def referrer_verdicts(
    lines: pl.DataFrame, providers: pl.DataFrame, provider_enrollments: pl.DataFrame
) -> pl.DataFrame:
    """New columns only: whether any referring or ordering provider `is_unsound`, `is_unknown`,
    `is_no_person`, `is_not_enrolled`, each named `referrer_...`; false where none is named.
    """
    numbered = lines.with_row_index("line")
    named = pl.concat(
        numbered.filter(pl.col(name).is_not_null()).select(
            "line", "service_date", "program", npi=name
        )
        for name in REFERRERS
    )
    keys = named.drop("line").unique()
    is_known = pl.col("is_person").is_not_null()
    verdicts = (
        named.join(_providers_by_npi(keys, providers), on="npi")
        .join(_enrolled(keys, providers, provider_enrollments), on=keys.columns, how="left")
        .group_by("line")
        .agg(
            referrer_is_unsound=(~pl.col("npi_is_sound")).any(),
            referrer_is_unknown=(pl.col("npi_is_sound") & ~is_known).any(),
            referrer_is_no_person=(~pl.col("is_person")).any(),
            referrer_is_not_enrolled=(is_known & pl.col("is_enrolled").is_null()).any(),
        )
    )
    index = numbered.select("line")
    found = index.join(verdicts, on="line", how="left", maintain_order="left").drop("line")
    return found.fill_null(False)


def credential_verdicts(
    lines: pl.DataFrame, allowed_credentials: pl.Series, providers: pl.DataFrame
) -> pl.DataFrame:
    """New column only, `credential_is_allowed`: null where the procedure takes any credential, or
    the rendering provider's is not known.
    """
    keys = lines.select("rendering_npi", allowed_credentials)
    held = (
        providers.filter(pl.col("npi").is_not_null(), pl.col("credential").is_not_null())
        .group_by(rendering_npi="npi")
        .agg(pl.col("credential").unique())
    )
    allowed = pl.col("allowed_credentials").str.split("|")
    common = allowed.list.set_intersection("credential").list.len() > 0
    verdicts = (
        keys.filter(pl.col("allowed_credentials").is_not_null())
        .unique()
        .join(held, on="rendering_npi")
        .select(*keys.columns, credential_is_allowed=common)
    )
    joined = keys.join(verdicts, on=keys.columns, how="left", maintain_order="left")
    return joined.select("credential_is_allowed")


def _providers_by_npi(keys: pl.DataFrame, providers: pl.DataFrame) -> pl.DataFrame:
    """One row for each NPI that occurs: npi_is_sound, and is_person, null for an unknown one."""
    is_person = pl.col("entity_type").eq("person").any().alias("is_person")
    known = providers.filter(pl.col("npi").is_not_null()).group_by("npi").agg(is_person)
    npis = keys.select("npi").unique()
    return npis.with_columns(npi_is_sound=npi_is_valid(pl.col("npi"))).join(
        known, on="npi", how="left"
    )


def _enrolled(
    keys: pl.DataFrame, providers: pl.DataFrame, provider_enrollments: pl.DataFrame
) -> pl.DataFrame:
    """The (day, programme, NPI) that a span of enrollment covers."""
    spans = provider_enrollments.join(providers.select("staff_id", "npi"), on="staff_id").select(
        "npi", "program", "enrolled_from", "enrolled_to"
    )
    day = pl.col("service_date")
    covers = (pl.col("enrolled_from") <= day) & (pl.col("enrolled_to") >= day).fill_null(True)
    return (
        keys.unique()
        .join(spans, on=["npi", "program"])
        .filter(covers)
        .select(keys.columns)
        .unique()
        .with_columns(is_enrolled=True)
    )
