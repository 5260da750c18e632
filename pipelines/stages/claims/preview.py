"""Preview: what a batch would send, as the tables in which finance looks it through.

Content is read as it was frozen; no name, birth date or person's number is in any table. Not here:
the rules that claims break (`validation`), or how a table looks.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from contracts.fields import MONEY, QUANTITY

_TOTALS: Final = ("claims", "lines", "charge_amount")


def preview(frozen: pl.DataFrame, content: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """The sheets `Facilities`, `Procedures`, `Claims` and `Lines` of a batch.

    `frozen` has `position`, `claim_id`, `patient_control_number`, `frequency_code` and
    `charge_amount` of its claims, `content` their `CONTENT` in the same order. The charges of each
    sheet add up to the batch's.
    """
    lines = _lines(content)
    claims = _claims(frozen, content, lines)
    return {
        "Facilities": _by(claims, "facility_npi", "facility"),
        "Procedures": _procedures(lines),
        "Claims": claims,
        "Lines": lines.drop("claim_id"),
    }


def _day(name: str) -> pl.Expr:
    return pl.col(name).str.to_date("%Y%m%d")


def _lines(content: pl.DataFrame) -> pl.DataFrame:
    exploded = content.select("claim_id", "patient_control_number", line="lines").explode("line")
    line = exploded.unnest("line")
    return line.select(
        "claim_id",
        "patient_control_number",
        pl.col("line_ordinal").cast(pl.Int64).alias("line"),
        "procedure_code",
        pl.col("modifiers").list.join(" "),
        "revenue_code",
        _day("service_from"),
        _day("service_to"),
        "place_of_service",
        pl.col("units").cast(QUANTITY),
        pl.col("charge_amount").cast(MONEY),
    )


def _claims(frozen: pl.DataFrame, content: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    served = lines.group_by("claim_id").agg(
        pl.col("service_from").min(),
        pl.coalesce("service_to", "service_from").max().alias("service_to"),
        lines=pl.len().cast(pl.Int64),
    )
    told = content.select(
        facility_npi="service_facility_npi",
        facility="service_facility_name",
        diagnoses=pl.col("diagnosis_codes").list.join(" "),
        authorization_number="authorization_number",
        delay_reason_code="delay_reason_code",
        payer_claim_control_number="payer_claim_control_number",
    )
    joined = frozen.hstack(told).join(served, on="claim_id", maintain_order="left")
    ordered = ("position", "patient_control_number", "frequency_code", *told.columns)
    return joined.select(
        *ordered, "service_from", "service_to", "lines", "charge_amount", "claim_id"
    )


def _by(claims: pl.DataFrame, *keys: str) -> pl.DataFrame:
    summed = claims.group_by(keys).agg(
        pl.len().cast(pl.Int64).alias("claims"), pl.col("lines", "charge_amount").sum()
    )
    return summed.select(*keys, *_TOTALS).sort(keys, nulls_last=True)


def _procedures(lines: pl.DataFrame) -> pl.DataFrame:
    keys = ("procedure_code", "modifiers", "revenue_code")
    summed = lines.group_by(keys).agg(
        pl.len().cast(pl.Int64).alias("lines"), pl.col("units", "charge_amount").sum()
    )
    return summed.sort(keys, nulls_last=True)
