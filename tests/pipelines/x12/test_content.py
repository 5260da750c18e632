"""Frozen content survives its JSON text."""

import json

from claim_specimens import claim, content, full_claim, line
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.x12.content import CONTENT, freeze, thaw


def test_what_was_frozen_is_thawed() -> None:
    claims = content(claim(), full_claim(), claim(lines=[line(), line(line_ordinal="2")]))
    assert_frame_equal(thaw(freeze(claims)), claims)


def test_frozen_text_is_plain_json_in_the_schemas_order() -> None:
    (text,) = freeze(content(full_claim()))
    assert json.loads(text) == full_claim()
    assert list(json.loads(text)) == CONTENT.names()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_any_text_survives(texts: list[str]) -> None:
    claims = content(*(claim(claim_note=text, diagnosis_codes=texts) for text in texts))
    assert_frame_equal(thaw(freeze(claims)), claims)
