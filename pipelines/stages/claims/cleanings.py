"""Cleanings: which values of the feeds X12 cannot carry as they are, and by which rule each is
brought into its characters. The values themselves never leave the feeds.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from contracts.feeds import FEEDS
from pipelines.x12.charset import carries, clean_text, cleanings

_PLACE: Final = ("address_line", "city", "state")
_PERSON: Final = ("first_name", "middle_name")
CLEANED: Final = MappingProxyType(
    {
        "people": ("last_name", *_PERSON, "name_suffix", *_PLACE),
        "providers": ("last_name_or_organization", *_PERSON, "suffix"),
        "facilities": ("name", *_PLACE),
        "billing_providers": (
            *("organization_name", *_PLACE, "contact_name", "pay_to_address_line", "pay_to_city"),
            "pay_to_state",
        ),
        "other_coverage": (
            *("payer_id", "payer_name", "group_number", "policy_number", "subscriber_last_name"),
            "subscriber_first_name",
        ),
        "other_payer_payments": ("payer_id",),
        "attachments": ("attachment_control_number",),
        "institutional_claims": ("admission_type", "admission_source", "patient_status"),
        "encounters": ("procedure_description", "prescription_number", "authorization_number"),
    }
)
"""The text columns that claims clean, by feed; of institutional claims' codes the plain ones."""

CLEANING: Final = pl.Schema(
    {
        "feed": pl.String(),
        "key": pl.String(),
        "column": pl.String(),
        "rules": pl.List(pl.String()),
        "is_carried": pl.Boolean(),
    }
)
"""`key`: the row's key, parts by `/`; `is_carried`: false where a letter is left that X12 does not
carry, so that the claim is held."""


def text_cleanings(facts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A `CLEANING` row for each value of the current `facts` that is cleaned or not carried, in
    order of feed, key and column. Letter case and outer blanks count for nothing: all names have
    them.
    """
    found = [rows for feed, columns in CLEANED.items() for rows in _of(feed, columns, facts[feed])]
    return pl.concat([CLEANING.to_frame(), *found]).sort("feed", "key", "column")


def _of(feed: str, columns: tuple[str, ...], rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    keys = [pl.col(name).cast(pl.String) for name in FEEDS[feed].key]
    for column in columns:
        text = pl.col(column)
        told = rows.lazy().filter(text.is_not_null()).select(
            pl.lit(feed).alias("feed"),
            pl.concat_str(keys, separator="/").alias("key"),
            pl.lit(column).alias("column"),
            cleanings(text).alias("rules"),
            carries(clean_text(text)).alias("is_carried"),
        )  # fmt: skip
        yield told.filter((pl.col("rules").list.len() > 0) | ~pl.col("is_carried")).collect()
