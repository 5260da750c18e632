"""From feed column to segment: what is fed stands in the file, as `docs/claims.md` says."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import FACILITY, NPIS, assembled, feed, line
from claim_specimens import envelope

from pipelines.stages.claims.content import numbered
from pipelines.x12.claim_forms import PROFESSIONAL
from pipelines.x12.claim_sets import render
from pipelines.x12.content import thaw

DRUG = {"ndc": "01234123412", "ndc_quantity": Decimal("1.500"), "ndc_unit": "ML"}
LAB = {"procedure_code": "80053", "service_category": "lab_radiology"}

# Encounter columns, and the segments that must stand in the file.
FED: list[tuple[dict[str, Any], list[str]]] = [
    ({"authorization_number": "12345678901"}, ["REF*G1*12345678901"]),
    ({"procedure_code": "A9999", "procedure_description": "Unlisted thing"},
     ["SV1*HC:A9999:::::UNLISTED THING*100*UN*1***1"]),
    ({"modifiers": ["UD", "93"]}, ["SV1*HC:99213:UD:93*100*UN*1***1"]),  # 340B
    ({"is_emergency": True}, ["SV1*HC:99213*100*UN*1***1**Y"]),
    ({"is_epsdt": True}, ["SV1*HC:99213*100*UN*1***1****Y"]),
    ({"is_family_planning": True}, ["SV1*HC:99213*100*UN*1***1*****Y"]),
    ({"referring_npi": NPIS["np"]}, [f"NM1*DN*1*DR NP*ANA****XX*{NPIS['np']}"]),
    ({"supervising_npi": NPIS["np"]}, [f"NM1*DQ*1*DR NP*ANA****XX*{NPIS['np']}"]),
    ({"ordering_npi": NPIS["np"]}, [f"NM1*DK*1*DR NP*ANA****XX*{NPIS['np']}"]),
    ({"service_location_npi": FACILITY["npi"]}, [f"NM1*77*2*MAIN JAIL*****XX*{FACILITY['npi']}"]),
    (LAB, ["REF*X4*05D1234567"]),
    (DRUG | {"prescription_number": "RX7"},
     ["LIN**N4*01234123412", "CTP****1.5*ML", "REF*XZ*RX7"]),
]  # fmt: skip


def segments(lines: list[dict[str, Any]], **changes: Any) -> list[str]:
    claims, _ = assembled(lines, **changes)
    assert claims["reasons"].to_list() == [[]]
    rows = claims.select(
        "content", patient_control_number=pl.lit("PCN0000000000001"), frequency_code=pl.lit("1")
    )
    text = b"".join(one.content for one in render(thaw(numbered(rows)), envelope(), PROFESSIONAL))
    return [segment.strip() for segment in text.decode().split("~")]


@pytest.mark.parametrize(("fed", "wanted"), FED)
def test_what_is_fed_stands_in_its_segment(fed: dict[str, Any], wanted: list[str]) -> None:
    written = segments([line(encounter_id="E1", **fed)])
    assert [one for one in wanted if one not in written] == []


def test_a_compound_drug_is_several_lines_under_one_prescription() -> None:
    other = DRUG | {"ndc": "05678567856", "prescription_number": "RX7"}
    lines = [
        line(encounter_id="E1", line_number=1, **(DRUG | {"prescription_number": "RX7"})),
        line(encounter_id="E1", line_number=2, **other),
    ]
    written = segments(lines)
    assert [one for one in written if one.startswith(("LX", "LIN", "REF*XZ"))] == [
        "LX*1", "LIN**N4*01234123412", "REF*XZ*RX7",
        "LX*2", "LIN**N4*05678567856", "REF*XZ*RX7",
    ]  # fmt: skip


def test_what_people_set_and_what_is_attached_stands_in_its_segment() -> None:
    names = ("subject_id", "field", "value")
    set_ = [("main/E1/1", "delay_reason_code", "3"), ("main/E1/1", "remark", "see the chart")]
    paper = {"attachment_control_number": "A1", "encounter_id": "E1", "report_type": "OZ",
             "transmission_code": "BM"}  # fmt: skip
    written = segments(
        [line(encounter_id="E1")],
        values_set=pl.DataFrame(set_, schema=names, orient="row"),
        attachments=feed("attachments", paper),
    )
    assert "PWK*OZ*BM***AC*A1" in written
    assert "NTE*ADD*SEE THE CHART" in written
    (header,) = (one for one in written if one.startswith("CLM"))
    assert header.split("*")[20] == "3"
