"""Matching: whose line a remittance pays, by which number, and what is only proposed."""

from dataclasses import replace
from typing import Any

import pytest
import remittances_drawn as drawn
from posted_lines import Sent, paid, sent, settled, text

OUT = sent("""
number | ordinal | cents | code  | modifiers | on         | cin
AAAA   | 1       | 10000 | 99213 | 95 U1     | 2026-10-15 | 90000001A
AAAA   | 2       | 5000  | J0571 |           | 2026-10-15 | 90000001A
AAAA   | 3       | 5000  | J0571 |           | 2026-10-15 | 90000001A
BBBB   | 1       | 10000 | 99213 |           | 2026-10-16 | 90000002E
""")


def line(cents: int, code: str = "HC:99213", on: str = "20261015", **more: Any) -> drawn.Line:
    return drawn.Line(cents, code=code, on=on, **more)


def told(out: Sent, *claims: drawn.Claim, **more: Any) -> list[tuple[Any, ...]]:
    rows = settled(out, text(*claims), **more).postings
    columns = ("patient_control_number", "line_ordinal", "matched_by", "state", "reason")
    return rows.sort("segment_ordinal", "part").select(columns).rows()


BY_LINE, BY_CLAIM, BY_PAYER = "line_control_number", "patient_control_number", "payer_claim_number"


def test_our_number_of_the_line_finds_it_whatever_the_claims_number_is() -> None:
    claim = drawn.Claim("SOMETHING", (line(10_000, number="BBBB1"),))
    assert told(OUT, claim) == [("BBBB", 1, BY_LINE, "posted", None)]


@pytest.mark.parametrize(
    "lines",
    [
        (line(10_000, "HC:99213:95:U1"), line(5_000, "HC:J0571"), line(5_000, "HC:J0571")),
        (line(5_000, "HC:J0571"), line(10_000, "HC:99213:U1:95"), line(5_000, "HC:J0571")),
        (line(10_000), line(5_000, "HC:J0571"), line(5_000, "HC:J0571")),
    ],
    ids=["as sent", "reordered", "modifiers dropped"],
)
def test_within_the_claim_lines_are_found_by_service(lines: tuple[drawn.Line, ...]) -> None:
    rows = told(OUT, drawn.Claim("AAAA", lines))
    assert sorted(row[1] for row in rows) == [1, 2, 3]
    assert {(row[0], *row[2:]) for row in rows} == {("AAAA", BY_CLAIM, "posted", None)}


def test_a_line_that_the_payer_splits_is_paid_by_its_parts() -> None:
    parts = (line(6_000), line(4_000), line(5_000, "HC:J0571"), line(5_000, "HC:J0571"))
    rows = told(OUT, drawn.Claim("AAAA", parts))
    assert [row[1] for row in rows] == [1, 1, 2, 3]
    assert {row[3] for row in rows} == {"posted"}


def test_another_procedure_is_paid_for_the_one_that_was_submitted() -> None:
    claim = drawn.Claim("BBBB", (line(10_000, "HC:99212", "20261016", submitted="HC:99213"),))
    assert told(OUT, claim) == [("BBBB", 1, BY_CLAIM, "posted", None)]


def test_a_claim_returned_without_its_number_is_found_by_the_payers() -> None:
    claim = drawn.Claim("0", (line(10_000, on="20261016"),), payer_number="ICN7")
    assert told(OUT, claim, numbers=[("BBBB", "ICN7")]) == [("BBBB", 1, BY_PAYER, "posted", None)]
    both = [("BBBB", "ICN7"), ("AAAA", "ICN7")]
    assert told(OUT, claim, numbers=both)[0][3:] == ("unmatched", "claim_unknown")


def test_a_claim_paid_without_lines_is_shared_out_over_ours_by_charge() -> None:
    claim = drawn.Claim("AAAA", cas=(("CO", "45", 5_001),), own_charge=20_000)
    made = settled(OUT, text(claim))
    shares = made.postings.select("line_ordinal", "charge_amount", "paid_amount").rows()
    assert [tuple(map(str, row)) for row in shares] == [
        ("1", "100.00", "74.99"), ("2", "50.00", "37.50"), ("3", "50.00", "37.50"),
    ]  # fmt: skip
    assert str(made.adjustments["amount"].sum()) == "50.01"


def test_a_claims_own_reasons_are_shared_out_over_its_lines() -> None:
    lines = (line(10_000, number="AAAA1"), line(5_000, number="AAAA2"))
    made = settled(OUT, text(drawn.Claim("AAAA", lines, cas=(("OA", "23", 100),))))
    assert [str(x) for x in made.postings["paid_amount"]] == ["99.33", "49.67"]
    assert [str(x) for x in made.postings["adjusted_amount"]] == ["0.67", "0.33"]


def test_what_finds_no_line_waits_with_its_best_candidates() -> None:
    unknown = drawn.Claim("ZZZZ", (line(10_000, on="20261016"),), member="90000002E95001")
    other = drawn.Claim("AAAA", (line(7_700),))
    rows = settled(OUT, text(unknown, other)).postings.sort("segment_ordinal")
    assert rows.select("state", "reason").rows() == [
        ("unmatched", "claim_unknown"), ("unmatched", "line_unknown"),
    ]  # fmt: skip
    assert rows["candidates"].to_list() == [["BBBB1 (person, date, code, charge)"], None]


def test_two_of_person_day_and_procedure_make_a_candidate_and_one_does_not() -> None:
    claims = [
        drawn.Claim("Y", (line(10_000, "HC:99213", "20261015"),), member="90000009X"),
        drawn.Claim("Z", (line(10_000, "HC:G0019", "20260101"),), member="90000001A"),
    ]
    rows = settled(OUT, text(*claims)).postings.sort("segment_ordinal")
    assert rows["candidates"].to_list() == [["AAAA1 (date, code, charge)"], None]


def test_a_set_about_others_is_foreign_and_proposes_nothing() -> None:
    claim = drawn.Claim("ZZZZ", (line(10_000),), member="90000001A", payer_number="ICN5")
    ours, theirs = (text(claim, payee=npi) for npi in ("1093817465", "1992739999"))
    assert settled(OUT, ours).postings["state"].to_list() == ["unmatched"]
    rows = settled(OUT, theirs).postings
    assert rows.select("state", "reason", "candidates").rows() == [("foreign", "foreign", None)]
    mixed = text(claim, paid("BBBB", 10_000, 8_000), payee="1992739999")
    assert settled(OUT, mixed).postings["state"].to_list() == ["unmatched", "posted"]


def test_a_recovery_is_joined_to_the_claim_that_it_takes_back() -> None:
    first = text(replace(paid("BBBB", 10_000, 8_000), payer_number="ICN7"))
    plb = (("WO", "ICN7", 3_000), ("72", "AAAA", 100), ("FB", "ICN7", -50), ("WO", "ICN0", 1))
    later = text(paid("AAAA", 10_000, 10_000), trace="T2", plb=plb)
    made = settled(OUT, first, later)
    columns = ("reason_code", "kind", "patient_control_number")
    assert made.provider_level.select(columns).rows() == [
        ("WO", "recovery", "BBBB"), ("72", "recovery", "AAAA"), ("FB", "balance", None),
        ("WO", "recovery", None),
    ]  # fmt: skip
    recovered = dict(made.accounts.select("patient_control_number", "recovered_amount").rows())
    assert str(recovered["BBBB"]) == "30.00"
