"""Splitting: a line of more units than the payer takes becomes several, its charge divided.

The parts carry the whole charge to the cent: each its exact share rounded down, the cents left
over going to the largest remainders. A drug's quantity is divided in the same way.
"""

import polars as pl

from contracts.amounts import decimal_of
from contracts.fields import MONEY, QUANTITY

_MILLI = 1000  # quantities have three decimals
_DIVIDED = {"charge_amount": MONEY, "ndc_quantity": QUANTITY}


def part_count(max_units: int | None) -> pl.Expr:
    """How many lines of a claim the column `units` needs."""
    if max_units is None:
        return pl.lit(1, pl.Int64)
    return pl.max_horizontal(-(-_thousandths() // (max_units * _MILLI)), pl.lit(1))


def split(lines: pl.DataFrame, max_units: int | None) -> pl.DataFrame:
    """One row for each part, `part` from 0, with its units, charge and quantity of the drug.

    `lines` needs `line_id`, `units`, `charge_amount`, `ndc_quantity`; order is kept.
    """
    counted = lines.with_columns(parts=part_count(max_units))
    parts = counted.with_columns(part=pl.int_ranges(pl.col("parts"))).explode("part")
    if max_units is None or parts.height == lines.height:
        return parts.drop("parts")
    weights = _weights(parts, max_units)
    return parts.with_columns(
        weights.select(decimal_of(pl.col("weight"), QUANTITY).alias("units")).to_series(),
        *(_shared(parts, weights, name, dtype) for name, dtype in _DIVIDED.items()),
    ).drop("parts")


def _weights(parts: pl.DataFrame, max_units: int) -> pl.DataFrame:
    """Units of each part and of its line, in thousandths."""
    most = max_units * _MILLI
    rest = _thousandths() - pl.col("part") * most
    return parts.select(
        weight=pl.min_horizontal(rest, pl.lit(most)),
        whole=_thousandths(),
    )


def _shared(parts: pl.DataFrame, weights: pl.DataFrame, name: str, dtype: pl.Decimal) -> pl.Series:
    """A column shared out over the parts of each line, in its smallest unit, to the last one."""
    scale = 10**dtype.scale
    held = parts.select("line_id", "parts", name, amount=(pl.col(name) * scale).cast(pl.Int64))
    share = pl.col("amount") * pl.col("weight")
    numbers = held.hstack(weights).with_columns(
        floor=share // pl.col("whole"), remainder=share % pl.col("whole")
    )
    left_over = (pl.col("amount") - pl.col("floor").sum()).over("line_id")
    place = pl.col("remainder").rank("ordinal", descending=True).over("line_id")
    given = decimal_of(pl.col("floor") + (place <= left_over), dtype)
    whole = pl.when(pl.col("parts") == 1).then(name).otherwise(given)
    return numbers.select(whole.alias(name)).to_series()


def _thousandths() -> pl.Expr:
    return (pl.col("units") * _MILLI).cast(pl.Int64)
