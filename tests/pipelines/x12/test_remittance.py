"""835 sets as tables: each row with its values and the segment that it comes from."""

from datetime import date
from decimal import Decimal

import polars as pl
from payer_answers import interchange
from x12_text import transaction

from pipelines.x12 import remittance, wire

SEGMENTS = (
    "BPR*I*90*C*CHK************20261112", "TRN*1*T77*1000610442", "DTM*405*20261110",
    "N1*PR*MEDI-CAL*XV*610442", "N1*PE*COUNTY*XX*1093817465", "LX*1",
    "CLP*PCN1*1*150*100*5*MC*ICN9*09*1", "CAS*OA*94*-20", "NM1*QC*1*DOE*ANN****MI*90000001A95001",
    "NM1*82*1*ROE*JO****XX*1992739999", "MOA***MA01*MA18", "DTM*050*20261020",
    "SVC*HC:99213:95:U1*100*60**1*HC:99214*2", "DTM*472*20261015", "CAS*CO*45*30**251*10*1",
    "REF*6R*PCN11", "AMT*B6*70", "LQ*HE*N102", "LQ*HE*N30",
    "SVC*HC:J0571*50*20**3.5", "DTM*150*20261001", "DTM*151*20261007", "CAS*CO*45*30",
    "CLP*PCN2*4*10*0**MC*ICN8", "CAS*CO*31*10", "PLB*1093817465*20261231*WO:ICN7*8*L6*2",
)  # fmt: skip
GS = "GS*HP*610442*REENTRY34*20261112*1200*9*X*005010X221A1~"
TEXT = interchange(f"{GS}{transaction('835', *SEGMENTS)}GE*1*9~")
READ = remittance.read(wire.read(TEXT.encode(), file_id="7f3a"))
CLP, SVC = 10, 16  # ISA 1, GS 2, ST 3


def rows(table: str, columns: str) -> list[tuple[object, ...]]:
    return READ[table].select(columns.split()).rows()


def test_the_payment() -> None:
    columns = "row_number segment_ordinal payer_id payee_npi trace_number paid_on amount"
    assert rows("remittance_sets", columns) == [
        (1, 3, "610442", "1093817465", "T77", date(2026, 11, 12), Decimal("90.00"))
    ]
    assert rows("remittance_sets", "claim_count claims_read unreadable_segment") == [(2, 2, None)]


def test_claims_with_member_numbers_and_day_of_receipt() -> None:
    columns = (
        "segment_ordinal patient_control_number claim_status_code charge_amount paid_amount "
        "patient_amount payer_claim_number frequency_code member_id rendering_npi claim_received_on"
    )
    dollars = Decimal("150.00"), Decimal("100.00"), Decimal("5.00")
    assert rows("remittance_claims", columns) == [
        (CLP, "PCN1", "1", *dollars, "ICN9", "1", "90000001A95001", "1992739999",
         date(2026, 10, 20)),
        (27, "PCN2", "4", Decimal(10), Decimal(0), None, "ICN8", None, None, None, None),
    ]  # fmt: skip


def test_lines_with_modifiers_what_was_submitted_and_a_span_of_days() -> None:
    columns = (
        "segment_ordinal claim_segment procedure_code modifiers submitted_code units "
        "submitted_units allowed_amount service_date line_control_number"
    )
    assert rows("remittance_lines", columns) == [
        (SVC, CLP, "99213", ["95", "U1"], "99214", Decimal(1), Decimal(2), Decimal(70),
         date(2026, 10, 15), "PCN11"),
        (23, CLP, "J0571", [], None, Decimal("3.5"), None, None, date(2026, 10, 1), None),
    ]  # fmt: skip


def test_reasons_of_claim_and_line_each_amount_a_row() -> None:
    columns = "segment_ordinal position claim_segment line_segment group_code carc amount units"
    assert rows("remittance_adjustments", columns) == [
        (11, 1, CLP, None, "OA", "94", Decimal(-20), None),
        (18, 1, CLP, SVC, "CO", "45", Decimal(30), None),
        (18, 2, CLP, SVC, "CO", "251", Decimal(10), Decimal(1)),
        (26, 1, CLP, 23, "CO", "45", Decimal(30), None),
        (28, 1, 27, None, "CO", "31", Decimal(10), None),
    ]


def test_remarks_of_lines_and_of_claims() -> None:
    found = READ["remittance_remarks"].sort("claim_segment", "line_segment", "rarc")
    assert found.select("claim_segment", "line_segment", "rarc").rows() == [
        (CLP, None, "MA01"), (CLP, None, "MA18"), (CLP, SVC, "N102"), (CLP, SVC, "N30"),
    ]  # fmt: skip


def test_what_is_taken_from_the_payment() -> None:
    columns = "segment_ordinal position provider_npi reason_code reference amount fiscal_on"
    year = date(2026, 12, 31)
    assert rows("provider_adjustments", columns) == [
        (29, 1, "1093817465", "WO", "ICN7", Decimal(8), year),
        (29, 2, "1093817465", "L6", None, Decimal(2), year),
    ]


def test_sets_of_several_interchanges_and_kinds_are_told_apart() -> None:
    other = transaction("277", "BHT*0085*08*1*20260501", number=1)
    two = interchange(f"{GS}{transaction('835', *SEGMENTS)}{other}GE*2*9~")
    read = remittance.read(wire.read((TEXT + two).encode(), file_id="7f3a"))
    assert read["remittance_sets"].select("row_number", "segment_ordinal").rows() == [
        (1, 3), (2, 35)
    ]  # fmt: skip
    assert read["remittance_lines"]["segment_ordinal"].to_list() == [SVC, 23, 48, 55]
    assert read["remittance_sets"]["body_hash"].n_unique() == 1


def test_a_file_without_an_835_brings_nothing() -> None:
    text = interchange("TA1*000000017*260501*0900*A*000~", groups=0)
    read = remittance.read(wire.read(text.encode(), file_id="7f3a"))
    assert all(frame.is_empty() for frame in read.values())
    assert isinstance(read["remittance_lines"].schema["paid_amount"], pl.Decimal)
