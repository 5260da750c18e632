"""The 837P writer, compared with text drawn by hand, with three other readers, and with itself."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from claim_specimens import (
    claim,
    content,
    envelope,
    full_claim,
    line,
    numbered_claims,
    rendered_text,
)
from x12_edi_tools.x12_parser import X12Parser
from x12sdk.io import X12ModelReader

from contracts.errors import BrokenInvariantError
from pipelines.io.gate import check_837
from pipelines.x12.claim_sets import SETS_AT_ONCE, render

TWO_CLAIMS = """\
ISA*00*          *00*          *ZZ*RIVERCO        *ZZ*610442         *250701*2230*^*00501*000000077*1*T*:~
GS*HC*RIVERGS*610442*20250701*2230*78*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*0000000770001*20250701*2230*CH~
NM1*41*2*RIVER COUNTY*****46*RIVERGS~
PER*IC*ANN CLERK*TE*9165550199~
NM1*40*2*MEDI-CAL*****46*610442~
HL*1**20*1~
PRV*BI*PXC*261QP2400X~
NM1*85*2*RIVER COUNTY JAIL HEALTH*****XX*1234567893~
N3*1 MAIN ST~
N4*SACRAMENTO*CA*958140001~
REF*EI*941234567~
HL*2*1*22*0~
SBR*P*18*******MC~
NM1*IL*1*DOE*****MI*90000001A~
N3*2 OAK ST~
N4*SACRAMENTO*CA*95814~
DMG*D8*19900131*F~
NM1*PR*2*MEDI-CAL*****PI*610442~
CLM*PCN0000000000001*150***09:B:1*Y*A*Y*Y~
HI*ABK:F1120~
LX*1~
SV1*HC:99213*150*UN*1***1~
DTP*472*D8*20250601~
REF*6R*PCN000000000000101~
HL*3**20*1~
PRV*BI*PXC*261QP2400X~
NM1*85*2*RIVER COUNTY JAIL HEALTH*****XX*1234567893~
N3*1 MAIN ST~
N4*SACRAMENTO*CA*958140001~
REF*EI*941234567~
PER*IC*BILLING OFFICE*TE*9165550100~
NM1*87*2~
N3*PO BOX 9~
N4*LODI*CA*952400001~
HL*4*3*22*0~
SBR*T*18*******MC~
NM1*IL*1*DOE*JANE*Q**JR*MI*90000001A~
N3*2 OAK ST~
N4*SACRAMENTO*CA*95814~
DMG*D8*19900131*F~
NM1*PR*2*MEDI-CAL*****PI*610442~
CLM*PCN0000000000002*1200.5***09:B:7*Y*A*Y*Y***********3~
PWK*OZ*FX***AC*ACN1~
REF*9F*REF5~
REF*G1*12345678901~
REF*F8*ICN0001~
REF*X4*05D0000001~
NTE*ADD*SEE REMARKS~
HI*ABK:F1120*ABF:Z651~
NM1*DN*1*REFER*RITA****XX*1245319599~
NM1*82*1*ROE*RICHARD*M**III*XX*1679576722~
PRV*PE*PXC*207Q00000X~
NM1*77*2*NORTH ANNEX*****XX*1234567893~
N3*5 NORTH RD~
N4*GALT*CA*956320001~
NM1*DQ*1*SUPER*SAM****XX*1245319599~
SBR*P*18*G77******CI~
AMT*D*1000~
OI***Y***Y~
NM1*IL*1*DOE*JANE****MI*M123~
NM1*PR*2*MUTUAL HEALTH*****PI*MUT01~
SBR*S*01*******CI~
AMT*D*0~
OI***Y***Y~
NM1*IL*1*DOE*JOHN****MI*U9~
NM1*PR*2*OLD UNION*****PI*OLD02~
LX*1~
SV1*HC:J0577:UD:93:::UNLISTED THING*1200.5*UN*2.5*11**1:2**Y**Y*Y~
DTP*472*RD8*20250601-20250603~
REF*6R*PCN000000000000101~
LIN**N4*01234123412~
CTP****0.5*ML~
REF*XZ*RX77~
NM1*DK*1*ORDER*OLGA****XX*1679576722~
SVD*MUT01*1000*HC:J0577:UD**2.5~
CAS*CO*45*100.5**253*50~
CAS*PR*2*50~
DTP*573*D8*20250620~
SVD*OLD02*0*HC:J0577**2.5~
CAS*OA*23*1200.5~
DTP*573*D8*20250710~
SE*82*0001~
GE*1*78~
IEA*1*000000077~
"""  # noqa: E501


def values(text: str, segment_id: str) -> list[list[str]]:
    """Elements of every such segment, read the slow and obvious way."""
    segments = [piece.strip().split("*") for piece in text.split("~")]
    return [segment for segment in segments if segment[0] == segment_id]


def test_two_claims_are_written_as_drawn() -> None:
    assert rendered_text(content(claim(), full_claim())) == TWO_CLAIMS


def test_isa_is_106_characters() -> None:
    text = rendered_text(content(claim()))
    assert text.index("~") == 105
    assert text[82] == "^"
    assert text[104] == ":"


def test_pyx12_takes_every_loop_that_is_written(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    second_set = numbered_claims(3, billing_npi="1245319599")
    claims = pl.concat([content(claim(), full_claim()), second_set])
    path.write_text(rendered_text(claims, claims_per_set=2), encoding="ascii")
    (result,) = check_837([path])
    assert result.errors == ()
    assert result.is_accepted


def test_x12sdk_reads_the_same_claims() -> None:
    # x12sdk 2.2 keeps only the last of a line's 2430 loops, and then miscounts the set.
    full = full_claim()
    (only,) = full["lines"]
    full["lines"] = [only | {"other_payments": only["other_payments"][:1]}]
    with X12ModelReader(rendered_text(content(claim(), full))) as reader:
        (transaction_set,) = reader.models()
    claims = [
        subscriber.loop_2300[0]
        for billing in transaction_set.loop_2000a
        for subscriber in billing.loop_2000b
    ]
    assert [str(one.clm_segment.total_claim_charge_amount) for one in claims] == ["150", "1200.5"]
    assert [
        [code for code in one.hi_segment[0].model_dump(exclude_none=True).values() if code]
        for one in claims
    ] == [["HI", ["ABK", "F1120"]], ["HI", ["ABK", "F1120"], ["ABF", "Z651"]]]
    drug = claims[1].loop_2400[0].loop_2410.lin_segment
    assert drug.national_drug_code_universal_product_number == "01234123412"


def test_x12_parser_counts_the_same_segments() -> None:
    text = rendered_text(numbered_claims(5), claims_per_set=2)
    by_segment = X12Parser().parse(text)
    assert sum(len(found) for found in by_segment.values()) == text.count("~")


def test_a_new_set_begins_when_the_limit_is_passed() -> None:
    text = rendered_text(numbered_claims(5), claims_per_set=2)
    assert [st[2] for st in values(text, "ST")] == ["0001", "0002", "0003"]
    assert [bht[3] for bht in values(text, "BHT")] == [f"000000077000{n}" for n in (1, 2, 3)]
    assert values(text, "GE") == [["GE", "3", "78"]]
    assert len(values(text, "ISA")) == len(values(text, "IEA")) == 1


def test_sets_go_on_where_those_that_are_planned_at_once_end() -> None:
    count = 2 * SETS_AT_ONCE + 3
    text = rendered_text(numbered_claims(count), claims_per_set=2)
    sets = -(-count // 2)
    assert [st[2] for st in values(text, "ST")] == [f"{n:04d}" for n in range(1, sets + 1)]
    assert [clm[1] for clm in values(text, "CLM")] == [
        clm[1] for clm in values(rendered_text(numbered_claims(count)), "CLM")
    ]
    assert values(text, "GE") == [["GE", str(sets), "78"]]


def test_se_counts_its_set_from_st_to_se() -> None:
    text = rendered_text(numbered_claims(5), claims_per_set=2)
    for piece in text.split("ST*837*")[1:]:
        body, se = piece.split("SE*")
        assert int(se.split("*")[0]) == body.count("~") + 1


def test_levels_are_numbered_through_each_set_and_hang_under_their_provider() -> None:
    #  given order    A B A B     becomes A A B | B
    npis = ["1234567893", "1245319599"] * 2
    rows = [
        claim(claim_id=f"claim-{n}", patient_control_number=f"PCN{n}", billing_npi=npi)
        for n, npi in enumerate(npis)
    ]
    text = rendered_text(content(*rows), claims_per_set=3)
    assert [hl[1:] for hl in values(text, "HL")] == [
        ["1", "", "20", "1"],
        ["2", "1", "22", "0"],
        ["3", "1", "22", "0"],
        ["4", "", "20", "1"],
        ["5", "4", "22", "0"],
        ["1", "", "20", "1"],
        ["2", "1", "22", "0"],
    ]
    assert [clm[1] for clm in values(text, "CLM")] == ["PCN0", "PCN2", "PCN1", "PCN3"]


def test_one_npi_with_two_addresses_is_two_billing_levels() -> None:
    text = rendered_text(content(claim(), claim(claim_id="claim-2", billing_city="GALT")))
    assert [hl[3] for hl in values(text, "HL")] == ["20", "22", "20", "22"]


def test_fifty_lines_and_twelve_diagnoses_stand_in_order() -> None:
    codes = [f"F1{n:02d}" for n in range(12)]
    lines = [line(line_ordinal=str(n), line_control_number=f"L{n}") for n in range(1, 51)]
    text = rendered_text(content(claim(diagnosis_codes=codes, lines=lines)))
    assert [lx[1] for lx in values(text, "LX")] == [str(n) for n in range(1, 51)]
    (hi,) = values(text, "HI")
    assert hi[1:] == [f"ABK:{codes[0]}", *(f"ABF:{code}" for code in codes[1:])]


def test_positions_say_where_each_claim_stands() -> None:
    claims = content(claim(), full_claim(), claim(claim_id="claim-3"))
    for one in render(claims, envelope(), claims_per_set=2):
        text = one.content.decode()
        segments = text[text.index("ST*837") :].split("~\n")
        for ordinal, row in enumerate(one.positions.iter_rows(named=True), start=1):
            span = segments[row["first_segment"] - 1 : row["last_segment"]]
            assert row["set_position"] == ordinal
            assert span[0].startswith("HL*")
            assert span[0].endswith("*22*0")
            assert sum(s.startswith(f"CLM*{row['patient_control_number']}*") for s in span) == 1
            assert segments[row["last_segment"]].startswith(("HL*", "SE*"))


def test_the_same_claims_and_envelope_give_the_same_bytes() -> None:
    claims = content(claim(), full_claim())
    assert rendered_text(claims) == rendered_text(claims)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"subscriber_last_name": "O*BRIEN"}, "subscriber_last_name"),
        ({"subscriber_last_name": "O:BRIEN"}, "subscriber_last_name"),
        ({"subscriber_last_name": "O^BRIEN"}, "subscriber_last_name"),
        ({"subscriber_last_name": "O~BRIEN"}, "subscriber_last_name"),
        ({"subscriber_last_name": "NUÑEZ"}, "subscriber_last_name"),
        ({"claim_note": "TWO\nLINES"}, "claim_note"),
        ({"claim_note": ""}, "claim_note"),
        ({"billing_npi": None}, "billing_npi"),
        ({"subscriber_birth_date": None}, "subscriber_birth_date"),
        ({"diagnosis_codes": []}, "diagnosis_codes"),
        ({"diagnosis_codes": None}, "diagnosis_codes"),
        ({"diagnosis_codes": ["F1120", None]}, "diagnosis_codes"),
        ({"diagnosis_codes": ["F11:20"]}, "diagnosis_codes"),
        ({"diagnosis_codes": ["F1120"] * 13}, "diagnosis_codes"),
        ({"lines": []}, "lines"),
        ({"lines": [line()] * 51}, "lines"),
        ({"lines": [line(), line(procedure_code=None)]}, "procedure_code"),
        ({"lines": [line(ndc="0~1")]}, "ndc"),
        ({"lines": [line(modifiers=["A", "B", "C", "D", "E"])]}, "modifiers"),
        ({"lines": [line(modifiers=["A*"])]}, "modifiers"),
        ({"lines": [line(diagnosis_pointers=["1", "2", "3", "4", "5"])]}, "diagnosis_pointers"),
        ({"attachments": [{"report_type_code": "OZ"}]}, "transmission_code"),
    ],
)
def test_what_x12_cannot_carry_is_refused_by_claim_and_column(
    changes: dict[str, Any], column: str
) -> None:
    claims = content(claim(), claim(claim_id="claim-9", **changes))
    with pytest.raises(BrokenInvariantError, match=rf"claim claim-9, column {column}:") as refused:
        list(render(claims, envelope()))
    assert "BRIEN" not in refused.value.message


def test_no_claims_and_another_schema_are_refused() -> None:
    with pytest.raises(BrokenInvariantError, match="no claims"):
        list(render(content(), envelope()))
    with pytest.raises(BrokenInvariantError, match=r"content\.CONTENT"):
        list(render(content(claim()).drop("claim_note"), envelope()))
