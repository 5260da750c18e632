"""Draws: SplitMix64 by another hand, ranges, and independence of streams."""

import hashlib

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.demo.draw import Draws

INDEX = pl.col("n")
KNOWN = [9983953333007688242, 9815855758353902290]


def drawn(expression: pl.Expr, numbers: list[int]) -> list[int]:
    return pl.DataFrame({"n": numbers}).select(expression).to_series().to_list()


def splitmix(word: int) -> int:
    """The published finalizer over Python's unbounded integers."""
    mask = (1 << 64) - 1
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & mask
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
    return word ^ (word >> 31)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=20), st.integers(0, 2**31))
def test_bits_are_splitmix64_over_the_index(numbers: list[int], seed: int) -> None:
    start = int.from_bytes(hashlib.blake2b(f"demo/{seed}/s".encode(), digest_size=8).digest())
    expected = [splitmix((start + n * 0x9E3779B97F4A7C15) % 2**64) for n in numbers]
    assert drawn(Draws("demo", seed).bits("s", INDEX), numbers) == expected


def test_known_bits_stay_what_they_are() -> None:
    """Written down once: a change of these is a change of every county ever generated."""
    assert drawn(Draws("demo", 7).bits("release", INDEX), [0, 1]) == KNOWN


def test_below_fills_its_range_evenly_and_takes_a_limit_for_each_row() -> None:
    many = list(range(6000))
    counts = [drawn(Draws("demo", 1).below("s", INDEX, 6), many).count(n) for n in range(6)]
    assert min(counts) > 900
    assert max(counts) < 1100
    assert set(drawn(Draws("demo", 1).below("s", INDEX, INDEX), [0, 1, 1])) == {0}


def test_agency_seed_and_stream_each_change_the_draw() -> None:
    draws = [
        drawn(Draws(agency, seed).bits(stream, INDEX), [5])[0]
        for agency, seed, stream in (("a", 1, "s"), ("b", 1, "s"), ("a", 2, "s"), ("a", 1, "t"))
    ]
    assert len(set(draws)) == 4
