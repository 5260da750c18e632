"""Other payers of a claim: who they are, what they said of each line, and what holds for it."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from claim_county import PERSON, assembled, drawn, drawn_lines, feed
from claim_specimens import envelope

from pipelines.io.gate import check_837
from pipelines.stages.claims.content import numbered
from pipelines.x12.claim_sets import render
from pipelines.x12.content import thaw

COVERAGE = {
    "cin": PERSON["cin"],
    "payer_id": "MUT01",
    "policy_number": "M-123",
    "starts_on": date(2026, 1, 1),
    "payer_name": "Mutual Health",
    "filing_indicator": "CI",
    "subscriber_relationship": "18",
}
LINES = """
    encounter | charge
    E1        | 100.00
    E2        | 50.00
"""


def answers(picture: str) -> Any:
    rows = [
        {
            "source_system": "main",
            "encounter_id": row["encounter"],
            "line_number": 1,
            "payer_id": row["payer"],
            "paid_amount": Decimal(row["paid"]),
            "adjustments": row["adjusted"].split() if row["adjusted"] else None,
            "adjudicated_on": date(2026, 5, int(row["day"])),
            "outcome": "paid",
        }
        for row in drawn(picture)
    ]
    return feed("other_payer_payments", *rows)


def claim_of(picture: str, *coverage: Any, lines: str = LINES, **changes: Any) -> Any:
    """The one claim's content, and its reasons."""
    made, _ = assembled(
        drawn_lines(lines),
        other_coverage=feed("other_coverage", *(coverage or (COVERAGE,))),
        other_payer_payments=answers(picture),
        **changes,
    )
    (content,) = thaw(made["content"]).rows(named=True)
    return content, made["reasons"].item().to_list()


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


ANSWERED = """
    encounter | payer | paid  | day | adjusted
    E1        | MUT01 | 60.00 | 3   | CO:45:30.00 PR:2:10
    E2        | MUT01 | 0.00  | 4   | PR:96:50.00
"""


def test_a_payer_is_named_with_what_it_paid_and_each_line_with_its_answer() -> None:
    content, reasons = claim_of(ANSWERED)
    assert reasons == []
    assert content["responsibility"] == "S"
    assert without_nulls(content["other_payers"]) == [
        {
            "payer_id": "MUT01",
            "payer_name": "MUTUAL HEALTH",
            "responsibility": "P",
            "relationship": "18",
            "filing_indicator": "CI",
            "policy_number": "M-123",
            "last_name": "MUNOZ-O'HARA",
            "first_name": "ZOE",
            "paid_amount": "60.00",
        }
    ]
    first, second = (without_nulls(line["other_payments"]) for line in content["lines"])
    assert first == [
        {
            "payer_id": "MUT01",
            "paid_amount": "60.00",
            "procedure_code": "99213",
            "units": "1.000",
            "adjudicated_on": "20260503",
            "modifiers": [],
            "adjustments": [
                {"group_code": "CO", "reason_code_1": "45", "amount_1": "30.00"},
                {"group_code": "PR", "reason_code_1": "2", "amount_1": "10"},
            ],
        }
    ]
    assert [one["adjudicated_on"] for one in second] == ["20260504"]


def test_payers_stand_in_the_order_in_which_they_answered() -> None:
    content, reasons = claim_of(
        """
        encounter | payer | paid  | day | adjusted
        E1        | OLD02 | 20.00 | 9   | CO:23:80.00
        E2        | OLD02 | 0.00  | 9   | CO:23:50.00
        E1        | MUT01 | 60.00 | 3   | PR:2:40.00
        E2        | MUT01 | 0.00  | 4   | PR:96:50.00
        """,
        COVERAGE,
        COVERAGE | {"payer_id": "OLD02", "payer_name": "Old Union"},
    )
    assert reasons == []
    places = [(one["payer_id"], one["responsibility"]) for one in content["other_payers"]]
    assert places == [("MUT01", "P"), ("OLD02", "S")]
    assert content["responsibility"] == "T"
    for line in content["lines"]:
        assert [one["payer_id"] for one in line["other_payments"]] == ["MUT01", "OLD02"]


def test_the_first_answer_of_a_payer_tells_its_place() -> None:
    content, _ = claim_of(
        """
        encounter | payer | paid  | day | adjusted
        E1        | MUT01 | 60.00 | 3   | PR:2:40.00
        E2        | MUT01 | 0.00  | 9   | PR:96:50.00
        E1        | ALT02 | 20.00 | 4   | CO:23:80.00
        E2        | ALT02 | 0.00  | 4   | CO:23:50.00
        """
    )
    assert [one["payer_id"] for one in content["other_payers"]] == ["MUT01", "ALT02"]


def test_the_seventh_reason_of_a_group_begins_another_segment() -> None:
    reasons = " ".join(f"CO:{code}:1.00" for code in range(1, 8))
    content, held = claim_of(
        f"""
        encounter | payer | paid  | day | adjusted
        E1        | MUT01 | 93.00 | 3   | {reasons}
        """
    )
    assert held == []
    (payment,) = content["lines"][0]["other_payments"]
    assert [one["reason_code_1"] for one in payment["adjustments"]] == ["1", "7"]
    assert payment["adjustments"][0]["reason_code_6"] == "6"


