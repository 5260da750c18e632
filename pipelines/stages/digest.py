"""Digests of rows: SHA-256 over some columns, and its short form for control numbers.

Only the hashing lives here; which columns make an identity is for the stage that owns it.
"""

from collections.abc import Sequence

import polars as pl

from contracts.arrow import ArrowFrame, in_memory

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # base 32 without I, L, O and U

_PAIRS = pl.Series([high + low for high in CROCKFORD for low in CROCKFORD])
_HEX_OF_20_BITS, _PAIR_VALUES = 5, 1024


def _prefixed(text: pl.Expr) -> pl.Expr:
    """The text after its length, so that no two rows of values read alike; a null is `-`."""
    length = text.str.len_bytes().cast(pl.String)
    return pl.concat_str(length, pl.lit(":"), text).fill_null("-")


def _told(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        column = column.cast(pl.List(pl.String)).list.eval(_prefixed(pl.element())).list.join("")
    return _prefixed(column.cast(pl.String))


def sha256_of_text(text: pl.Series) -> pl.Series:
    """SHA-256 of each text, 64 hex digits, in row order."""
    rows = ArrowFrame(text.alias("told").to_frame())  # noqa: F841 - named in the query
    with in_memory() as connection:
        digests = pl.DataFrame(connection.sql("select sha256(told) as digest from rows"))
    return digests.get_column("digest")


def sha256_hex(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """SHA-256 of each row's values in the order of `columns`, 64 hex digits, in row order.

    Values count by their text; text, numbers, dates, times, flags and lists of these are taken.
    Null differs from an empty text, and a value never runs into its neighbour.
    """
    told = frame.select(pl.concat_str(_told(name, frame.schema[name]) for name in columns))
    return sha256_of_text(told.to_series())


def base32_16(digests: pl.Series) -> pl.Series:
    """The first 80 bits of hexadecimal digests as 16 Crockford base-32 characters each."""
    words = [
        digests.str.slice(start, _HEX_OF_20_BITS).str.to_integer(base=16)
        for start in range(0, 20, _HEX_OF_20_BITS)
    ]
    pairs = [_PAIRS.gather(pair) for w in words for pair in (w // _PAIR_VALUES, w % _PAIR_VALUES)]
    texts = pl.DataFrame([pair.alias(str(n)) for n, pair in enumerate(pairs)])
    return texts.select(pl.concat_str(pl.all())).to_series().alias(digests.name)
