"""Parties: billing and other providers and places, each as X12 names it.

Names and addresses are cleaned into X12's characters; what cannot be is left for the holds to see.
"""

import polars as pl

from pipelines.stages.claims.subscribers import digits
from pipelines.x12.charset import clean_text

_ENTITIES = {"person": "1", "organization": "2"}  # NM102
_NAMES = ("last_name_or_organization", "first_name", "middle_name", "suffix")
_PLACE = ("address_line", "city", "state", "zip")


def billing(billing_providers: pl.DataFrame) -> pl.DataFrame:
    """`billing_npi` and the billing and pay-to columns of claim content."""
    return billing_providers.select(
        "billing_npi",
        pl.col("taxonomy_code").alias("billing_taxonomy_code"),
        clean_text(pl.col("organization_name")).alias("billing_name"),
        *_address("", "billing"),
        digits(pl.col("tax_id")).alias("billing_tax_id"),
        clean_text(pl.col("contact_name")).alias("billing_contact_name"),
        digits(pl.col("contact_phone")).alias("billing_contact_phone"),
        *_address("pay_to_", "pay_to"),
    )


def in_role(providers: pl.DataFrame, role: str) -> pl.DataFrame:
    """`<role>_npi` and the provider's columns of that role, one row for each NPI."""
    named = providers.filter(pl.col("npi").is_not_null()).sort("staff_id")
    texts = [clean_text(pl.col(name)).alias(f"{role}_{name}") for name in _NAMES]
    return named.unique("npi", keep="first", maintain_order=True).select(
        pl.col("npi").alias(f"{role}_npi"),
        pl.col("entity_type").replace_strict(_ENTITIES).alias(f"{role}_entity_code"),
        *texts,
        pl.col("taxonomy_code").alias(f"{role}_taxonomy_code"),
    )


def service_facilities(sites: pl.DataFrame, facilities: pl.DataFrame) -> pl.DataFrame:
    """Where the service was given, for each of `sites` (the columns of `SITE`).

    The place that the encounter names, else the facility; none of a service after release. Empty
    where it is the billing provider at its own address: 2310C is sent only where it differs (TR3
    005010X222A1).
    """
    places = facilities.select(
        "facility_id",
        "npi",
        clean_text(pl.col("name")).alias("service_facility_name"),
        *_address("", "service_facility"),
    )
    named = places.drop("facility_id").unique("npi", keep="first", maintain_order=True)
    elsewhere = sites.filter(pl.col("service_location_npi").is_not_null()).join(
        named.rename({"npi": "service_location_npi"}), on="service_location_npi", how="left"
    )
    here = sites.filter(pl.col("service_location_npi").is_null()).join(
        places, on="facility_id", how="left"
    )
    located = pl.concat([here, elsewhere], how="diagonal").with_columns(
        service_facility_npi=pl.coalesce("service_location_npi", "npi")
    )
    return located.select(*SITE, *_unless_billing())


SITE = (
    *("facility_id", "service_location_npi", "billing_npi"),
    *(f"billing_{part}" for part in _PLACE),
)


def _unless_billing() -> list[pl.Expr]:
    same_npi = pl.col("service_facility_npi") == pl.col("billing_npi")
    same_place = [pl.col(f"service_facility_{p}") == pl.col(f"billing_{p}") for p in _PLACE]
    is_billing = pl.all_horizontal(same_npi, *same_place).fill_null(False)
    columns = [f"service_facility_{part}" for part in ("npi", "name", *_PLACE)]
    return [pl.when(~is_billing).then(name).alias(name) for name in columns]


def _address(source: str, prefix: str) -> list[pl.Expr]:
    texts = [clean_text(pl.col(f"{source}{part}")).alias(f"{prefix}_{part}") for part in _PLACE[:3]]
    return [*texts, digits(pl.col(f"{source}zip")).alias(f"{prefix}_zip")]
