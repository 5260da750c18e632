"""Claims: what their digests cover: the content hash what facts say, the row hash the rest."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import NPIS, assembled, bound, content_of, line
from claim_specimens import claim, content, full_bill, full_claim

from pipelines.stages.claims.identity import LINE_NOT_FROM_FACTS, NOT_FROM_FACTS, content_hashes
from pipelines.x12.content import CODES, CONTENT, LINE

FULL = content_of(
    [
        line(
            encounter_id="E1",
            modifiers=["95"],
            supervising_npi=NPIS["np"],
            referring_npi=NPIS["lab"],
            ordering_npi=NPIS["np"],
        )
    ]
)


def hash_of(content: Any) -> Any:
    return content_hashes(pl.DataFrame([content], schema=CONTENT))[0]


def told(dtype: Any) -> Any:
    """A value of the type, in every corner of it."""
    if dtype == CODES:
        return ["Z"]
    if isinstance(dtype, pl.List):
        return [{name: told(part) for name, part in dtype.inner.to_schema().items()}]
    return "Z"


@pytest.mark.parametrize("name", [n for n in CONTENT if n != "lines"])
def test_the_content_hash_covers_what_facts_say_and_only_that(name: Any) -> None:
    changed = {**FULL, name: told(CONTENT[name])}
    assert (hash_of(changed) == hash_of(FULL)) == (name in NOT_FROM_FACTS)


@pytest.mark.parametrize("name", list(LINE))
def test_the_content_hash_covers_what_facts_say_of_a_line_and_only_that(name: Any) -> None:
    changed = {**FULL, "lines": [{**FULL["lines"][0], name: told(LINE[name])}]}
    assert (hash_of(changed) == hash_of(FULL)) == (name in LINE_NOT_FROM_FACTS)


def test_the_volatile_values_are_those_of_the_design() -> None:
    assert {"patient_control_number", "frequency_code", "delay_reason_code"} <= NOT_FROM_FACTS
    assert {"attachments", "claim_note", "payer_claim_control_number"} <= NOT_FROM_FACTS
    assert {"line_control_number"} <= LINE_NOT_FROM_FACTS


def test_the_content_hash_knows_the_order_of_diagnoses_and_of_lines() -> None:
    two = {**FULL, "diagnosis_codes": ["A01", "A02"]}
    assert hash_of(two) != hash_of({**two, "diagnosis_codes": ["A02", "A01"]})
    assert hash_of(two) != hash_of({**two, "diagnosis_codes": ["A01A02"]})
    one, other = FULL["lines"][0], {**FULL["lines"][0], "procedure_code": "90834"}
    assert hash_of({**FULL, "lines": [one, other]}) != hash_of({**FULL, "lines": [other, one]})


@pytest.mark.parametrize("name", ["other_payers", "occurrences", "values"])
def test_an_empty_list_says_no_more_than_none(name: Any) -> None:
    assert hash_of({**FULL, name: []}) == hash_of({**FULL, name: None})


def test_the_content_hash_is_the_same_in_every_version_of_the_program() -> None:
    """Another one would replace every claim that is out, though no fact has changed."""
    assert content_hashes(content(claim(), full_claim(), full_bill())).to_list() == [
        "23983c84e625d725988bf70a297b0e9de6b8837acdf6e960ecc9743ca8dc41b5",
        "8be4437ad94573411a51a1ba52622e0c6def5136c0b2fc8ee45c9f35ba402eda",
        "64b02cd53c5e22d949d6aa63ff77b7528d84128580a01292e7fc22410a281d64",
    ]


def test_the_id_of_a_claim_is_the_same_in_every_version_of_the_program() -> None:
    """The ledger and the payer know the claim by it."""
    claims, _ = assembled([line(encounter_id="E1")])
    assert claims["claim_id"].to_list() == ["ae8bb600740d5fec854e6012bd0363f9"]


CHANGED_FACTS = {
    "procedure_code": "90834",
    "modifiers": ["95"],
    "units": Decimal(2),
    "charge_amount": Decimal("100.01"),
    "service_date": date(2026, 4, 16),
    "service_end_date": date(2026, 4, 16),
    "diagnosis_codes": ["F11.20", "I10"],
    "place_of_service": "11",
    "rendering_npi": NPIS["np"],
    "supervising_npi": NPIS["np"],
    "referring_npi": NPIS["np"],
    "ordering_npi": NPIS["np"],
    "authorization_number": "12345678901",
    "ndc": "00002002202",
    "prescription_number": "RX1",
    "is_emergency": True,
    "procedure_description": "unlisted",
}


@pytest.mark.parametrize("name", CHANGED_FACTS)
def test_a_changed_fact_changes_the_content_hash_of_the_same_claim(name: Any) -> None:
    sent = bound(("E1", 1, "sent", 1))
    before, _ = assembled([line(encounter_id="E1")], bound=sent)
    after, _ = assembled([line(encounter_id="E1", **{name: CHANGED_FACTS[name]})], bound=sent)
    assert before["claim_id"].equals(after["claim_id"])
    assert not before["content_hash"].equals(after["content_hash"])


def test_the_row_hash_covers_what_the_content_hash_does_not() -> None:
    before, _ = assembled([line(encounter_id="E1")])
    late, _ = assembled([line(encounter_id="E1")], as_of=date(2026, 11, 1))  # expects 75 %
    assert before["content_hash"].equals(late["content_hash"])
    assert not before["claim_row_hash"].equals(late["claim_row_hash"])
