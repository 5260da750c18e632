"""The 278 response: each decision under the event or service that it is about."""

from typing import Any

import polars as pl
import pytest
from x12_text import group, interchange, transaction

from pipelines.x12 import wire
from pipelines.x12.authorization_answers import read

HEADING = ("BHT*0007*11*REF*20260502*1431*18", "HL*1**20*1", "NM1*X3*2*MEDI-CAL*****PI*610442",
           "HL*2*1*21*1", "NM1*1P*2*COUNTY*****XX*1234567893")  # fmt: skip
PERSON = ("HL*3*2*22*1", "NM1*IL*1*DOE*ANN****MI*90000001A", "HL*4*3*EV*1",
          "TRN*2*OURS*1123456789", "TRN*1*THEIRS*9999999999", "UM*HS*I**09:B")  # fmt: skip


def rows(*segments: str, columns: str = "outcome") -> list[tuple[Any, ...]]:
    text = interchange(group(transaction("278", *segments)))
    tokens = wire.read(text.encode(), file_id="7f3a").tokens
    return read(tokens).select(columns.split()).rows()


def test_services_of_an_event_are_answered_one_by_one() -> None:
    found = rows(
        *HEADING, *PERSON, "HCR*A6*12345678901*0X", "DTP*AAH*RD8*20260501-20260630",
        "HL*5*4*SS*0", "HCR*A1*12345678902", "DTP*472*D8*20260510", "SV1*HC:E0143:NU*100*UN*2",
        "HL*6*4*SS*0", "SV2**HC:99214", "HSD*VS*3",
        columns="segment_ordinal service_ordinal trace_number outcome authorization_number "
                "decision_reason procedure_code modifiers units starts_on ends_on decided_on cin",
    )  # fmt: skip
    shared = ("2026-05-02", "90000001A")
    assert found == [
        (17, 1, "OURS", "approved", "12345678902", "0X", "E0143", "NU", "2", "2026-05-10",
         "2026-05-10", *shared),
        (21, 2, "OURS", "modified", "12345678901", "0X", "99214", None, "3", "2026-05-01",
         "2026-06-30", *shared),
    ]  # fmt: skip


def test_an_event_without_services_is_answered_itself() -> None:
    found = rows(
        *HEADING, *PERSON, "HCR*A4**0U", "REF*NT*P2003", "REF*BB*OLD", "HSD*VS*4",
        columns="outcome authorization_number administrative_number supersedes_number units",
    )  # fmt: skip
    assert found == [("pending", None, "P2003", "OLD", "4")]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("A1", "approved"), ("A2", "modified"), ("A6", "modified"), ("A3", "denied"),
        ("A4", "pending"), ("CT", "pending"), ("C", "cancelled"), ("NA", "not_needed"),
        ("ZZ", "unanswered"),
    ],
)  # fmt: skip
def test_what_a_code_decides(code: str, outcome: str) -> None:
    assert rows(*HEADING, *PERSON, f"HCR*{code}") == [(outcome,)]


def test_when_it_begins_and_ends_goes_before_the_day_of_the_event() -> None:
    found = rows(
        *HEADING, *PERSON, "DTP*AAH*D8*20260501", "DTP*007*D8*20260415", "DTP*036*D8*20260731",
        columns="starts_on ends_on",
    )  # fmt: skip
    assert found == [("2026-04-15", "2026-07-31")]


REJECTED = [
    # where the AAA stands, and what stands below
    ((HEADING[0], HEADING[1], "AAA*Y**42*Y"), ("42",)),
    ((*HEADING, "AAA*N**51*C"), ("51",)),
    ((*HEADING, "HL*3*2*22*1", "NM1*IL*1*DOE*ANN****MI*9", "AAA*N**72*C"), ("72",)),
    ((*HEADING, *PERSON, "AAA*N**57*C"), ("57",)),
    ((*HEADING, *PERSON, "HL*5*4*SS*0", "AAA*N**57*C", "AAA*N**15*C"), ("57", "15")),
    ((*HEADING, "AAA*N**51*C", *PERSON, "AAA*N**57*C"), ("51", "57")),
]


@pytest.mark.parametrize(("segments", "codes"), REJECTED)
def test_a_rejection_is_told_with_the_codes_of_the_levels_above(
    segments: tuple[str, ...], codes: tuple[str, ...]
) -> None:
    assert rows(*segments, columns="outcome reject_codes") == [("rejected", "|".join(codes))]


def test_people_beside_each_other_are_kept_apart() -> None:
    other = [one.replace("OURS", "NEXT").replace("90000001A", "90000002A") for one in PERSON]
    other[0] = "HL*5*2*22*1"
    found = rows(
        *HEADING, *PERSON, "HCR*A1*1", *other, "HCR*A3",
        columns="cin trace_number outcome authorization_number",
    )  # fmt: skip
    assert found == [
        ("90000001A", "OURS", "approved", "1"),
        ("90000002A", "NEXT", "denied", None),
    ]


def test_a_dependent_is_the_patient() -> None:
    found = rows(
        *HEADING, "HL*3*2*22*1", "NM1*IL*1*DOE*PAT****MI*90000003A", "HL*4*3*23*1",
        "NM1*QC*1*DOE*KID", "HL*5*4*EV*0", "TRN*2*T*1", "HCR*A1*7",
        columns="trace_number outcome authorization_number",
    )  # fmt: skip
    assert found == [("T", "approved", "7")]


def test_requests_and_other_sets_are_passed_over() -> None:
    request = (HEADING[0].replace("*11*", "*13*"), *HEADING[1:], *PERSON)
    assert rows(*request) == []
    text = interchange(group(transaction("271", *HEADING)))
    assert read(wire.read(text.encode(), file_id="7f3a").tokens).is_empty()


def test_every_column_is_text_but_the_ordinals() -> None:
    text = interchange(group(transaction("278", *HEADING, *PERSON, "HCR*A1*1")))
    schema = read(wire.read(text.encode(), file_id="7f3a").tokens).schema
    ordinals = {name for name in schema if name.endswith("_ordinal")}
    assert all(schema[name] == pl.Int64 for name in ordinals)
    assert all(schema[name] == pl.String for name in schema.names() if name not in ordinals)
