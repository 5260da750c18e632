"""The 270 as it is written, and as two readers that did not write it take it."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from claim_specimens import envelope
from hypothesis import given
from hypothesis import strategies as st
from x12_edi_tools.x12_parser import X12Parser
from x12sdk.io import X12ModelReader

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.x12 import wire
from pipelines.x12.eligibility_inquiry import REQUESTS, Receiver, inquiry, uncarried

AGENCY = Receiver("RIVER COUNTY", "1234567893", "1123456789")
ANN = ("T1", "90000001A", "Núñez-O\u2019Brien", "Ana María", date(1990, 1, 31), "F", "2024-02")
BO = ("T2", "90000002C95001", "DOE", "BO", date(1980, 12, 1), "U", "2025-12")


def requests(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=REQUESTS, orient="row")


def values(text: str, segment_id: str, *numbers: int) -> list[tuple[Any, ...]]:
    tokens = wire.read(text.encode(), file_id="7f3a").tokens.filter(segment_id=segment_id)
    return tokens.select(wire.element(number).alias(str(number)) for number in numbers).rows()


def test_an_inquiry_is_written_as_drawn() -> None:
    text = inquiry(requests(ANN, BO), envelope(), AGENCY)
    assert text.splitlines()[1:] == [
        "GS*HS*RIVERGS*610442*20250701*2230*78*X*005010X279A1~",
        "ST*270*0001*005010X279A1~",
        "BHT*0022*13*0000000770001*20250701*2230~",
        "HL*1**20*1~",
        "NM1*PR*2*MEDI-CAL*****PI*610442~",
        "HL*2*1*21*1~",
        "NM1*1P*2*RIVER COUNTY*****XX*1234567893~",
        "HL*3*2*22*0~",
        "TRN*1*T1*1123456789~",
        "NM1*IL*1*NUNEZ-O'BRIEN*ANA MARIA****MI*90000001A~",
        "DMG*D8*19900131*F~",
        "DTP*291*RD8*20240201-20240229~",
        "EQ*30~",
        "HL*4*2*22*0~",
        "TRN*1*T2*1123456789~",
        "NM1*IL*1*DOE*BO****MI*90000002C95001~",
        "DMG*D8*19801201~",
        "DTP*291*RD8*20251201-20251231~",
        "EQ*30~",
        "SE*19*0001~",
        "GE*1*78~",
        "IEA*1*000000077~",
    ]
    assert text.index("~") == 105


def test_a_day_may_stand_for_its_month() -> None:
    text = inquiry(requests(ANN), envelope(), AGENCY, asks_whole_month=False)
    assert values(text, "DTP", 1, 2, 3) == [("291", "D8", "20240201")]


def test_sets_are_closed_and_counted() -> None:
    rows = [(f"T{number}", *ANN[1:]) for number in range(7)]
    text = inquiry(requests(*rows), envelope(), AGENCY, requests_per_set=3)
    sets = wire.read(text.encode(), file_id="7f3a").transaction_sets
    assert sets["reason"].to_list() == [None, None, None]
    assert values(text, "SE", 1, 2) == [("25", "0001"), ("25", "0002"), ("13", "0003")]
    assert [reference for (reference,) in values(text, "BHT", 3)] == [
        f"000000077000{number}" for number in (1, 2, 3)
    ]
    assert values(text, "GE", 1) == [("3",)]
    assert [trace for (trace,) in values(text, "TRN", 2)] == [row[0] for row in rows]


def test_x12sdk_reads_the_same_persons() -> None:
    with X12ModelReader(inquiry(requests(ANN, BO), envelope(), AGENCY)) as reader:
        (model,) = reader.models()
    (receiver,) = model.loop_2000a[0].loop_2000b
    told = [
        (
            person.trn_segment[0].reference_identification_1,
            person.loop_2100c.nm1_segment.identification_code,
            person.loop_2100c.nm1_segment.name_last_or_organization_name,
            person.loop_2100c.dmg_segment.date_time_period,
            person.loop_2100c.dtp_segment.date_time_period,
        )
        for person in receiver.loop_2000c
    ]
    assert told == [
        ("T1", "90000001A", "NUNEZ-O'BRIEN", date(1990, 1, 31), "20240201-20240229"),
        ("T2", "90000002C95001", "DOE", date(1980, 12, 1), "20251201-20251231"),
    ]


def test_x12_parser_counts_the_same_segments() -> None:
    text = inquiry(requests(ANN, BO), envelope(), AGENCY)
    assert sum(len(found) for found in X12Parser().parse(text).values()) == text.count("~")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("cin", None, "absent though the guide requires it"),
        ("cin", "9000*001A", "characters that X12 cannot carry"),
        ("cin", "9" * 81, "longer than 80 characters"),
        ("last_name", " * ", "absent though the guide requires it"),
        ("last_name", "王", "characters that X12 cannot carry"),
        ("last_name", "X" * 61, "longer than 60 characters"),
        ("first_name", None, "absent though the guide requires it"),
        ("first_name", "Ω", "characters that X12 cannot carry"),
        ("birth_date", None, "absent though the guide requires it"),
        ("month", None, "absent though the guide requires it"),
        ("month", "2025-13", "not YYYY-MM"),
        ("month", "2025-1", "not YYYY-MM"),
        ("trace_number", None, "absent though the guide requires it"),
        ("trace_number", "T2", "given to two requests"),
        ("trace_number", "T~", "characters that X12 cannot carry"),
    ],
)
def test_what_cannot_be_carried_is_told_and_refused(
    column: str, value: str | None, reason: str
) -> None:
    wrong = dict(zip(REQUESTS, ANN, strict=True)) | {column: value}
    rows = requests(tuple(wrong.values()), BO)
    told = uncarried(rows).filter(row=0)
    assert told.select("row", "column_name", "reason").rows() == [(0, column, reason)]
    with pytest.raises(BrokenInvariantError, match=f"column {column}: {reason}") as refused:
        inquiry(rows, envelope(), AGENCY)
    assert value is None or value not in refused.value.message.split()


def test_nothing_to_ask_is_refused() -> None:
    with pytest.raises(BrokenInvariantError, match="no requests"):
        inquiry(requests(), envelope(), AGENCY)
    with pytest.raises(BrokenInvariantError, match="columns unlike"):
        inquiry(requests(ANN).drop("sex"), envelope(), AGENCY)


@pytest.mark.parametrize(
    "receiver",
    [
        Receiver("", "1234567893", "1123456789"),
        Receiver("RIVER*COUNTY", "1234567893", "1123456789"),
        Receiver("RIVER COUNTY", "1234567893", "123"),
    ],
)
def test_an_agency_that_cannot_be_written_is_refused(receiver: Receiver) -> None:
    with pytest.raises(UsageError, match="trace_originator_id"):
        inquiry(requests(ANN), envelope(), receiver)


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), min_size=1, max_size=8))
def test_whatever_is_carried_comes_back(names: list[tuple[str, str]]) -> None:
    rows = requests(
        *((f"T{number}", "90000001A", *name, *ANN[4:]) for number, name in enumerate(names))
    )
    held = uncarried(rows)["row"].unique()
    asked = rows.with_row_index("row").filter(~pl.col("row").is_in(held.implode())).drop("row")
    if asked.is_empty():
        return
    text = inquiry(asked, envelope(), AGENCY)
    assert [trace for (trace,) in values(text, "TRN", 2)] == asked["trace_number"].to_list()
    assert all(last and first for last, first in values(text.replace("NM1*PR", "XX").replace(
        "NM1*1P", "XX"), "NM1", 3, 4))  # fmt: skip
    assert not wire.read(text.encode(), file_id="7f3a").transaction_sets["is_damaged"].any()
