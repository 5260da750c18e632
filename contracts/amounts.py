"""Amounts: decimals from the whole cents or thousandths in which sums and shares are reckoned."""

import polars as pl


def decimal_of(whole: pl.Expr, dtype: pl.Decimal) -> pl.Expr:
    """Whole numbers of a decimal type's smallest unit (cents, thousandths) as that type."""
    exact = pl.Decimal(38, dtype.scale)
    return (whole.cast(exact) / int(10**dtype.scale)).cast(dtype)
