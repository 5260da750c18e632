"""Claims: what content says, what is expected by the day, holds, tables."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import (
    BILLING,
    DEADLINE,
    FACILITY,
    PERSON,
    agency,
    assembled,
    content_of,
    drawn_lines,
    feed,
    line,
    policy,
    provider,
    reasons_of,
    stay,
)

from contracts.derived import DERIVED
from contracts.errors import UsageError
from contracts.schemas import broken_rules
from pipelines.stages.claims.content import numbered
from pipelines.stages.claims.identity import content_hashes
from pipelines.x12.content import thaw

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
    unplaced = line(encounter_id="E1", service_location_npi=BILLING["billing_npi"])
    assert content_of([unplaced])["service_facility_npi"] == BILLING["billing_npi"]


def test_of_its_lines_a_claim_has_the_first_deadline_and_any_part_2() -> None:
    later = {"deadline_on": date(2026, 11, 30), "is_part_2": True}
    (row,) = assembled([line(encounter_id="E1"), line(encounter_id="E2", **later)])[0].to_dicts()
    assert (row["line_count"], row["deadline_on"], row["is_part_2"]) == (2, DEADLINE, True)


def test_of_a_biller_that_was_never_sent_nothing_but_the_biller_is_missing() -> None:
    unsent = feed("billing_providers", BILLING).clear()
    lines = [line(encounter_id="E1")]
    assert reasons_of(lines, billing_providers=unsent) == ["billing_provider_incomplete"]


def test_diagnoses_stand_in_the_order_in_which_lines_first_name_them() -> None:
    said = content_of(drawn_lines("encounter | dx\nE1 | A01 A02\nE2 | A03 A01"))
    assert said["diagnosis_codes"] == ["A01", "A02", "A03"]
    assert [one["diagnosis_pointers"] for one in said["lines"]] == [["1", "2"], ["3", "1"]]


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
