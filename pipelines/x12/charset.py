"""The characters X12 text may carry, and the named rules that bring names and addresses into them.

Here: what can be written, and how a value is cleaned before it is frozen on a claim.
Not here: what a column means, or who is told when a value cannot be carried.
"""

from types import MappingProxyType
from typing import Final

import polars as pl

ELEMENT: Final = "*"
COMPONENT: Final = ":"
REPETITION: Final = "^"
TERMINATOR: Final = "~"
DELIMITERS: Final = ELEMENT + COMPONENT + REPETITION + TERMINATOR

# ASC X12 basic and extended sets (TR3 appendix B.1.1.2.2-4) less the delimiters we write with.
NOT_CARRIED: Final = r"""[^A-Za-z0-9 !"&'()+,\-./;?=%@\[\]_{}\\|<>#$`]"""

# Letters and marks that no Unicode decomposition leads back to ASCII.
_FOLDS: Final = MappingProxyType(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2044": "/",
        **dict.fromkeys("ßẞ", "SS"),
        **dict.fromkeys("æÆ", "AE"),
        **dict.fromkeys("œŒ", "OE"),
        **dict.fromkeys("þÞ", "TH"),
        **dict.fromkeys("đĐðÐ", "D"),
        **dict.fromkeys("øØ", "O"),
        **dict.fromkeys("łŁ", "L"),
        **dict.fromkeys("ħĦ", "H"),
        "\u0131": "I",
    }
)


def _met(text: pl.Expr) -> dict[str, pl.Expr]:
    """Where each rule of `clean_text` changes more than letter case and blanks."""
    split, plain = _decomposed(text), _plain(text)
    unfolded = text.str.replace_many(_FOLDS).str.normalize("NFKD")
    return {
        "letters_folded": text.str.contains_any(list(_FOLDS))
        | unfolded.str.contains_any(list(_FOLDS)),
        "signs_spelled_out": text.str.normalize("NFKC") != text.str.normalize("NFC"),
        "accents_removed": split.str.contains(r"\p{Mn}"),
        "invisible_marks_removed": split.str.contains(r"\p{Cf}"),
        "delimiters_blanked": plain.str.contains(r"[*:^~]"),
        "controls_blanked": plain.str.contains(r"\p{Cc}"),
    }


def _decomposed(text: pl.Expr) -> pl.Expr:
    """Letters and signs in their parts; those that Unicode keeps whole folded before and after."""
    return text.str.replace_many(_FOLDS).str.normalize("NFKD").str.replace_many(_FOLDS)


def _plain(text: pl.Expr) -> pl.Expr:
    return _decomposed(text).str.replace_all(r"[\p{Mn}\p{Cf}]", "")


CLEANINGS: Final = tuple(_met(pl.col("")))


def cleanings(text: pl.Expr) -> pl.Expr:
    """The names of `CLEANINGS` that `clean_text` applies to `text`, in their order: a list, empty
    where nothing but letter case and blanks changes.
    """
    named = (pl.when(is_met).then(pl.lit(rule)) for rule, is_met in _met(text).items())
    return pl.concat_list(named).list.drop_nulls()


def clean_text(text: pl.Expr) -> pl.Expr:
    """Bring `text` into the X12 set without losing a letter; blank text becomes null.

    Rules in order: quotes, dashes and undecomposable letters fold to ASCII; accents (by NFKD) and
    invisible marks go; each run of delimiters, blanks and line breaks becomes one blank; the ends
    are trimmed; letters become capitals, which every payer's reader takes. A letter of another
    script is left as it is, so that `carries` is false and a person decides.
    """
    spaced = _plain(text).str.replace_all(r"[*:^~\s\p{Cc}]+", " ")
    trimmed = spaced.str.strip_chars(" ").str.to_uppercase()
    return pl.when(trimmed != "").then(trimmed)


def carries(text: pl.Expr, *, absent: bool = True) -> pl.Expr:
    """True where `text` can be written between delimiters as it is; `absent` where it is null."""
    return (~text.str.contains(NOT_CARRIED)).fill_null(absent)
