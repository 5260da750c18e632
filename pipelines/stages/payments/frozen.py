"""Frozen: the services of submitted lines, from the content that claims were frozen with."""

import polars as pl

from contracts.fields import MONEY, QUANTITY

# Of frozen content only what payments are compared with; the rest is not decoded.
_LINE = pl.Struct(
    {
        "line_ordinal": pl.String(),
        "procedure_code": pl.String(),
        "modifiers": pl.List(pl.String()),
        "charge_amount": pl.String(),
        "units": pl.String(),
        "service_from": pl.String(),
    }
)
_CLAIM = pl.Struct(
    {
        "subscriber_cin": pl.String(),
        "delay_reason_code": pl.String(),
        "lines": pl.List(_LINE),
    }
)


def services(contents: pl.DataFrame) -> pl.DataFrame:
    """From patient_control_number and content: a row a line, with line_ordinal, cin,
    delay_reason_code, procedure_code, modifiers, units, charge_amount and service_date.
    """
    claims = contents.select(
        "patient_control_number", claim=pl.col("content").str.json_decode(_CLAIM)
    ).unnest("claim")
    lines = claims.explode("lines").drop_nulls("lines").unnest("lines")
    return lines.select(
        "patient_control_number",
        pl.col("line_ordinal").cast(pl.Int64),
        "delay_reason_code",
        "procedure_code",
        pl.col("modifiers").fill_null([]),
        pl.col("units").cast(QUANTITY),
        pl.col("charge_amount").cast(MONEY),
        cin=pl.col("subscriber_cin"),
        service_date=pl.col("service_from").str.to_date("%Y%m%d"),
    )
