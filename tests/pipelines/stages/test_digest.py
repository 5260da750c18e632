import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.stages.digest import CROCKFORD, base32_16, sha256_hex


def written_out(values: Iterable[str | None]) -> str:
    """The digest as anybody can compute it: each value after its length, a null as a dash."""
    told = "".join("-" if v is None else f"{len(v.encode())}:{v}" for v in values)
    return hashlib.sha256(told.encode()).hexdigest()


def base32_of(hexadecimal: str) -> str:
    number = int(hexadecimal[:20], 16)
    return "".join(CROCKFORD[(number >> (75 - 5 * place)) & 31] for place in range(16))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.none() | st.text(max_size=4)] * 2), min_size=1, max_size=5))
def test_rows_digest_as_written_out_by_hand(rows: list[tuple[str | None, ...]]) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    assert sha256_hex(frame, ["a", "b"]).to_list() == [written_out(row) for row in rows]


def test_values_never_run_into_their_neighbours() -> None:
    rows = [("ab", "c"), ("a", "bc"), ("abc", ""), ("abc", None), (None, "abc"), ("", "abc")]
    frame = pl.DataFrame(rows, schema=["a", "b"], orient="row")
    assert sha256_hex(frame, ["a", "b"]).n_unique() == len(rows)


def test_lists_differ_by_their_elements() -> None:
    lists = [["a", "b"], ["ab"], ["b", "a"], [], None, [None], [""], ["1:a"]]
    frame = pl.DataFrame({"list": lists}, schema={"list": pl.List(pl.String)})
    assert sha256_hex(frame, ["list"]).n_unique() == len(lists)


@pytest.mark.parametrize(
    ("value", "text"),
    [(date(2026, 4, 1), "2026-04-01"), (Decimal("120.50"), "120.50"), (7, "7"), (True, "true")],
)
def test_values_count_by_their_text(value: Any, text: str) -> None:
    assert sha256_hex(pl.DataFrame({"a": [value]}), ["a"]).item() == written_out([text])


def test_the_order_of_rows_is_kept_over_many_batches() -> None:
    frame = pl.DataFrame({"n": range(300_000)})
    digests = sha256_hex(frame, ["n"])
    assert len(digests) == 300_000
    for row in (0, 1, 122_880, 299_999):
        assert digests[row] == written_out([str(row)])


def test_an_empty_frame_gives_no_digests() -> None:
    digests = sha256_hex(pl.DataFrame(schema={"a": pl.String}), ["a"])
    assert digests.len() == 0
    assert base32_16(digests).len() == 0


@given(st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, max_size=20))
def test_base_32_is_the_first_80_bits(digests: list[str]) -> None:
    assert base32_16(pl.Series("pcn", digests)).to_list() == [base32_of(h) for h in digests]
