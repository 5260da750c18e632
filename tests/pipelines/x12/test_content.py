"""Frozen content survives its JSON text."""

import json
from typing import Any

import polars as pl
import pytest
from claim_specimens import claim, content, full_claim, line, numbered_claims
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.x12.content import CONTENT, freeze, thaw


def present(told: Any) -> Any:
    """What is told, without what is absent."""
    if isinstance(told, dict):
        return {name: present(value) for name, value in told.items() if value is not None}
    return [present(one) for one in told] if isinstance(told, list) else told


def test_what_was_frozen_is_thawed() -> None:
    claims = content(claim(), full_claim(), claim(lines=[line(), line(line_ordinal="2")]))
    assert_frame_equal(thaw(freeze(claims)), claims)


def test_frozen_text_is_plain_json_in_the_schemas_order() -> None:
    (text,) = freeze(content(full_claim()))
    told = present(full_claim())
    assert json.loads(text) == told
    assert list(json.loads(text)) == [name for name in CONTENT.names() if name in told]


@pytest.mark.parametrize("count", [0, 1, 400, 1001], ids="{} claims".format)
def test_many_are_thawed_in_their_order(count: int) -> None:
    claims = numbered_claims(count) if count else pl.DataFrame(schema=CONTENT)
    assert_frame_equal(thaw(freeze(claims)), claims)


def test_text_of_every_value_absent_too_is_thawed() -> None:
    """As it was frozen before absent values were left out, and before later columns came."""
    whole = json.dumps(full_claim())
    assert_frame_equal(thaw(pl.Series([whole])), content(full_claim()))
    older = {name: value for name, value in full_claim().items() if name != "condition_codes"}
    assert_frame_equal(thaw(pl.Series([json.dumps(older)])), content(full_claim()))


def test_a_value_that_reads_like_an_absent_key_survives() -> None:
    texts = ['"a":null,', '","claim_note":null,"b":"', ',"a":null}', 'a":null}', '\\"a":null,']
    claims = content(*(claim(claim_note=text, diagnosis_codes=[text]) for text in texts))
    assert_frame_equal(thaw(freeze(claims)), claims)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_any_text_survives(texts: list[str]) -> None:
    claims = content(*(claim(claim_note=text, diagnosis_codes=texts) for text in texts))
    assert_frame_equal(thaw(freeze(claims)), claims)
