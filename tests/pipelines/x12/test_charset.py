"""What X12 carries, and how names are brought there."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.x12.charset import CLEANINGS, DELIMITERS, carries, clean_text, cleanings


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


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("  Ana  Maria ", []),
        ("O\u2019Brien", ["letters_folded"]),
        ("\u0141ukasz", ["letters_folded"]),
        ("Nu\u00f1ez", ["accents_removed"]),
        ("10 \u00bd Elm", ["letters_folded", "signs_spelled_out"]),
        ("Ana\u200bMaria", ["invisible_marks_removed"]),
        ("Smith*Jones~", ["delimiters_blanked"]),
        ("1 Main\tSt", ["controls_blanked"]),
        ("\u01ff", ["letters_folded", "accents_removed"]),
        ("a\uff1ab", ["signs_spelled_out", "delimiters_blanked"]),
        (
            "\u201c\u00c9:\u200b\ufb01\n",
            [
                "letters_folded", "signs_spelled_out", "accents_removed",
                "invisible_marks_removed", "delimiters_blanked", "controls_blanked",
            ],
        ),
        (None, []),
    ],
)  # fmt: skip
def test_each_cleaning_is_told_by_its_rule(text: str | None, rules: list[str]) -> None:
    assert pl.select(cleanings(pl.lit(text, pl.String))).item().to_list() == rules
    assert set(rules) <= set(CLEANINGS)


@given(st.text())
def test_what_no_rule_meets_changes_in_case_and_blanks_alone(text: str) -> None:
    met = pl.select(cleanings(pl.lit(text))).item().to_list()
    if not met and is_carried(cleaned(text)):
        assert (cleaned(text) or "") == " ".join(text.split()).upper()
