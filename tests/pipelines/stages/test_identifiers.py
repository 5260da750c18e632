"""Forms and check digits of CIN, BIC id and NPI."""

from collections.abc import Callable

import polars as pl
import pytest

from pipelines.stages.identifiers import (
    cin_check_digit,
    cin_check_digit_holds,
    cin_form,
    cin_letter_is_doubtful,
    cin_of,
    npi_is_valid,
)


def judged(rule: Callable[[pl.Expr], pl.Expr], text: str | None) -> object:
    return (
        pl.DataFrame({"text": [text]}, schema={"text": pl.String})
        .select(rule(pl.col("text")))
        .item()
    )


@pytest.mark.parametrize(
    ("text", "is_well_formed"),
    [
        ("90000000A", True),
        ("90000000A9", True),
        ("90000000A95001", True),
        ("90000000A95366", True),
        ("90000000A95000", False),  # day 000 of the year
        ("90000000A95367", False),
        ("90000000A950", False),  # neither 9, 10 nor 14 characters
        ("80000000A", False),
        ("90000000B", False),  # B is no letter of a CIN
        ("9000000A0", False),
        ("90000000a", False),
        ("90000000A\n", False),
        ("123456789", False),
        ("", False),
        (None, None),
    ],
)
def test_cin_form(text: str | None, is_well_formed: object) -> None:
    assert judged(cin_form, text) is is_well_formed


@pytest.mark.parametrize(
    ("cin", "digit"), [("90000000A", 9), ("91234567A", 5), ("9000000XA", None), (None, None)]
)
def test_cin_check_digit(cin: str | None, digit: int | None) -> None:
    assert judged(cin_check_digit, cin) == digit


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("90000000A", True),
        ("90000000A9", True),
        ("90000000A95001", True),
        ("90000000A8", False),
        ("91234567A55001", True),
        ("91234567A95001", False),
        (None, None),
    ],
)
def test_cin_check_digit_holds(text: str | None, holds: object) -> None:
    assert judged(cin_check_digit_holds, text) is holds


def test_letters_i_and_s_are_doubtful() -> None:
    letters = [judged(cin_letter_is_doubtful, f"9000000{n}{x}") for n, x in enumerate("ISAZ")]
    assert letters == [True, True, False, False]


def test_the_cin_of_a_bic_id_is_its_first_nine_characters() -> None:
    assert judged(cin_of, "90000000A95001") == "90000000A"


@pytest.mark.parametrize(
    ("npi", "is_valid"),
    [
        ("1234567893", True),  # the example of the NPI standard
        ("1234567890", False),
        ("1234567983", False),  # two digits exchanged
        ("123456789", False),
        ("12345678931", False),
        ("123456789X", False),
        (None, None),
    ],
)
def test_npi_is_valid(npi: str | None, is_valid: object) -> None:
    assert judged(npi_is_valid, npi) is is_valid
