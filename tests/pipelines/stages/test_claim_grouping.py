"""Claims: which lines share one, which stay in it once it was sent, how a line is split."""

from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any

import polars as pl
from claim_county import (
    FACILITY,
    NPIS,
    PERSON,
    agency,
    assembled,
    bound,
    content_of,
    drawn_lines,
    feed,
    line,
    policy,
    reasons_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.stages.claims.splitting import split
from pipelines.x12.content import thaw


def groups(lines: Any, **changes: Any) -> Any:
    """Encounters of each claim, in the order of lines; claims in the order of their first."""
    _, claim_lines = assembled(lines, **changes)
    made = claim_lines.group_by("claim_id", maintain_order=True).agg("encounter_id")
    return sorted(" ".join(dict.fromkeys(ids)) for ids in made["encounter_id"])


def many(count: Any, **values: Any) -> Any:
    return [line(encounter_id=f"E{n:03d}", **values) for n in range(count)]


# --- grouping ------------------------------------------------------------------------------------


def test_lines_share_a_claim_when_they_share_what_a_claim_says_once() -> None:
    lines = drawn_lines("""
    encounter | person | day | by | pos | auth        | ordered
    E1        | P1     | 15  | dr | 09  |             |
    E2        | P1     | 15  | dr | 09  |             |
    E3        | P2     | 15  | dr | 09  |             |
    E4        | P1     | 16  | dr | 09  |             |
    E5        | P1     | 15  | np | 09  |             |
    E6        | P1     | 15  | dr | 11  |             |
    E7        | P1     | 15  | dr | 09  | 12345678901 |
    E8        | P1     | 15  | dr | 09  |             | np
    E9        | P1     | 15  | dr | 09  |             | np
    """)
    assert groups(lines) == ["E1 E2", "E3", "E4", "E5", "E6", "E7", "E8 E9"]


def test_persons_merged_into_one_share_a_claim() -> None:
    merged = {**PERSON, "person_id": "P0", "cin": "91234567A", "merged_into": "P1"}
    lines = drawn_lines("encounter | person\nE1 | P0\nE2 | P1")
    claims, _ = assembled(lines, people=feed("people", PERSON, merged))
    assert claims["person_id"].to_list() == ["P1"]
    assert thaw(claims["content"])["subscriber_cin"].to_list() == ["90000000A"]


def test_only_clean_lines_of_professional_facilities_make_claims() -> None:
    other = {**FACILITY, "facility_id": "HOSP", "claim_form": "institutional"}
    facilities = feed("facilities", FACILITY, other)
    lines = drawn_lines("""
    encounter | verdict  | facility
    E1        | clean    | MAIN
    E2        | held     | MAIN
    E3        | rejected | MAIN
    E4        | clean    | HOSP
    E5        | held     | HOSP
    """)
    assert groups(lines, facilities=facilities) == ["E1"]


def test_the_order_of_rows_changes_nothing() -> None:
    lines = drawn_lines("encounter | dx\nE1 | F11.20\nE2 | I10\nE3 | F20.0")
    backwards = [{"row_number": 3 - n, **row} for n, row in enumerate(reversed(lines))]
    forwards = [{"row_number": 1 + n, **row} for n, row in enumerate(lines)]
    for ours, theirs in zip(assembled(forwards), assembled(backwards), strict=True):
        assert ours.equals(theirs)


def test_a_claims_id_follows_from_agency_and_lines_and_not_from_what_they_say() -> None:
    one = assembled([line(encounter_id="E1")])[0]["claim_id"][0]
    assert assembled([line(encounter_id="E1", charge_amount=Decimal(5))])[0]["claim_id"][0] == one
    assert assembled([line(encounter_id="E2")])[0]["claim_id"][0] != one
    assert assembled([line(encounter_id="E1")], agency=agency(id="la"))[0]["claim_id"][0] != one
    two_lines = [line(encounter_id="E1"), line(encounter_id="E2")]
    assert assembled(two_lines)[0]["claim_id"][0] != one


def test_after_twelve_diagnoses_a_new_claim_begins() -> None:
    lines = drawn_lines("""
    encounter | dx
    E1        | A01 A02 A03 A04 A05 A06
    E2        | A05 A06 A07 A08 A09 A10
    E3        | A11 A12
    E4        | A01 A13
    E5        | A13 A01
    """)
    assert groups(lines) == ["E1 E2 E3", "E4 E5"]


def test_after_fifty_lines_a_new_claim_begins_and_parts_of_a_line_stay_together() -> None:
    sizes = [len(group.split()) for group in groups(many(120))]
    assert sorted(sizes) == [20, 50, 50]
    late = [*many(49), line(encounter_id="E999", units=Decimal(150))]
    assert [len(group.split()) for group in groups(late)] == [49, 1]


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 30), min_size=1, max_size=12, unique=True), st.integers(1, 400)
        ),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=15, deadline=None)
