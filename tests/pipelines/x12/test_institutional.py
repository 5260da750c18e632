"""The 837I writer, compared with text drawn by hand, with pyx12 and with another reader."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from claim_specimens import BILL_LINE, bill, content, envelope, full_bill, line
from x12sdk.io import X12ModelReader

from contracts.errors import BrokenInvariantError
from pipelines.io.gate import check_837
from pipelines.x12.claim_forms import INSTITUTIONAL, PROFESSIONAL
from pipelines.x12.claim_sets import render

TWO_BILLS = """\
ISA*00*          *00*          *ZZ*RIVERCO        *ZZ*610442         *250701*2230*^*00501*000000077*1*T*:~
GS*HC*RIVERGS*610442*20250701*2230*78*X*005010X223A2~
ST*837*0001*005010X223A2~
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
CLM*PCN0000000000001*150***13:A:1**A*Y*Y~
DTP*434*RD8*20250601-20250603~
CL1*3**01~
HI*ABK:F1120~
NM1*71*1*ATTEND*ADA****XX*1679576722~
LX*1~
SV2*0510*HC:99213*150*UN*1~
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
CLM*PCN0000000000002*1200.5***11:A:2**A*Y*Y***********3~
DTP*096*TM*1400~
DTP*434*RD8*20250601-20250603~
DTP*435*DT*202506010930~
CL1*3*1*30~
PWK*OZ*FX***AC*ACN1~
REF*9F*REF5~
REF*G1*12345678901~
REF*F8*ICN0001~
NTE*ADD*SEE REMARKS~
HI*ABK:F1120~
HI*ABJ:F1120~
HI*ABN:W19XXXA~
HI*ABF:F110*ABF:F111*ABF:F112*ABF:F113*ABF:F114*ABF:F115*ABF:F116*ABF:F117*ABF:F118*ABF:F119*ABF:F120*ABF:F121~
HI*ABF:F122*ABF:F123*ABF:F124*ABF:F125~
HI*BBR:0DTJ4ZZ:D8:20250602~
HI*BH:11:D8:20250531*BH:A1:D8:20250601~
HI*BE:A2:::15.3*BE:80:::2~
HI*BG:C1*BG:09~
NM1*71*1*ATTEND*ADA****XX*1679576722~
PRV*AT*PXC*207Q00000X~
NM1*72*1*OPERATE*OTTO****XX*1245319599~
NM1*82*1*ROE*RICHARD*M**III*XX*1679576722~
NM1*77*2*NORTH ANNEX*****XX*1234567893~
N3*5 NORTH RD~
N4*GALT*CA*956320001~
NM1*DN*1*REFER*RITA****XX*1245319599~
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
SV2*0636*HC:J0577:UD:93:::UNLISTED THING*1200.5*UN*2.5~
DTP*472*RD8*20250601-20250603~
REF*6R*PCN000000000000101~
LIN**N4*01234123412~
CTP****0.5*ML~
REF*XZ*RX77~
NM1*82*1*LINER*****XX*1234567893~
NM1*DN*1*REFER*****XX*1245319599~
SVD*MUT01*1000*HC:J0577:UD*0636*2.5~
CAS*CO*45*100.5**253*50~
CAS*PR*2*50~
DTP*573*D8*20250620~
SVD*OLD02*0*HC:J0577*0636*2.5~
CAS*OA*23*1200.5~
DTP*573*D8*20250710~
SE*98*0001~
GE*1*78~
IEA*1*000000077~
"""  # noqa: E501


def rendered(claims: pl.DataFrame) -> str:
    parts = render(claims, envelope(), INSTITUTIONAL)
    return b"".join(one.content for one in parts).decode("ascii")


def test_two_claims_are_written_as_drawn() -> None:
    assert rendered(content(bill(), full_bill())) == TWO_BILLS


def test_pyx12_takes_every_loop_that_is_written(tmp_path: Path) -> None:
    path = tmp_path / "bills.837"
    path.write_text(rendered(content(bill(), full_bill())), encoding="ascii")
    (result,) = check_837([path])
    assert result.errors == ()
    assert result.is_accepted


def test_x12sdk_reads_the_same_bills() -> None:
    # x12sdk 2.2 keeps only the last of a line's 2430 loops, and then miscounts the set; it knows
    # neither the billing note (NTE*ADD) nor a span of service (RD8), which pyx12 and the guide do.
    full = full_bill(claim_note=None)
    (only,) = full["lines"]
    full["lines"] = [only | {"other_payments": only["other_payments"][:1], "service_to": None}]
    with X12ModelReader(rendered(content(bill(), full))) as reader:
        (transaction_set,) = reader.models()
    levels = [level for one in transaction_set.loop_2000a for level in one.loop_2000b]
    claims = [level.loop_2300[0] for level in levels]
    assert [str(one.clm_segment.total_claim_charge_amount) for one in claims] == ["150", "1200.5"]
    services = [one.loop_2400[0].sv2_segment for one in claims]
    assert [one.service_line_revenue_code for one in services] == ["0510", "0636"]
    assert claims[1].loop_2310a.nm1_segment.identification_code == "1679576722"


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"facility_code": None}, "facility_code"),
        ({"statement_to": None}, "statement_to"),
        ({"patient_status": None}, "patient_status"),
        ({"attending_npi": None}, "attending_npi"),
        ({"occurrences": [{"code": "11"}]}, "on"),
        ({"values": [{"code": "A2"}]}, "amount"),
        ({"condition_codes": ["C1", None]}, "condition_codes"),
        ({"condition_codes": ["C1"] * 25}, "condition_codes"),
        ({"diagnosis_codes": ["F1120"] * 26}, "diagnosis_codes"),
        ({"lines": [line(**BILL_LINE)] * 1000}, "lines"),
        ({"lines": [line(diagnosis_pointers=[])]}, "revenue_code"),
    ],
)
def test_what_the_guide_needs_is_refused_by_claim_and_column(
    changes: dict[str, Any], column: str
) -> None:
    with pytest.raises(BrokenInvariantError, match=rf"claim bill-9, column {column}:"):
        rendered(content(bill(claim_id="bill-9", **changes)))


def test_999_lines_and_25_diagnoses_go_where_a_professional_claim_takes_50_and_12() -> None:
    lines = [line(**BILL_LINE, line_ordinal=str(n)) for n in range(1, 1000)]
    codes = [f"F{n}" for n in range(100, 125)]
    text = rendered(content(bill(lines=lines, diagnosis_codes=codes)))
    assert text.count("LX*") == 999
    assert text.count("ABF:") == 24
    assert (PROFESSIONAL.max_lines, PROFESSIONAL.max_diagnoses) == (50, 12)
