"""Spans of codes (`code_from` to `code_to`) spread to one row a code.

Knows no sets and no files.
"""

import polars as pl

NUMBER = r"(\d+)$"
STEM = r"\d+$"
FIRST = pl.col("code_from")
LAST = pl.col("code_to").fill_null(FIRST)


def not_a_span() -> pl.Expr:
    """Rows whose two ends differ in letters or length, or fall: `J0575` to `J0571`."""
    same_length = FIRST.str.len_chars().eq(LAST.str.len_chars())
    same_stem = FIRST.str.replace(STEM, "").eq(LAST.str.replace(STEM, ""))
    return FIRST.ne(LAST) & ~(same_length & same_stem & FIRST.lt(LAST))


def spread(frame: pl.DataFrame, into: str) -> pl.DataFrame:
    """One row for each code, named in `into`; the other columns are repeated, the ends dropped.

    A blank `code_to` means the single code `code_from`.
    """
    is_single = FIRST.eq(LAST)
    singles = frame.filter(is_single).with_columns(FIRST.alias(into))
    spans = frame.filter(~is_single).with_columns(_numbers().alias("_number")).explode("_number")
    named = spans.with_columns(_code().alias(into)).drop("_number")
    return pl.concat([singles, named]).select(into, pl.exclude(into, "code_from", "code_to"))


def _numbers() -> pl.Expr:
    first, last = (end.str.extract(NUMBER).cast(pl.Int64) for end in (FIRST, LAST))
    return pl.int_ranges(first, last + 1)


def _code() -> pl.Expr:
    width = FIRST.str.extract(NUMBER).str.len_chars()
    number = pl.col("_number").cast(pl.String).str.zfill(width)
    return FIRST.str.replace(STEM, "") + number
