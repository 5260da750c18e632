"""Claims: grouping, stickiness, splitting, what content says, what its digests cover, holds."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any

import polars as pl
import pytest
from claim_county import (
    BILLING,
    FACILITY,
    NPIS,
    PERSON,
    agency,
    assembled,
    bound,
    drawn_lines,
    feed,
    line,
    policy,
    provider,
    rates,
    stay,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.derived import DERIVED
from contracts.errors import UsageError
from contracts.schemas import broken_rules
from pipelines.stages.claims.content import numbered
from pipelines.stages.claims.identity import (
    LINE_NOT_FROM_FACTS,
    NOT_FROM_FACTS,
    content_hashes,
)
from pipelines.stages.claims.splitting import split
from pipelines.x12.content import CODES, CONTENT, LINE, thaw


def groups(lines: Any, **changes: Any) -> Any:
    """Encounters of each claim, in the order of lines; claims in the order of their first."""
    _, claim_lines = assembled(lines, **changes)
    made = claim_lines.group_by("claim_id", maintain_order=True).agg("encounter_id")
    return sorted(" ".join(dict.fromkeys(ids)) for ids in made["encounter_id"])


def content_of(lines: Any, **changes: Any) -> Any:
    """The content of the only claim."""
    claims, _ = assembled(lines, **changes)
    (content,) = thaw(claims["content"]).rows(named=True)
    return content


def reasons_of(lines: Any, **changes: Any) -> Any:
    claims, _ = assembled(lines, **changes)
    (reasons,) = claims["reasons"].to_list()
    return reasons


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


# --- content -------------------------------------------------------------------------------------


def test_content_says_everything_as_x12_carries_it() -> None:
    lines = drawn_lines("""
    encounter | dx                         | units | charge
    E1        | i10 F11.20                 | 1     | 100
    E2        | F11.20 Z65.1 F11.20 E11.9 A01 A02 | 2.5 | 50.5
    """)
    said = content_of(lines)
    assert {
        "billing_name": "COUNTY OF SACRAMENTO",
        "billing_tax_id": "946000529",
        "billing_contact_phone": "9165550100",
        "subscriber_cin": "90000000A",
        "subscriber_last_name": "MUNOZ-O'HARA",
        "subscriber_first_name": "ZOE",
        "subscriber_birth_date": "19900203",
        "subscriber_zip": "958141234",
        "claim_charge_amount": "150.50",
        "rendering_taxonomy_code": "207Q00000X",
        "service_facility_npi": "1245319599",
        "diagnosis_codes": ["I10", "F1120", "Z651", "E119", "A01", "A02"],
    }.items() <= said.items()
    first, second = said["lines"]
    assert first["diagnosis_pointers"] == ["1", "2"]
    assert second["diagnosis_pointers"] == ["2", "3", "4", "5"]  # its first four codes
    assert (second["units"], second["charge_amount"]) == ("2.5", "50.50")
    assert (second["service_from"], second["service_to"]) == ("20260415", None)


def test_what_depends_on_the_submission_is_empty_until_the_claim_is_numbered() -> None:
    claims, _ = assembled(drawn_lines("encounter | units\nE1 | 1\nE2 | 100"))
    before = thaw(claims["content"])
    empty = ["patient_control_number", "frequency_code", "delay_reason_code", "attachments"]
    assert before.select(pl.col(empty).is_null().all()).row(0) == (True,) * 4
    told = claims.with_columns(
        patient_control_number=pl.lit("0123456789ABCDEF"), frequency_code=pl.lit("1")
    )
    after = thaw(numbered(told))
    assert after["patient_control_number"].to_list() == ["0123456789ABCDEF"]
    assert [one["line_control_number"] for one in after["lines"][0]] == [
        "0123456789ABCDEF1",
        "0123456789ABCDEF2",
        "0123456789ABCDEF3",
    ]
    assert content_hashes(after).equals(claims["content_hash"].alias("digest"))


def test_numbering_keeps_each_claim_with_its_own_lines() -> None:
    claims, _ = assembled(drawn_lines("encounter | day\nE1 | 1\nE2 | 2\nE3 | 3\nE4 | 3"))
    told = claims.with_columns(patient_control_number="claim_id", frequency_code=pl.lit("1"))
    for before, after in zip(
        thaw(claims["content"]).rows(named=True), thaw(numbered(told)).rows(named=True), strict=True
    ):
        assert before["claim_id"] == after["claim_id"]
        days = [[one["service_from"] for one in row["lines"]] for row in (before, after)]
        assert days[0] == days[1]
        assert after["lines"][0]["line_control_number"] == f"{after['claim_id']}1"


def test_the_place_of_service_is_left_out_where_it_is_the_billing_provider() -> None:
    home = {**FACILITY, "npi": BILLING["billing_npi"], **{
        part: BILLING[part] for part in ("address_line", "city", "state", "zip")
    }}  # fmt: skip
    said = content_of([line(encounter_id="E1")], facilities=feed("facilities", home))
    assert said["service_facility_npi"] is None
    elsewhere = line(encounter_id="E1", service_location_npi=FACILITY["npi"])
    facilities = feed("facilities", home, {**FACILITY, "facility_id": "ANNEX"})
    assert content_of([elsewhere], facilities=facilities)["service_facility_name"] == "MAIN JAIL"


def test_a_laboratory_line_carries_the_certificate_in_force() -> None:
    lab = {"service_category": "lab_radiology", "procedure_code": "80053"}
    assert content_of([line(encounter_id="E1", **lab)])["clia_number"] == "05D1234567"
    early = line(encounter_id="E1", service_date=date(2026, 4, 9), **lab)
    assert content_of([early])["clia_number"] is None
    xray = line(encounter_id="E1", service_category="lab_radiology", procedure_code="71045")
    assert content_of([xray])["clia_number"] is None


def test_a_person_is_billed_under_the_number_that_was_not_superseded() -> None:
    aliases = {"reason": "changed", "valid_from": date(2026, 1, 1)}
    changed = feed("cin_aliases", {"alias_cin": "90000000A", "cin": "91234567A", **aliases})
    assert content_of([line(encounter_id="E1")], cin_aliases=changed)["subscriber_cin"] == (
        "91234567A"
    )
    card = feed("people", {**PERSON, "cin": "90000000A95001"})
    assert content_of([line(encounter_id="E1")], people=card)["subscriber_cin"] == "90000000A"


# --- digests -------------------------------------------------------------------------------------

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


# --- money and days ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2026, 10, 31), "170.00"),  # the last day in time
        (date(2026, 11, 1), "127.50"),  # month 7: 75 %
        (date(2027, 5, 1), "0.00"),
    ],
)
def test_what_is_expected_falls_with_lateness(as_of: Any, expected: Any) -> None:
    lines = drawn_lines("encounter | code\nE1 | 99213\nE2 | 90834")
    claims, _ = assembled(lines, as_of=as_of)
    assert claims["expected_amount"].to_list() == [Decimal(expected)]


def test_without_a_rate_for_every_line_or_a_lateness_nothing_is_expected() -> None:
    lines = drawn_lines("encounter | code\nE1 | 99213\nE2 | 96372")
    assert assembled(lines)[0]["expected_amount"].to_list() == [None]
    unset = policy(filing__late_percent=None)
    assert assembled([line(encounter_id="E1")], policy=unset)[0]["expected_amount"][0] is None


def test_a_rate_with_the_modifiers_goes_before_the_one_without() -> None:
    dated = rates().with_columns(
        modifiers=pl.Series([None, "95|HQ", None], dtype=pl.String),
        procedure_code=pl.Series(["99213", "99213", "80053"]),
    )
    lines = [line(encounter_id="E1", modifiers=["HQ", "95"], units=Decimal(2))]
    assert assembled(lines, rates=dated)[0]["expected_amount"][0] == Decimal("180.00")
    lines = [line(encounter_id="E1", modifiers=["93"], units=Decimal("1.5"))]
    assert assembled(lines, rates=dated)[0]["expected_amount"][0] == Decimal("120.00")


def test_a_dated_rate_goes_before_one_without_a_date() -> None:
    two = pl.concat([rates(), rates().with_columns(valid_from=pl.lit(date(2026, 1, 1)))])
    dated = two.with_columns(
        rate_amount=pl.when(pl.col("valid_from").is_null()).then(Decimal("1.00"))
        .otherwise(Decimal("70.00")).cast(pl.Decimal(12, 2))
    )  # fmt: skip
    for listed in (dated, dated.reverse()):
        made, _ = assembled([line(encounter_id="E1", units=Decimal(1))], rates=listed)
        assert made["expected_amount"].to_list() == [Decimal("70.00")]


# --- holds ---------------------------------------------------------------------------------------

HOLDS = {
    "name_not_carried": {"people": feed("people", {**PERSON, "last_name": "Нгуен"})},
    "text_not_carried": {"people": feed("people", {**PERSON, "city": "北京"})},
    "address_missing": {"people": feed("people", {**PERSON, "address_line": None})},
    "subscriber_incomplete": {"people": feed("people", {**PERSON, "cin": None})},
    "billing_zip_not_nine_digits": {
        "billing_providers": feed("billing_providers", {**BILLING, "zip": "95814"})
    },
    "billing_provider_incomplete": {
        "billing_providers": feed("billing_providers", {**BILLING, "tax_id": None})
    },
    "provider_unknown": {"providers": feed("providers", provider("np"))},
}


@pytest.mark.parametrize("reason", HOLDS)
def test_a_claim_that_cannot_be_written_is_held_with_its_reason(reason: Any) -> None:
    assert reasons_of([line(encounter_id="E1")], **HOLDS[reason]) == [reason]
    assert reasons_of([line(encounter_id="E1")]) == []


def test_what_cannot_be_carried_is_not_mangled() -> None:
    said = content_of([line(encounter_id="E1")], **HOLDS["name_not_carried"])
    assert said["subscriber_last_name"] == "НГУЕН"


@pytest.mark.parametrize(
    ("reasons", "change"),
    [
        (["diagnosis_missing", "pointers_out_of_range"], {"diagnosis_codes": []}),
        (["too_many_diagnoses"], {"diagnosis_codes": [f"A{n:02d}" for n in range(13)]}),
        (["too_many_lines"], {"units": Decimal(99 * 50 + 1)}),
        (["text_not_carried"], {"procedure_description": "отчёт"}),
        (["code_not_carried"], {"modifiers": ["9*"]}),
        (["provider_unknown"], {"ordering_npi": "1000000004"}),
        (["provider_unknown"], {"service_location_npi": "1000000004"}),
    ],
)
def test_a_line_that_cannot_be_written_holds_its_claim(reasons: Any, change: Any) -> None:
    assert reasons_of([line(encounter_id="E1", **change)]) == reasons


def test_release_lookback_waits_for_the_release() -> None:
    lookback = policy(window__policy='"release_lookback"')
    early = policy(window__policy='"release_lookback"', release__expected_suffices='"yes"')
    held = feed("custody_stays", stay(released=False))
    one = [line(encounter_id="E1")]
    assert reasons_of(one, policy=lookback, custody_stays=held) == ["release_not_final"]
    assert reasons_of(one, policy=lookback) == []
    assert reasons_of(one, policy=early, custody_stays=held) == []
    assert reasons_of(one, custody_stays=held) == []


def test_without_a_route_the_settings_are_named() -> None:
    with pytest.raises(UsageError, match=r"agency\.sac\.route\.medi_cal"):
        assembled([line(encounter_id="E1")], agency=agency(routes={}))


# --- tables --------------------------------------------------------------------------------------


def test_claims_and_claim_lines_keep_their_contracts_and_each_other() -> None:
    lines = drawn_lines("encounter | day | units | charge\nE1 | 1 | 1 | 3\nE2 | 2 | 101 | 0.05")
    claims, claim_lines = assembled(lines)
    assert broken_rules(DERIVED["claims"], claims) == {}
    assert broken_rules(DERIVED["claim_lines"], claim_lines) == {}
    summed = claim_lines.group_by("claim_id").agg(pl.col("charge_amount").sum(), pl.len())
    told = claims.join(summed, on="claim_id")
    assert (told["charge_amount"] == told["charge_amount_right"]).all()
    assert (told["line_count"] == told["len"]).all()


def test_no_lines_make_no_claims() -> None:
    claims, claim_lines = assembled([line(encounter_id="E1", verdict="held")])
    assert claims.is_empty()
    assert claim_lines.is_empty()
    assert claims.schema == DERIVED["claims"].schema


# --- what people set -----------------------------------------------------------------------------


def values_set(*rows: Any) -> Any:
    names = ("subject_id", "field", "value")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


TWO_LINES = "encounter | line\nE1 | 1\nE1 | 2"


def test_what_was_set_for_a_line_stands_in_its_claim_and_makes_another_row_of_it() -> None:
    plain, _ = assembled(drawn_lines(TWO_LINES))
    made, _ = assembled(
        drawn_lines(TWO_LINES),
        values_set=values_set(
            ("main/E1/1", "delay_reason_code", "3"),
            ("main/E1/1", "attachment", "OZ|FX|A1"),
            ("main/E1/2", "attachment", "B4|EL|B2"),
            ("main/E1/2", "remark", "see the chart"),
            ("main/E9/1", "remark", "of another line"),
        ),
    )
    content = thaw(made["content"]).row(0, named=True)
    assert (content["delay_reason_code"], content["claim_note"]) == ("3", "SEE THE CHART")
    assert [tuple(one.values()) for one in content["attachments"]] == [
        ("OZ", "FX", "A1"), ("B4", "EL", "B2"),
    ]  # fmt: skip
    assert made["reasons"].to_list() == [[]]
    assert made["content_hash"].equals(plain["content_hash"])  # no reason to replace what is out
    assert made["claim_row_hash"][0] != plain["claim_row_hash"][0]


def test_what_was_set_for_the_claim_goes_before_what_its_lines_have() -> None:
    (claim_id,) = assembled(drawn_lines(TWO_LINES))[0]["claim_id"]
    of_lines = values_set(("main/E1/1", "remark", "line"), ("main/E1/2", "delay_reason_code", "4"))
    made, _ = assembled(
        drawn_lines(TWO_LINES),
        values_set=of_lines,
        claim_values_set=values_set((claim_id, "remark", "claim"), ("gone", "remark", "none")),
    )
    content = thaw(made["content"]).row(0, named=True)
    assert (content["delay_reason_code"], content["claim_note"]) == ("4", "CLAIM")


@pytest.mark.parametrize("field", ["delay_reason_code", "remark"])
def test_lines_of_one_claim_with_different_ones_hold_it(field: Any) -> None:
    set_ = values_set(("main/E1/1", field, "3"), ("main/E1/2", field, "4"))
    assert reasons_of(drawn_lines(TWO_LINES), values_set=set_) == ["lines_disagree"]


def paper(number: str, **told: Any) -> dict[str, Any]:
    return {
        "attachment_control_number": number,
        "report_type": "OZ",
        "transmission_code": "BM",
    } | told


def test_documents_of_feed_and_people_stand_together_by_their_number() -> None:
    """
    feed: A1 OZ|BM of E1 · A2 OZ|BM of E9 · A3 OZ|BM of the claim · set: A1 B4|EL of E1/2
    """
    (claim_id,) = assembled(drawn_lines(TWO_LINES))[0]["claim_id"]
    papers = feed(
        "attachments",
        paper("A1", encounter_id="E1"),
        paper("A2", encounter_id="E9"),
        paper("A3", claim_id=claim_id),
    )
    given = values_set(("main/E1/2", "attachment", "B4|EL|A1"))
    said = content_of(drawn_lines(TWO_LINES), attachments=papers, values_set=given)
    assert [tuple(one.values()) for one in said["attachments"]] == [
        ("B4", "EL", "A1"), ("OZ", "BM", "A3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"report_type": "ZZ"}, {"transmission_code": "AD"}, {"attachment_control_number": "é" * 51}],
)
def test_a_document_that_pwk_cannot_name_holds_the_claim(changes: dict[str, Any]) -> None:
    papers = feed("attachments", paper("A1", encounter_id="E1") | changes)
    assert reasons_of(drawn_lines(TWO_LINES), attachments=papers) == ["attachment_malformed"]


def test_a_claim_holds_no_more_documents_than_fit() -> None:
    lines = [line(encounter_id="E1", line_number=n) for n in range(1, 12)]
    set_ = values_set(*((f"main/E1/{n}", "attachment", f"OZ|FX|{n}") for n in range(1, 12)))
    assert reasons_of(lines, values_set=set_) == ["too_many_attachments"]
    assert reasons_of(lines[:10], values_set=set_) == []


def test_a_delay_reason_keeps_the_whole_expectation() -> None:
    late, excuse = date(2026, 12, 1), values_set(("main/E1/1", "delay_reason_code", "3"))
    lines = [line(encounter_id="E1")]
    assert assembled(lines, as_of=late)[0]["expected_amount"].to_list() == [Decimal(60)]
    told, _ = assembled(lines, as_of=late, values_set=excuse)
    assert told["expected_amount"].to_list() == [Decimal(80)]