def test_coverage_of_the_day_of_service_alone_is_told() -> None:
    picture = "encounter | payer | paid  | day | adjusted\nE1 | MUT01 | 60.00 | 3 | CO:45:40.00"
    day = date(2026, 4, 15)
    content, reasons = claim_of(picture, COVERAGE | {"starts_on": day, "ends_on": day})
    assert reasons == []
    assert [one["payer_name"] for one in content["other_payers"]] == ["MUTUAL HEALTH"]


def test_of_two_policies_of_a_payer_the_newest_is_told() -> None:
    newer = COVERAGE | {"policy_number": "M-124", "starts_on": date(2026, 4, 1)}
    for coverage in ((COVERAGE, newer), (newer, COVERAGE)):
        content, _ = claim_of(ANSWERED, *coverage)
        assert [one["policy_number"] for one in content["other_payers"]] == ["M-124"]


HELD = [
    ("other_payment_unbalanced", "a cent is missing", COVERAGE, "60.00", "CO:45:39.99"),
    ("other_payer_incomplete", "no coverage of this payer",
     COVERAGE | {"payer_id": "X"}, "100", ""),
    ("other_payer_incomplete", "coverage of another day",
     COVERAGE | {"ends_on": date(2026, 4, 14)}, "100", ""),
    ("other_payer_incomplete", "another's policy without a name",
     COVERAGE | {"subscriber_relationship": "01"}, "100", ""),
    ("text_not_carried", "a policy number that X12 has no letters for",
     COVERAGE | {"policy_number": "Ж-123"}, "100", ""),
    ("name_not_carried", "a payer's name that X12 has no letters for",
     COVERAGE | {"payer_name": "Взаимное"}, "100", ""),
    ("too_many_adjustments", "more than five segments", COVERAGE, "64",
     " ".join(f"CO:{code}:1.00" for code in range(1, 37))),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "said", "coverage", "paid", "adjusted"), HELD)
def test_an_answer_that_cannot_be_told_holds_the_claim(
    reason: str, said: str, coverage: Any, paid: str, adjusted: str
) -> None:
    _, reasons = claim_of(
        f"""
        encounter | payer | paid   | day | adjusted
        E1        | MUT01 | {paid} | 3   | {adjusted}
        """,
        coverage,
    )
    assert reasons == [reason], said


@pytest.mark.parametrize(("first", "second"), [("39.99", "40.00"), ("40.00", "40.01")])
def test_every_payers_answer_to_a_line_balances(first: str, second: str) -> None:
    _, reasons = claim_of(
        f"""
        encounter | payer | paid  | day | adjusted
        E1        | MUT01 | 60.00 | 3   | PR:2:{first}
        E1        | OLD02 | 60.00 | 9   | PR:2:{second}
        """,
        COVERAGE,
        COVERAGE | {"payer_id": "OLD02", "payer_name": "Old Union"},
    )
    assert reasons == ["other_payment_unbalanced"]


def test_one_answer_cannot_be_divided_over_the_parts_of_a_line() -> None:
    split = """
        encounter | units | charge
        E1        | 150   | 100.00
    """
    _, reasons = claim_of(ANSWERED, lines=split)
    assert "other_payment_split" in reasons


def test_without_another_payer_medi_cal_is_the_first() -> None:
    made, _ = assembled(drawn_lines(LINES), other_coverage=feed("other_coverage", COVERAGE))
    (content,) = thaw(made["content"]).rows(named=True)
    assert content["responsibility"] is None
    assert content["other_payers"] == []


def test_an_answer_changes_the_content_hash_and_pyx12_takes_the_file(tmp_path: Path) -> None:
    bare, _ = assembled(drawn_lines(LINES))
    made, _ = assembled(
        drawn_lines(LINES),
        other_coverage=feed("other_coverage", COVERAGE),
        other_payer_payments=answers(ANSWERED),
    )
    assert made["claim_id"].to_list() == bare["claim_id"].to_list()
    assert made["content_hash"].to_list() != bare["content_hash"].to_list()
    ready = made.with_columns(
        patient_control_number=pl.lit("PCN0000000000001"), frequency_code=pl.lit("1")
    )
    (written,) = render(thaw(numbered(ready)), envelope())
    path = tmp_path / "one.x12"
    path.write_bytes(written.content)
    assert check_837([path])[0].errors == ()
    segments = written.content.decode().split("~\n")
    assert [one for one in segments if one[:3] in ("SVD", "CAS", "AMT")] == [
        "AMT*D*60",
        "SVD*MUT01*60*HC:99213**1",
        "CAS*CO*45*30",
        "CAS*PR*2*10",
        "SVD*MUT01*0*HC:99213**1",
        "CAS*PR*96*50",
    ]
