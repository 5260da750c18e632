"""Identifiers of the invented county: well-formed, and issued to nobody as far as can be helped.

Expressions only. Rules for reading received identifiers are the stages' business.
"""

import polars as pl

CIN_LETTERS = "ACDEFGHMNTUVWXYZ"
DOUBTFUL_LETTERS = "IS"

# Every NPI issued so far begins with 1, so an invented one that begins with 2 is nobody's.
NPI_BLOCK = 200_000_000


def _digit(number: pl.Expr, place: int) -> pl.Expr:
    """The digit at a power of ten."""
    return number // pl.lit(10**place) % 10


def npi(number: pl.Expr) -> pl.Expr:
    """NPI from a number below 100,000,000: nine digits and the Luhn digit over 80840 + NPI."""
    nine = number + NPI_BLOCK
    doubled = [_digit(nine, place) * 2 for place in (0, 2, 4, 6, 8)]
    summed = [d // 10 + d % 10 for d in doubled] + [_digit(nine, place) for place in (1, 3, 5, 7)]
    # 24 is what the prefix 80840 adds to the sum.
    return (nine * 10 + (10 - (pl.sum_horizontal(summed) + 24) % 10) % 10).cast(pl.String)


def cin(number: pl.Expr, letter: pl.Expr) -> pl.Expr:
    """Client index number: 9, seven digits, a letter."""
    return pl.format("9{}{}", (number % 10**7).cast(pl.String).str.zfill(7), letter)


def benefits_id_digit(number: pl.Expr) -> pl.Expr:
    """The tenth character of the benefits card's number for `cin(number, ...)`.

    Odd places count as they are, even ones as 10 less the digit (0 stays 0), the letter 0.
    """
    seven = number % 10**7
    even = [(10 - _digit(seven, place)) % 10 for place in (6, 4, 2, 0)]
    odd = [_digit(seven, place) for place in (5, 3, 1)]
    return (pl.sum_horizontal(*even, *odd) + 9) % 10


def scattered(number: pl.Expr, within: int) -> pl.Expr:
    """A permutation of 0 to `within` - 1, a power of ten."""
    return (number * (7 * 11 * 7919) + 1_234_577) % within


def serial(prefix: str, number: pl.Expr, width: int) -> pl.Expr:
    """`prefix` and the number with leading zeros."""
    return pl.format(prefix + "{}", number.cast(pl.String).str.zfill(width))


def on(days: pl.Expr, hour: pl.Expr) -> pl.Expr:
    """The instant at a full hour of a Los Angeles day."""
    local = days.cast(pl.Datetime("us")) + pl.duration(hours=hour)
    return local.dt.replace_time_zone("America/Los_Angeles")
