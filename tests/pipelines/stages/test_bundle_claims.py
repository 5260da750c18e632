"""Bundles as claims of their own; services that prove them are not billed alone."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import AS_OF, NPIS, agency, assembled, drawn_lines, line, policy

from codesets.loader import CodeSets
from contracts.derived import DERIVED
from contracts.errors import HeldByPolicyError
from pipelines.io.outbox.refusals import refuse_illustrative, stand_ins
from pipelines.stages.claims.bundle_lines import claims_of_bundles, with_bundle_rates
from pipelines.x12.content import thaw

CODES = CodeSets().table("care_bundles")
BUNDLE = {
    "stay_id": "S1", "bundle_id": "care_plan", "ordinal": 1, "episode_id": "S1",
    "person_id": "P1", "facility_id": "MAIN", "state": "complete", "is_release_final": False,
    "completed_on": date(2026, 4, 15), "service_date": date(2026, 4, 15), "is_billable": True,
    "missing_count": 0, "gate": "pre_release", "detail_lines": "ride",
    "claim_form": "professional", "procedure_code": "N9902", "modifiers": None,
    "units": Decimal(1), "charge_amount": Decimal("250.00"), "diagnosis_codes": ["Z651"],
    "place_of_service": "09", "rendering_npi": NPIS["dr"], "edition_status": "illustrative",
    "is_part_2": False, "file_id": "f9", "row_number": 7,
}  # fmt: skip
LINES = """
encounter | day | charge | code  | by
E1        | 12  | 80.00  | T1017 | dr
E2        | 13  | 80.00  | T1017 | np
E3        | 15  | 100.00 | 99213 | dr
"""
NO_BOUND = pl.DataFrame(
    schema={"source_system": pl.String, "encounter_id": pl.String, "line_number": pl.Int64,
            "claim_id": pl.String, "line_ordinal": pl.Int64}
)  # fmt: skip


def bundles(**changes: Any) -> pl.DataFrame:
    return DERIVED["bundles"].conform(pl.DataFrame([BUNDLE | changes], infer_schema_length=None))


def proofs(*encounters: str) -> pl.DataFrame:
    """Encounters that prove the bundle."""
    rows = [
        {"stay_id": "S1", "bundle_id": "care_plan", "ordinal": 1, "element": "met", "number": n,
         "state": "done", "owner": "facility", "feed": "encounters", "source_system": "main",
         "encounter_id": encounter, "line_number": 1, "is_part_2": False}
        for n, encounter in enumerate(encounters, start=1)
    ]  # fmt: skip
    made = pl.DataFrame(rows) if rows else DERIVED["bundle_elements"].empty()
    return DERIVED["bundle_elements"].conform(made)


def made(*encounters: str, **changes: Any) -> dict[str, list[tuple[str, str, str]]]:
    """Each claim by its first line: encounter, charge and day of every line."""
    _, _, told = claimed(*encounters, **changes)
    return {rows[0][0]: rows for rows in told}


def claimed(*encounters: str, **changes: Any) -> Any:
    given = {"bound": changes.pop("bound")} if "bound" in changes else {}
    claims, lines = assembled(
        drawn_lines(LINES), bundles=bundles(**changes), bundle_elements=proofs(*encounters), **given
    )
    content = thaw(claims["content"])
    told = []
    for claim_id, members in content.select("claim_id", "lines").iter_rows():
        keys = lines.filter(claim_id=claim_id).sort("line_ordinal")["encounter_id"]
        told.append(
            [(k, m["charge_amount"], m["service_from"]) for k, m in zip(keys, members, strict=True)]
        )
    return claims, lines, told


def test_a_bundle_is_a_claim_of_its_own() -> None:
    assert made() == {
        "S1/care_plan": [("S1/care_plan", "250.00", "20260415")],
        "E1": [("E1", "80.00", "20260412")],
        "E2": [("E2", "80.00", "20260413")],
        "E3": [("E3", "100.00", "20260415")],
    }


def test_services_that_prove_it_ride_at_no_charge_on_their_own_day() -> None:
    told = made("E1")
    assert told["S1/care_plan"] == [
        ("S1/care_plan", "250.00", "20260415"), ("E1", "0.00", "20260412"),
    ]  # fmt: skip
    assert {*told} == {"S1/care_plan", "E2", "E3"}


def test_a_service_of_another_provider_is_left_out_and_not_billed_alone() -> None:
    told = made("E2")
    assert {*told} == {"S1/care_plan", "E1", "E3"}
    assert len(told["S1/care_plan"]) == 1


def test_suppressed_services_are_left_out() -> None:
    told = made("E1", "E2", detail_lines="suppress")
    assert {key: len(lines) for key, lines in told.items()} == {"S1/care_plan": 1, "E3": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "open"}, {"state": "missed"}, {"state": "exempt"},
        {"is_billable": False}, {"is_billable": None},
    ],
)  # fmt: skip
def test_what_is_not_billed_consumes_nothing(changes: dict[str, Any]) -> None:
    assert {*made("E1", "E2", **changes)} == {"E1", "E2", "E3"}


@pytest.mark.parametrize("given", [{"bundles": bundles()}, {"bundle_elements": proofs("E1")}])
def test_without_bundles_and_their_elements_none_is_claimed(given: dict[str, Any]) -> None:
    claims, _ = assembled(drawn_lines(LINES), **given)
    assert claims["charge_amount"].sum() == Decimal("260.00")


def test_the_claim_keeps_its_id_whatever_rides_on_it() -> None:
    alone, beside = (claimed(*ridden)[1] for ridden in ((), ("E1",)))
    ids = [lines.filter(source_system="care_bundles")["claim_id"][0] for lines in (alone, beside)]
    assert ids[0] == ids[1]


def test_a_service_that_went_out_alone_does_not_ride() -> None:
    _, lines, _ = claimed()
    own = lines.filter(encounter_id="E1").select(NO_BOUND.columns)
    told = made("E1", bound=own.cast(dict(NO_BOUND.schema)))
    assert {key: len(rows) for key, rows in told.items()} == {"S1/care_plan": 1, "E2": 1, "E3": 1}


def test_a_bundle_that_loses_an_element_leaves_its_claim_to_be_taken_back() -> None:
    """Its claim is gone, and what rode on it does not take its place."""
    sent, lines, _ = claimed("E1")
    bound = lines.select(NO_BOUND.columns).cast(dict(NO_BOUND.schema))
    claim_id = lines.filter(source_system="care_bundles")["claim_id"][0]
    after, _, _ = claimed("E1", state="open", bound=bound)
    assert claim_id in sent["claim_id"].to_list()
    assert {*after["claim_id"]} == {*sent["claim_id"]} - {claim_id}


def test_a_late_bundle_is_held_for_a_delay_reason() -> None:
    claims, lines, _ = claimed(service_date=date(2025, 9, 1))
    held = claims.join(lines.filter(source_system="care_bundles"), on="claim_id", how="semi")
    assert held["reasons"].to_list() == [["filing_limit_passed"]]


@pytest.mark.parametrize(
    ("as_of", "reasons"),
    [(date(2026, 4, 30), []), (date(2026, 5, 1), ["filing_limit_passed"])],
)
def test_on_its_last_day_to_file_a_bundle_is_not_late(as_of: date, reasons: list[str]) -> None:
    claims, lines = assembled(
        drawn_lines("encounter\nE1"),
        bundles=bundles(service_date=date(2025, 10, 15)),  # to be filed by 30 April
        bundle_elements=proofs(),
        as_of=as_of,
    )
    own = claims.join(lines.filter(source_system="care_bundles"), on="claim_id", how="semi")
    assert own["reasons"].to_list() == [reasons]


def test_what_rides_anew_stands_behind_what_went_out() -> None:
    _, sent, _ = claimed("E1")
    known = sent.filter(pl.col("claim_id").is_duplicated()).select(NO_BOUND.columns)
    _, _, told = claimed("E1", "E3", bound=known.cast(dict(NO_BOUND.schema)))
    ridden = next(rows for rows in told if len(rows) > 1)
    assert [encounter for encounter, _, _ in ridden] == ["S1/care_plan", "E1", "E3"]


def test_beside_a_bundle_a_service_stays_in_the_claim_in_which_it_went_out() -> None:
    known = [("main", "E2", 1, "f" * 32, "1")]
    _, lines, _ = claimed("E1", bound=pl.DataFrame(known, dict(NO_BOUND.schema), orient="row"))
    assert lines.filter(encounter_id="E2")["claim_id"].to_list() == ["f" * 32]


def test_a_delay_reason_set_for_its_claim_lets_a_late_bundle_go() -> None:
    late = {"bundles": bundles(service_date=date(2025, 9, 1)), "bundle_elements": proofs()}
    claim_id = claims_of_bundles(late["bundles"], agency().id)["claim_id"][0]
    given = {"subject_id": [claim_id], "field": ["delay_reason_code"], "value": ["3"]}
    claims, _ = assembled(drawn_lines(LINES), claim_values_set=pl.DataFrame(given), **late)
    own = claims.filter(claim_id=claim_id)
    assert own["reasons"].to_list() == [[]]
    assert thaw(own["content"])["delay_reason_code"].to_list() == ["3"]


def test_the_expected_payment_is_the_rate_of_the_code_set() -> None:
    rates = with_bundle_rates(CodeSets().table("rates"), CODES)
    claims, lines = assembled(
        [line(encounter_id="E9")], bundles=bundles(), bundle_elements=proofs(), rates=rates
    )
    own = claims.join(lines.filter(source_system="care_bundles"), on="claim_id", how="semi")
    assert own["expected_amount"].to_list() == [Decimal("200.00")]


def test_production_names_the_bundles_that_are_illustrative() -> None:
    claims, _, _ = claimed()
    found = stand_ins(claims["content"], CODES)
    assert found == ["care_plan (N9902)"]
    route = agency().routes["medi_cal"]
    told = (route, policy(), AS_OF, {}, found)
    refuse_illustrative("T", *told)
    with pytest.raises(HeldByPolicyError, match=r"bundle care_plan \(N9902\).*codes import care_b"):
        refuse_illustrative("P", *told)


def test_production_takes_bundles_of_an_edition_that_is_known() -> None:
    claims, _, _ = claimed()
    known = CODES.with_columns(edition_status=pl.lit("unverified"))
    assert stand_ins(claims["content"], known) == []
