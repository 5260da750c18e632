"""What the 277CA of the next day says of each claim, at all its levels."""

from datetime import timedelta
from typing import Any

import pytest
from payer_county import (
    ANN,
    SENT_AT,
    Certain,
    answered,
    bill,
    enclosed,
    file_of,
    payer,
    segments,
)

from pipelines.demo.payer.simulation import Mail

OTHER_DAY = (("99213", "100", "20260616"),)


def statuses(text: str) -> list[tuple[str, list[str]]]:
    """Claim to STC01 of itself and its lines."""
    found: list[tuple[str, list[str]]] = []
    for one in segments(text, "TRN", "STC"):
        if one[0] == "TRN":
            found.append((one[2], []))
        else:
            found[-1][1].append(one[1])
    return found[3:]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, ["A2:20:PR"]),
        ({"cin": f"{ANN}95001"}, ["A7:164:IL"]),  # a wrong check digit
        ({"cin": f"{ANN}85001"}, ["A2:20:PR"]),  # a card's number
        ({"cin": "80000001A"}, ["A7:164:IL"]),
        ({"cin": ""}, ["A6:164:IL"]),
        ({"born": "19900204"}, ["A7:158:IL"]),
        ({"billing": "1093817465"}, ["A7:562:85"]),
        ({"doctor": "1234567890"}, ["A7:562:82"]),
        ({"charge": "99"}, ["A8:400"]),
        ({"charge": "0"}, ["A7:402"]),
        ({"lines": (("99213", "100", "20260708"),)}, ["A7:247", "A7:187"]),
        ({"units": "100"}, ["A7:247", "A7:476"]),
        ({"units": "0"}, ["A7:247", "A7:476"]),
        ({"pointer": "2"}, ["A7:247", "A7:477"]),
        ({"diagnoses": "ABK:F1120*ABF:Z651", "pointer": "1:2"}, ["A2:20:PR"]),
        ({"frequency": "3"}, ["A7:535"]),
        ({"frequency": "7"}, ["A6:464"]),
        ({"frequency": "7", "refs": ("REF*F8*1",)}, ["A7:464"]),
        ({"frequency": "7", "lines": (("99213", "50", "20260615"),) * 2, "refs": ("REF*F8*1",)},
         ["A8:535"]),
        ({"cin": "80000001A", "doctor": "1", "charge": "1"},
         ["A7:164:IL", "A7:562:82", "A8:400"]),
    ],
)  # fmt: skip
def test_a_claim_is_taken_or_turned_back_with_reasons(values: dict[str, Any], told: Any) -> None:
    (text,) = answered(file_of(bill("C1", **values)))["277CA"]
    assert statuses(text) == [("C1", told)]


def test_a_claim_sent_again_is_turned_back() -> None:
    told = answered(file_of(bill("C1")), file_of(bill("C1"), number=2))
    assert [statuses(text) for text in told["277CA"]] == [
        [("C1", ["A2:20:PR"])],
        [("C1", ["A3:746"])],
    ]


def test_counts_and_dollars_stand_at_each_level() -> None:
    other = "1679576722"
    bills = (bill("C1"), bill("C2", charge="1"), bill("C3", billing=other), bill("C4", cin="8"))
    (text,) = answered(file_of(*bills))["277CA"]
    assert ["*".join(one) for one in segments(text, "QTY", "AMT")] == [
        "QTY*90*2", "QTY*AA*2", "AMT*YU*200", "AMT*YY*101",
        "QTY*QA*1", "QTY*QC*2", "AMT*YU*100", "AMT*YY*101",
        "QTY*QA*1", "AMT*YU*100",
    ]  # fmt: skip
    levels = [(one[1], one[2], one[3]) for one in segments(text, "HL")]
    assert levels == [
        ("1", "", "20"), ("2", "1", "21"), ("3", "2", "19"), ("4", "3", "PT"), ("5", "3", "PT"),
        ("6", "3", "PT"), ("7", "2", "19"), ("8", "7", "PT"),
    ]  # fmt: skip


def test_the_payer_gives_its_own_number_to_what_it_takes_alone() -> None:
    (text,) = answered(file_of(bill("C1"), bill("C2", charge="1")))["277CA"]
    numbers = [one[2] for one in segments(text, "REF") if one[1] == "1K"]
    assert [len(one) for one in numbers] == [13]


STATUS = [
    "ST*276*0001*005010X212", "BHT*0010*13*1*20260708*1000", "HL*1**20*1",
    "NM1*PR*2*MEDI-CAL*****PI*610442", "HL*2*1*21*1", "NM1*41*2*COUNTY*****46*REENTRY34",
    "HL*3*2*19*1", "NM1*1P*2*COUNTY HEALTH*****XX*1245319599", "HL*4*3*22*0",
    f"NM1*IL*1*PERSON*A****MI*{ANN}", "TRN*1*T1", "REF*EJ*C1", "DTP*472*D8*20260615",
    "TRN*1*T2", "REF*EJ*C9", "DTP*472*D8*20260615", "SE*17*0001",
]  # fmt: skip


def test_a_276_is_answered_by_its_trace_and_as_the_claim_stands() -> None:
    asked = [
        Mail(enclosed(STATUS, number=2 + n, kind="HR"), SENT_AT + timedelta(days=days))
        for n, days in enumerate((1, 20))
    ]
    told = answered(file_of(bill("C1")), *asked)
    said = [["*".join(one) for one in segments(text, "TRN", "STC", "REF")] for text in told["277"]]
    number = segments(told["277CA"][0], "REF")[0][2]
    assert said == [
        ["TRN*2*T1", "STC*P1:20*20260708**100", f"REF*1K*{number}", "REF*EJ*C1",
         "TRN*2*T2", "STC*A4:35*20260708**0", "REF*EJ*C9"],
        ["TRN*2*T1", "STC*F1:65*20260727**100*80", f"REF*1K*{number}", "REF*EJ*C1",
         "TRN*2*T2", "STC*A4:35*20260727**0", "REF*EJ*C9"],
    ]  # fmt: skip
    assert "835" in told


class Slow(Certain):
    """Every claim is looked at by a person first."""

    def hits(self, stream: str, subject: str, per_mille: float) -> bool:  # noqa: ARG002
        return stream == "pended"


def test_a_pended_claim_is_told_so_and_paid_later() -> None:
    told = answered(file_of(bill("C1"), bill("C2", lines=OTHER_DAY)), by=payer(Slow(0)))
    (text,) = told["277"]
    assert [one[1:] for one in segments(text, "TRN")] == [["2", "C1"], ["2", "C2"]]
    assert {one[1] for one in segments(text, "STC")} == {"P2:46"}
    assert [segments(one, "DTM")[0][2] for one in told["835"]] == ["20260723"]
