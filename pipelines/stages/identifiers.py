"""Identifiers: the form and check digits of Medi-Cal and provider numbers, as Polars expressions.

Belongs here: what a number must look like (domain facts of DHCS and CMS, all published).
Not here: whether the number is known to anyone, and what to say when it is malformed.
"""

from functools import reduce
from operator import add
from typing import Final

import polars as pl

# DHCS: 9, seven digits, one letter; a BIC id adds a check digit, then the issue date YJJJ.
_DAY_OF_YEAR: Final = "(00[1-9]|0[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"
_CIN: Final = "9[0-9]{7}[ACDEFGHIMNSTUVWXYZ]"
CIN_PATTERN: Final = f"^{_CIN}([0-9]([0-9]{_DAY_OF_YEAR})?)?$"
CIN_LENGTH: Final = 9
_SSN_PATTERN: Final = "^[0-9]{3}-?[0-9]{2}-?[0-9]{4}$"

# What the constant prefix 80840 adds to the Luhn sum of an NPI (CMS, NPI check digit).
_NPI_PREFIX_SUM: Final = 24
_NPI_PATTERN: Final = "^[0-9]{10}$"


def cin_of(number: pl.Expr) -> pl.Expr:
    """The CIN within a CIN or BIC id: its first nine characters."""
    return number.str.slice(0, CIN_LENGTH)


def cin_form(number: pl.Expr) -> pl.Expr:
    """Whether text has the form of a CIN (9 characters) or a BIC id (10 or 14)."""
    return number.str.contains(CIN_PATTERN)


def ssn_form(number: pl.Expr) -> pl.Expr:
    """Whether text has the form of a social security number, with or without hyphens."""
    return number.str.contains(_SSN_PATTERN)


def cin_letter_is_doubtful(number: pl.Expr) -> pl.Expr:
    """Whether the CIN ends in I or S: admitted, yet often a misread digit."""
    return number.str.slice(CIN_LENGTH - 1, 1).is_in(["I", "S"])


def cin_check_digit(number: pl.Expr) -> pl.Expr:
    """The tenth character that a CIN calls for, 0-9 (DHCS); null where its digits are not digits.

    Digits at odd positions count as they are, those at even ones as 10 less themselves; the
    letter counts 0.
    """
    odd = (_digit(number, place) for place in (0, 2, 4, 6))
    even = ((10 - _digit(number, place)) % 10 for place in (1, 3, 5, 7))
    return reduce(add, (*odd, *even)) % 10


def cin_check_digit_holds(number: pl.Expr) -> pl.Expr:
    """Whether a BIC id's tenth character is the one its CIN calls for; true of a bare CIN."""
    return (number.str.len_chars() == CIN_LENGTH) | (
        _digit(number, CIN_LENGTH) == cin_check_digit(number)
    )


def npi_is_valid(number: pl.Expr) -> pl.Expr:
    """Whether text is ten digits whose Luhn sum with the prefix 80840 ends in 0 (CMS)."""
    doubled = (_digit(number, place) * 2 for place in range(0, 10, 2))
    plain = (_digit(number, place) for place in range(1, 10, 2))
    total = reduce(add, (*(d // 10 + d % 10 for d in doubled), *plain)) + _NPI_PREFIX_SUM
    return number.str.contains(_NPI_PATTERN) & (total % 10 == 0)


def _digit(number: pl.Expr, place: int) -> pl.Expr:
    return number.str.slice(place, 1).cast(pl.Int32, strict=False)
