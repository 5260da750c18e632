"""Numbers of members and providers, checked as the payer checks them."""

import re

# 9, seven digits, a letter; alone, with the check digit, or with that and the date of issue.
_CIN = re.compile(r"9\d{7}[A-Z](\d(\d{4})?)?")
_NPI = re.compile(r"\d{10}")
_NPI_PREFIX = "80840"
_CHECK_AT = 9


def is_sound(number: str) -> bool:
    """Whether it can be a CIN or a card's number; a check digit must be right."""
    return bool(_CIN.fullmatch(number)) and (
        len(number) == _CHECK_AT or int(number[_CHECK_AT]) == _check_digit(number)
    )


def _check_digit(number: str) -> int:
    """Odd places as they are, even places as the complement to ten; the letter counts 0."""
    odd = sum(int(number[place]) for place in (0, 2, 4, 6))
    even = sum(-int(number[place]) % 10 for place in (1, 3, 5, 7))
    return (odd + even) % 10


def is_npi(number: str) -> bool:
    """Ten digits that pass the Luhn check behind the issuer's prefix."""
    if not _NPI.fullmatch(number):
        return False
    digits = [int(one) for one in _NPI_PREFIX + number]
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
