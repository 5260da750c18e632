"""The 278 request: what goes out, what cannot, and that it reads back as it was meant."""

from typing import Any

import polars as pl
import pytest
from claim_specimens import envelope
from x12_edi_tools.x12_parser import X12Parser

from contracts.errors import BrokenInvariantError
from pipelines.x12 import authorization_answers, wire
from pipelines.x12.authorization_request import REQUESTS, request, uncarried

WALKER: dict[str, Any] = {
    "trace_number": "AAAABBBBCCCCDDDD",
    "cin": "90000000A",
    "last_name": "Mu\u00f1oz",
    "first_name": "Zo\u00eb",
    "birth_date": "19900131",
    "sex": "F",
    "procedure_code": "E0143",
    "units": "1",
    "starts_on": "20261101",
    "ends_on": "20261231",
    "place_of_service": "09",
    "requesting_npi": "1234567893",
    "requesting_name": "County Jail Health",
    "modifiers": ["NU"],
    "diagnosis_codes": ["M6281", "F1120"],
}


def requests(*changes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([WALKER | change for change in changes], schema=REQUESTS)


def segments(text: str) -> list[str]:
    return [one.strip() for one in text.split("~")[:-1]]


def test_a_request_is_a_set_of_its_own() -> None:
    text = request(requests({}, {"trace_number": "NEXT"}), envelope(), "9123456789")
    assert segments(text)[2:21] == [
        "ST*278*0001*005010X217",
        "BHT*0007*13*0000000770001*20250701*2230",
        "HL*1**20*1",
        "NM1*X3*2*MEDI-CAL*****46*610442",
        "HL*2*1*21*1",
        "NM1*1P*2*COUNTY JAIL HEALTH*****XX*1234567893",
        "HL*3*2*22*1",
        "NM1*IL*1*MUNOZ*ZOE****MI*90000000A",
        "DMG*D8*19900131*F",
        "HL*4*3*EV*1",
        "TRN*1*AAAABBBBCCCCDDDD*9123456789",
        "UM*HS*I**09:B",
        "HI*ABK:M6281*ABF:F1120",
        "HL*5*4*SS*0",
        "DTP*472*RD8*20261101-20261231",
        "SV1*HC:E0143:NU**UN*1",
        "SE*17*0001",
        "ST*278*0002*005010X217",
        "BHT*0007*13*0000000770002*20250701*2230",
    ]


def test_what_the_order_does_not_say_is_left_out() -> None:
    bare = {"modifiers": None, "diagnosis_codes": None, "ends_on": None, "sex": None,
            "first_name": None, "place_of_service": None}  # fmt: skip
    told = segments(request(requests(bare), envelope(), "9123456789"))
    assert "NM1*IL*1*MUNOZ*****MI*90000000A" in told
    assert "DMG*D8*19900131*U" in told
    assert "UM*HS*I" in told
    assert "DTP*472*D8*20261101" in told
    assert "SV1*HC:E0143**UN*1" in told
    assert not [one for one in told if one.startswith("HI")]


HELD = [
    ("cin", None, "absent"),
    ("units", None, "absent"),
    ("last_name", "", "absent"),
    ("last_name", "\u041d\u0433\u0443\u0435\u043d", "characters"),
    ("last_name", "A" * 61, "longer"),
    ("requesting_npi", None, "absent"),
    ("requesting_name", None, "absent"),
]


@pytest.mark.parametrize(("name", "value", "reason"), HELD)
def test_what_cannot_be_written_is_told_and_never_mangled(
    name: str, value: str | None, reason: str
) -> None:
    made = requests({}, {name: value})
    ((row, column, why),) = uncarried(made).rows()
    assert (row, column) == (1, name)
    assert reason in why
    with pytest.raises(BrokenInvariantError, match=f"request 1, column {name}") as caught:
        request(made, envelope(), "9123456789")
    assert str(value) not in caught.value.message.split(name, 1)[1] or value in (None, "")


def test_nothing_to_ask_is_refused() -> None:
    with pytest.raises(BrokenInvariantError, match="no requests"):
        request(requests(), envelope(), "9123456789")


def test_readers_take_it() -> None:
    text = request(requests({}, {"trace_number": "NEXT"}), envelope(), "9123456789")
    read = wire.read(text.encode(), file_id="7f3a")
    sets = read.transaction_sets
    assert sets["transaction_set"].to_list() == ["278", "278"]
    assert not sets["is_damaged"].any()
    assert authorization_answers.read(read.tokens).is_empty()  # a request answers nothing
    found = X12Parser().parse(text)
    assert sum(map(len, found.values())) == text.count("~")
