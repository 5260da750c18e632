"""Draw: numbers that look random and are the same on any machine, as Polars integer expressions.

A draw is a pure function of (agency, seed, stream, index): SplitMix64 over a counter, in wrapping
64-bit arithmetic. Nothing is consumed, so adding one draw never moves another.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

GOLDEN = 0x9E3779B97F4A7C15


def _word(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)


def _mixed(word: pl.Expr) -> pl.Expr:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014); a division stands for a shift."""
    word = (word ^ (word // _word(1 << 30))) * _word(0xBF58476D1CE4E5B9)
    word = (word ^ (word // _word(1 << 27))) * _word(0x94D049BB133111EB)
    return word ^ (word // _word(1 << 31))


@dataclass(frozen=True)
class Draws:
    """The draws of one agency and seed. An index is any column of non-negative integers."""

    agency: str
    seed: int

    def bits(self, stream: str, index: pl.Expr) -> pl.Expr:
        """64 bits for each index."""
        name = f"{self.agency}/{self.seed}/{stream}".encode()
        start = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")
        return _mixed(index.cast(pl.UInt64) * _word(GOLDEN) + _word(start))

    def below(self, stream: str, index: pl.Expr, limit: int | pl.Expr) -> pl.Expr:
        """0 to `limit` - 1; a limit under 1 counts as 1."""
        top = pl.lit(limit) if isinstance(limit, int) else limit
        modulus = pl.max_horizontal(top.cast(pl.Int64), pl.lit(1)).cast(pl.UInt64)
        return (self.bits(stream, index) // _word(1 << 11) % modulus).cast(pl.Int64)

    def chance(self, stream: str, index: pl.Expr, percent: int | pl.Expr) -> pl.Expr:
        """True with that many per cent."""
        return self.below(stream, index, 100) < percent

    def pick(self, stream: str, index: pl.Expr, values: Sequence[str]) -> pl.Expr:
        """One of the values; one that stands twice comes twice as often."""
        return pl.lit(pl.Series(values)).gather(self.below(stream, index, len(values)))
