"""What X12 carries, and how names are brought there."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.x12.charset import DELIMITERS, carries, clean_text


def cleaned(text: str | None) -> str | None:
    return pl.select(clean_text(pl.lit(text, pl.String))).item()


def is_carried(text: str | None) -> bool:
    return pl.select(carries(pl.lit(text, pl.String))).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O\u2019Brien", "O'BRIEN"),
        ("Nuñez  García", "NUNEZ GARCIA"),
        ("Łukasz Strauß-Øst", "LUKASZ STRAUSS-OST"),
        ("\u201cApt\u201d 3\u20135", '"APT" 3-5'),
        ("Smith*Jones:Roe^Doe~", "SMITH JONES ROE DOE"),
        (" 1 Main\tSt \r\n Rear\u00a0", "1 MAIN ST REAR"),
        ("Ana\u200bMaria", "ANAMARIA"),
        ("10 ½ Elm", "10 1/2 ELM"),
        ("*~", None),
        ("  ", None),
        (None, None),
    ],
)
def test_names_are_brought_into_the_x12_set(text: str, expected: str | None) -> None:
    assert cleaned(text) == expected


def test_a_letter_of_another_script_is_left_for_a_person_to_decide() -> None:
    assert cleaned("王 Li") == "王 LI"
    assert not is_carried(cleaned("王 Li"))


@pytest.mark.parametrize("mark", DELIMITERS)
def test_a_delimiter_is_never_carried(mark: str) -> None:
    assert not is_carried(f"A{mark}B")


def test_absence_is_carried() -> None:
    assert is_carried(None)


@given(st.text(max_size=30))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


@given(st.text(max_size=30))
def test_no_letter_or_digit_is_lost(text: str) -> None:
    before = sum(unicodedata.category(one)[0] in "LN" for one in text)
    after = sum(unicodedata.category(one)[0] in "LN" for one in cleaned(text) or "")
    assert after >= before


@given(st.text(alphabet=st.characters(max_codepoint=0x7E), max_size=30))
def test_cleaned_ascii_is_always_carried(text: str) -> None:
    assert is_carried(cleaned(text))