def test_claims_are_cut_as_by_filling_one_after_the_other(drawn: Any) -> None:
    lines = [
        line(
            encounter_id=f"E{n:03d}",
            diagnosis_codes=[f"A{code:02d}" for code in codes],
            units=Decimal(units),
        )
        for n, (codes, units) in enumerate(drawn)
    ]
    expected, codes_so_far, parts_so_far = [[]], set(), 0
    for row in lines:
        parts = -(-int(row["units"]) // 99)
        codes = codes_so_far | set(row["diagnosis_codes"])
        if expected[-1] and (len(codes) > 12 or parts_so_far + parts > 50):
            expected.append([])
            codes, parts_so_far = set(row["diagnosis_codes"]), 0
        expected[-1].append(row["encounter_id"])
        codes_so_far, parts_so_far = codes, parts_so_far + parts
    assert groups(lines) == sorted(" ".join(ids) for ids in expected)


# --- stickiness ----------------------------------------------------------------------------------


def test_a_line_once_submitted_stays_in_its_claim_and_later_lines_form_a_new_one() -> None:
    lines = drawn_lines("encounter\nE1\nE2\nE3\nE4")
    sent = bound(("E2", 1, "sent", 2), ("E3", 1, "sent", 1))
    claims, claim_lines = assembled(lines, bound=sent)
    assert groups(lines, bound=sent) == ["E1 E4", "E3 E2"]
    in_sent = claim_lines.filter(pl.col("claim_id") == "sent")
    assert in_sent.select("encounter_id", "line_ordinal").rows() == [("E3", 1), ("E2", 2)]
    assert claims.height == 2


def test_a_submitted_claim_that_lost_a_line_keeps_its_id() -> None:
    lines = drawn_lines("encounter | verdict\nE1 | rejected\nE2 | clean")
    claims, claim_lines = assembled(lines, bound=bound(("E1", 1, "sent", 1), ("E2", 1, "sent", 2)))
    assert claims["claim_id"].to_list() == ["sent"]
    assert claim_lines["line_ordinal"].to_list() == [1]


def test_lines_bound_together_that_no_longer_agree_hold_their_claim() -> None:
    lines = drawn_lines("encounter | by\nE1 | dr\nE2 | np")
    sent = bound(("E1", 1, "sent", 1), ("E2", 1, "sent", 2))
    assert reasons_of(lines, bound=sent) == ["lines_disagree"]
    assert content_of(lines, bound=sent)["rendering_npi"] == NPIS["dr"]  # of the first line
    assert reasons_of(drawn_lines("encounter | by\nE1 | np\nE2 | np"), bound=sent) == []


# --- splitting -----------------------------------------------------------------------------------


def test_a_line_over_the_most_units_is_split_and_its_charge_divided() -> None:
    lines = drawn_lines("encounter | units | charge\nE1 | 1 | 5.00\nE2 | 250 | 100.01")
    _, claim_lines = assembled(lines)
    told = claim_lines.select("line_ordinal", "encounter_id", "units", "charge_amount").rows()
    assert [(n, e, str(u), str(c)) for n, e, u, c in told] == [
        (1, "E1", "1.000", "5.00"),
        (2, "E2", "99.000", "39.61"),  # 39.60396: the largest remainder takes the cent
        (3, "E2", "99.000", "39.60"),
        (4, "E2", "52.000", "20.80"),
    ]
    pointers = [one["diagnosis_pointers"] for one in content_of(lines)["lines"]]
    assert pointers == [["1"]] * 4


def test_the_cents_left_over_go_to_the_largest_remainders_and_not_to_the_largest_parts() -> None:
    _, claim_lines = assembled(drawn_lines("encounter | units | charge\nE1 | 250 | 0.03"))
    # Of 99, 99 and 52 units: 1.188, 1.188 and 0.624 cents.
    assert claim_lines["charge_amount"].to_list() == [Decimal("0.01")] * 3


THOUSANDTHS = st.integers(1, 2_000_000).map(lambda n: Decimal(n).scaleb(-3))
CENTS = st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2))


@given(st.lists(st.tuples(THOUSANDTHS, CENTS), min_size=1, max_size=8), st.integers(1, 99))
@settings(max_examples=40, deadline=None)
def test_parts_carry_units_charge_and_drug_quantity_to_the_last_one(lines: Any, most: Any) -> None:
    frame = pl.DataFrame(
        {
            "line_id": range(len(lines)),
            "units": [units for units, _ in lines],
            "charge_amount": [charge for _, charge in lines],
            "ndc_quantity": [units for units, _ in lines],
        },
        schema_overrides={
            "units": pl.Decimal(15, 3),
            "charge_amount": pl.Decimal(12, 2),
            "ndc_quantity": pl.Decimal(15, 3),
        },
    )
    for line_id, (units, charge) in enumerate(lines):
        parts = split(frame, most).filter(pl.col("line_id") == line_id).rows(named=True)
        assert sum(part["units"] for part in parts) == units
        assert sum(part["charge_amount"] for part in parts) == charge
        assert sum(part["ndc_quantity"] for part in parts) == units
        assert len(parts) == ceil(units / most)
        for part in parts:
            assert 0 < part["units"] <= most
            assert abs(part["charge_amount"] - charge * part["units"] / units) < Decimal("0.01")
        for before, after in pairwise(parts):
            assert before["charge_amount"] >= after["charge_amount"]


def test_without_a_limit_of_units_nothing_is_split_and_everything_waits() -> None:
    lines = [line(encounter_id="E1", units=Decimal(250))]
    claims, claim_lines = assembled(lines, policy=policy(claim__max_units=None))
    assert claim_lines.height == 1
    assert claims["reasons"].to_list() == [["policy_unset"]]


def test_limits_are_policy() -> None:
    lines = many(5)
    assert len(groups(lines, policy=policy(claim__max_lines=2))) == 3
    assert len(groups(many(3, units=Decimal(10)), policy=policy(claim__max_units=5))) == 1
    dx = drawn_lines("encounter | dx\nE1 | A01 A02\nE2 | A03")
    assert len(groups(dx, policy=policy(claim__max_diagnoses=2))) == 2
