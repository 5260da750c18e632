"""The 276: segments drawn beside the claims they ask about, and another reader's view of them."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from contracts.errors import BrokenInvariantError
from pipelines.x12.claim_inquiry import REQUESTS, inquiry
from pipelines.x12.envelope import Envelope

ENVELOPE = Envelope(
    submitter_name="COUNTY", contact_name="DESK", contact_phone="9165550100",
    isa_sender_qualifier="ZZ", isa_sender_id="REENTRY34", gs_sender_code="REENTRY34",
    isa_receiver_qualifier="ZZ", isa_receiver_id="610442", gs_receiver_code="610442",
    receiver_name="MEDI-CAL", usage="T", interchange_control_number=17, group_control_number=31,
    created_at=datetime(2026, 11, 17, 18, tzinfo=UTC),
)  # fmt: skip
CLAIM = {
    "trace_number": "TRACE1", "patient_control_number": "PCN1", "payer_claim_number": "ICN1",
    "charge_amount": "80.00", "service_from": "20260401", "service_to": "20260403",
    "provider_npi": "1234567893", "provider_name": "COUNTY JAIL", "cin": "90000001A",
    "last_name": "DOE", "first_name": "ANN", "birth_date": "19900101", "sex": "F",
}  # fmt: skip
EXPECTED = """
BHT*0010*13*0000000170001*20261117*1000
HL*1**20*1
NM1*PR*2*MEDI-CAL*****PI*610442
HL*2*1*21*1
NM1*41*2*COUNTY*****46*REENTRY34
HL*3*2*19*1
NM1*1P*2*COUNTY JAIL*****XX*1234567893
HL*4*3*22*0
DMG*D8*19900101*F
NM1*IL*1*DOE*ANN****MI*90000001A
TRN*1*TRACE1
REF*1K*ICN1
REF*EJ*PCN1
AMT*T3*80.00
DTP*472*RD8*20260401-20260403
HL*5*3*22*0
DMG*D8*19910101
NM1*IL*1*ROE*****MI*90000002A
TRN*1*TRACE2
REF*EJ*PCN2
AMT*T3*80.00
DTP*472*RD8*20260401-20260403
"""


def requests(*changes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([CLAIM | one for one in changes], schema=REQUESTS)


OTHER = {"trace_number": "TRACE2", "patient_control_number": "PCN2", "payer_claim_number": None,
         "cin": "90000002A", "last_name": "ROE", "first_name": None, "sex": None,
         "birth_date": "19910101"}  # fmt: skip


def body(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("~") if line.strip()]
    return [one for one in lines if one.split("*")[0] not in ("ISA", "GS", "ST", "SE", "GE", "IEA")]


def test_claims_stand_below_their_provider() -> None:
    text = inquiry(requests(OTHER, {}), ENVELOPE)
    assert body(text) == EXPECTED.strip().splitlines()


def test_the_trailer_counts_its_segments() -> None:
    text = inquiry(requests({}, OTHER), ENVELOPE).replace("\n", "")
    segments = [line for line in text.split("~") if line]
    closing = next(line for line in segments if line.startswith("SE*"))
    assert closing == f"SE*{len(body(text)) + 2}*0001"
    assert len(segments) == len(body(text)) + 6


def test_another_provider_begins_another_level() -> None:
    other = OTHER | {"provider_npi": "1993999998"}
    levels = [one for one in body(inquiry(requests({}, other), ENVELOPE)) if one[:2] == "HL"]
    assert levels[2:] == ["HL*3*2*19*1", "HL*4*3*22*0", "HL*5*2*19*1", "HL*6*5*22*0"]


def test_many_claims_are_parted_into_sets() -> None:
    many = requests(*({"trace_number": f"T{n}"} for n in range(1_001)))
    text = inquiry(many, ENVELOPE)
    assert (text.count("ST*276*"), text.count("\nTRN*") or text.count("TRN*1*")) == (2, 1_001)
    assert "GE*2*31~" in text


@pytest.mark.parametrize("name", ["cin", "last_name", "birth_date", "charge_amount"])
def test_what_the_guide_requires_is_never_left_out(name: str) -> None:
    with pytest.raises(BrokenInvariantError, match=name):
        inquiry(requests({name: None}), ENVELOPE)


def test_nothing_is_asked_about_nothing() -> None:
    with pytest.raises(BrokenInvariantError, match="no requests"):
        inquiry(requests().clear(), ENVELOPE)
