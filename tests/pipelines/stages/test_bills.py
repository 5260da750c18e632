"""Institutional claims: which lines a bill has, what it says, and what keeps it back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from claim_county import (
    FACILITY,
    NPIS,
    PERSON,
    agency,
    assembled,
    bound,
    drawn_lines,
    feed,
    stay,
)

from contracts.derived import DERIVED
from contracts.schemas import broken_rules
from contracts.settings import Route
from pipelines.x12.content import thaw

HOSPITAL = {
    **FACILITY,
    "facility_id": "HOSP",
    "name": "Jail Hospital",
    "claim_form": "institutional",
}
ROUTE = Route(
    "medi_cal", "610442", "MEDI-CAL", "MEDI-CAL", ("professional", "institutional"),
    status="verified",
)  # fmt: skip
BILL = {
    "institutional_claim_id": "B1",
    "stay_id": "S1",
    "facility_id": "HOSP",
    "type_of_bill": "0131",
    "from_on": date(2026, 4, 1),
    "through_on": date(2026, 4, 30),
    "admission_type": "3",
    "patient_status": "01",
    "attending_npi": NPIS["dr"],
    "encounter_ids": ["E1", "E2"],
}


def lines_of(picture: str) -> Any:
    return [row | {"facility_id": "HOSP", "revenue_code": "0510"} for row in drawn_lines(picture)]


TWO = lines_of("""
encounter | day | charge | dx      | by
E1        | 3   | 100.00 | F11.20  | dr
E2        | 9   | 50.50  | Z65.1   | dr
""")


def billed(lines: Any, *bills: dict[str, Any], **changes: Any) -> Any:
    """The tables `claims` and `claim_lines` of institutional claims."""
    given = {
        "institutional_claims": feed("institutional_claims", *(bills or [BILL])),
        "facilities": feed("facilities", FACILITY, HOSPITAL),
        "agency": agency(routes={"medi_cal": ROUTE}),
    }
    claims, claim_lines = assembled(lines, **(given | changes))
    return claims.filter(claim_form="institutional"), claim_lines


def content_of(lines: Any, *bills: dict[str, Any], **changes: Any) -> Any:
    (content,) = thaw(billed(lines, *bills, **changes)[0]["content"]).rows(named=True)
    return content


def reasons_of(lines: Any, *bills: dict[str, Any], **changes: Any) -> Any:
    claims, _ = billed(lines, *bills, **changes)
    (reasons,) = claims["reasons"].to_list()
    return reasons


def test_a_bill_is_one_claim_of_the_lines_of_the_encounters_that_it_lists() -> None:
    claims, claim_lines = billed(TWO)
    (row,) = claims.rows(named=True)
    assert (row["line_count"], str(row["charge_amount"]), row["reasons"]) == (2, "150.50", [])
    assert (row["service_date"], row["deadline_on"]) == (date(2026, 4, 1), date(2026, 10, 31))
    assert claim_lines.select("encounter_id", "line_ordinal").rows() == [("E1", 1), ("E2", 2)]
    assert broken_rules(DERIVED["claims"], claims) == {}


def test_content_says_everything_as_x12_carries_it() -> None:
    bill = BILL | {
        "type_of_bill": "112",
        "admitted_at": datetime(2026, 4, 1, 16, 30, tzinfo=UTC),
        "discharge_hour": "14:05",
        "admission_source": "8",
        "admitting_diagnosis": "f11.20",
        "operating_npi": NPIS["np"],
        "occurrence_codes": ["11:2026-03-31", "a1:2026-04-01"],
        "value_codes": ["80:2", "A2:15.3"],
        "condition_codes": ["C1", "09"],
        "principal_procedure": "0DTJ4ZZ:2026-04-02",
    }
    lines = [TWO[0] | {"external_cause_code": "W19.XXXA"}, TWO[1]]
    said = content_of(lines, bill)
    wanted = {
        "facility_code": "11",
        "bill_frequency_code": "2",
        "statement_from": "20260401",
        "statement_to": "20260430",
        "admitted_at": "202604010930",  # of Los Angeles
        "discharged_at": "1405",
        "admission_type": "3",
        "admission_source": "8",
        "patient_status": "01",
        "admitting_diagnosis": "F1120",
        "external_cause_code": "W19XXXA",
        "principal_procedure": "0DTJ4ZZ",
        "principal_procedure_on": "20260402",
        "attending_npi": NPIS["dr"],
        "attending_first_name": "ANA",
        "attending_taxonomy_code": "207Q00000X",
        "operating_npi": NPIS["np"],
        "occurrences": [{"code": "11", "on": "20260331"}, {"code": "A1", "on": "20260401"}],
        "values": [{"code": "80", "amount": "2.00"}, {"code": "A2", "amount": "15.30"}],
        "condition_codes": ["C1", "09"],
        "diagnosis_codes": ["F1120", "Z651"],
        "claim_charge_amount": "150.50",
        "service_facility_name": "JAIL HOSPITAL",
        "place_of_service": None,
        "clia_number": None,
    }
    assert {name: said[name] for name in wanted} == wanted
    assert [one["revenue_code"] for one in said["lines"]] == ["0510", "0510"]
    assert [one["diagnosis_pointers"] for one in said["lines"]] == [[], []]


@pytest.mark.parametrize(
    ("renderers", "of_claim", "of_lines"),
    [
        (("dr", "dr"), None, [None, None]),  # the attending provider: told already
        (("np", "np"), "np", [None, None]),
        (("dr", "np"), None, [None, "np"]),
    ],
)
def test_who_rendered_is_said_once_where_all_lines_agree(
    renderers: tuple[str, str], of_claim: str | None, of_lines: list[str | None]
) -> None:
    lines = [row | {"rendering_npi": NPIS[by]} for row, by in zip(TWO, renderers, strict=True)]
    said = content_of(lines)
    number = {None: None, **NPIS}
    assert said["rendering_npi"] == number[of_claim]
    assert [one["rendering_npi"] for one in said["lines"]] == [number[by] for by in of_lines]
    told = [said, *said["lines"]]
    named = [one["rendering_last_name_or_organization"] is not None for one in told]
    assert named == [one["rendering_npi"] is not None for one in told]


def test_the_claim_outlives_changes_of_its_list() -> None:
    ids = {
        billed(TWO, bill)[0]["claim_id"][0]
        for bill in (BILL, BILL | {"encounter_ids": ["E1"]}, BILL | {"type_of_bill": "112"})
    }
    assert len(ids) == 1


def test_lines_keep_the_place_that_the_ledger_knows() -> None:
    (claim_id,) = billed(TWO)[0]["claim_id"]
    known = bound(("E2", 1, claim_id, 1))
    _, claim_lines = billed(TWO, bound=known)
    assert claim_lines.sort("line_ordinal")["encounter_id"].to_list() == ["E2", "E1"]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("bill_malformed", {"type_of_bill": "13"}),
        ("bill_malformed", {"through_on": date(2026, 3, 1)}),
        ("bill_malformed", {"patient_status": "1"}),
        ("bill_malformed", {"admission_type": "EM"}),
        ("bill_malformed", {"discharge_hour": "noon"}),
        ("bill_malformed", {"occurrence_codes": ["11"]}),
        ("bill_malformed", {"value_codes": ["80:two"]}),
        ("bill_not_original", {"type_of_bill": "137"}),
        ("attending_not_person", {"attending_npi": "1999999992"}),
        ("procedure_date_missing", {"principal_procedure": "0DTJ4ZZ"}),
        ("line_outside_statement", {"through_on": date(2026, 4, 8)}),
        ("too_many_bill_codes", {"condition_codes": ["C1"] * 25}),
        ("listed_line_missing", {"encounter_ids": ["E1", "E2", "E9"]}),
        ("listed_line_missing", {"stay_id": "S9", "encounter_ids": ["E1"]}),
    ],
)
def test_a_bill_that_cannot_go_out_says_why(reason: str, changes: dict[str, Any]) -> None:
    stays = feed("custody_stays", stay(), stay("S9"))
    assert reason in reasons_of(TWO, BILL | changes, custody_stays=stays)


def test_a_bill_waits_for_all_its_lines() -> None:
    held = [TWO[0], TWO[1] | {"verdict": "held"}]
    assert reasons_of(held) == ["listed_line_not_clean"]
    assert reasons_of([row | {"verdict": "rejected"} for row in TWO])[-1] == "listed_line_not_clean"


def test_a_line_without_revenue_code_holds_its_bill() -> None:
    assert reasons_of([TWO[0], TWO[1] | {"revenue_code": None}]) == ["revenue_code_missing"]


def test_an_encounter_that_two_bills_list_holds_both() -> None:
    other = BILL | {"institutional_claim_id": "B2", "encounter_ids": ["E2"]}
    claims, claim_lines = billed(TWO, BILL, other)
    assert ["line_listed_twice" in reasons for reasons in claims["reasons"]] == [True, True]
    assert claim_lines.height == 2  # each line in one claim only


def test_a_line_that_went_out_in_another_claim_holds_the_bill() -> None:
    assert reasons_of(TWO, bound=bound(("E1", 1, "another", 1))) == ["line_in_other_claim"]


def test_lines_of_two_authorizations_disagree() -> None:
    lines = [TWO[0] | {"authorization_number": "11111111111"}, TWO[1]]
    assert reasons_of(lines) == ["lines_disagree"]
    assert content_of(lines)["authorization_number"] == "11111111111"  # of the first line


def test_a_bill_none_of_whose_lines_is_clean_asks_for_nothing_yet() -> None:
    claims, _ = billed([line | {"verdict": "held"} for line in TWO])
    (row,) = claims.rows(named=True)
    told = (str(row["charge_amount"]), row["line_count"], row["deadline_on"], row["is_part_2"])
    assert told == ("0.00", 0, date(2026, 10, 31), False)
    assert row["expected_amount"] is None
    (said,) = thaw(claims["content"]).rows(named=True)
    assert (said["attending_npi"], said["lines"]) == (NPIS["dr"], None)


def test_of_its_lines_a_bill_has_the_first_deadline_cause_and_person_and_any_part_2() -> None:
    later = {"deadline_on": date(2026, 11, 30), "external_cause_code": "W20.XXXA"}
    lines = [TWO[0] | {"external_cause_code": "W19.XXXA"}, TWO[1] | later | {"is_part_2": True}]
    (row,) = billed(lines)[0].rows(named=True)
    assert (row["deadline_on"], row["is_part_2"]) == (date(2026, 10, 31), True)
    assert content_of(lines)["external_cause_code"] == "W19XXXA"
    strays = [TWO[0] | {"stay_id": "S7"}, TWO[1] | {"stay_id": "S7", "person_id": "P2"}]
    (stray,) = billed(strays, BILL | {"stay_id": "S7"})[0].rows(named=True)
    assert (stray["person_id"], stray["reasons"]) == ("P1", ["lines_disagree"])


def test_a_route_without_the_form_holds_the_bill() -> None:
    assert reasons_of(TWO, agency=agency()) == ["form_not_routed"]


def test_a_bill_of_a_professional_facility_makes_no_claim() -> None:
    claims, _ = billed(drawn_lines("encounter\nE1"), BILL | {"facility_id": "MAIN"})
    assert claims.is_empty()


def test_a_bill_of_nobodys_stay_without_lines_makes_no_claim() -> None:
    claims, _ = billed(TWO, BILL | {"stay_id": "S7"})
    assert claims.is_empty()


def test_the_person_is_who_survives_a_merge() -> None:
    old = PERSON | {"person_id": "P0", "cin": None, "merged_into": "P1"}
    stays = feed("custody_stays", stay() | {"person_id": "P0"})
    claims, _ = billed(TWO, people=feed("people", PERSON, old), custody_stays=stays)
    assert claims["person_id"].to_list() == ["P1"]


def test_facts_that_are_not_sent_make_no_other_content() -> None:
    unsent = [row | {"ordering_npi": NPIS["np"], "is_emergency": True} for row in TWO]
    before, after = (billed(lines)[0]["content_hash"].to_list() for lines in (TWO, unsent))
    assert before == after
