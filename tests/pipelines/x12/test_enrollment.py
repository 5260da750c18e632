"""The 834 read as coverage: members in DHCS's manner drawn beside the spans they give."""

from typing import Any

import polars as pl
import pytest
from x12_text import group, interchange, transaction

from contracts.feeds import FEEDS
from contracts.parsing import parse
from pipelines.x12 import wire
from pipelines.x12.enrollment import Enrollment, read
from pipelines.x12.enrollment_places import ELIGIBILITY_STATUSES, MEMBER, PLACES, Eligible
from pipelines.x12.places import Place

HEADING = ("BGN*00*DHCS834-DA-20250124-A PLAN-001*20250124*19273000****2", "QTY*TO*1",
           "N1*P5*A STATE*FI*999999990", "N1*IN*A PLAN*FI*999999991")  # fmt: skip
MEMBER_LOOP = ("INS*Y*18*001*AI*A*E**AC", "REF*0F*MEMBER-1", "REF*1L*90000001A", "REF*17*;;202501;",
               "REF*23*4;20200101;;", "REF*3H*19;10;CASE1;;", "REF*6O*;W;Y;;60;", "NM1*IL*1*DOE*A",
               "N4*LOS ANGELES CA*CA*90019**CY*34")  # fmt: skip
SPAN = ("HD*021**LTC*010;51", "DTP*348*D8*20250101", "DTP*349*D8*20250131",
        "REF*17*N;;;;;;;;;;;;;1", "REF*9V*9;9;0", "REF*CE*60;401;80;301;;;;", "REF*RB*10",
        "REF*ZX*19")  # fmt: skip


def enrolled(*segments: str, **options: Any) -> Enrollment:
    text = interchange(group(transaction("834", *segments)))
    return read(wire.read(text.encode(), file_id="7f3a").tokens, **options)


def rows(*segments: str, columns: str, **options: Any) -> list[tuple[Any, ...]]:
    return enrolled(*HEADING, *segments, **options).coverage.select(columns.split()).rows()


def reasons(*segments: str, **options: Any) -> list[tuple[int, str]]:
    told = enrolled(*HEADING, *segments, **options).unreadable
    return told.select("segment_ordinal", "reason").rows()


def test_a_span_is_a_row_for_each_aid_code_that_the_contract_takes() -> None:
    result = enrolled(*HEADING, *MEMBER_LOOP, *SPAN)
    primary = {
        "set_ordinal": 1,
        "segment_ordinal": 17,
        "cin": "90000001A",
        "aid_code": "60",
        "starts_on": "2025-01-01",
        "county_code": "19",
        "ends_on": "2025-01-31",
        "coverage_status": "active",
        "plan_code": "010",
        "plan_name": "A PLAN",
        "action": "2",
        "maintenance_type": "001",
        "coverage_maintenance_type": "021",
        "insurance_line": "LTC",
        "eligibility_status": "401",
        "plan_status": "51",
    }
    special = {**primary, "aid_code": "80", "eligibility_status": "301"}
    assert result.coverage.rows(named=True) == [primary, special]
    assert result.unreadable.is_empty()
    raw = result.coverage.with_row_index("row_number", 1).with_columns(is_ji_aid_code=pl.lit("no"))
    assert parse(FEEDS["coverage"], raw).failures.is_empty()


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ("10;401;;;;;;", [("10", "401")]),
        ("60;401;80;401;;;;", [("60", "401"), ("80", "401")]),
        (";;80;401", [("80", "401")]),
        ("10;;80;401", [("10", None), ("80", "401")]),
        ("10", [("10", None)]),
        ("10;401;10;401", [("10", "401")]),
        ("TOO;401;80;001", [("80", "001")]),
    ],
)
def test_aid_codes_are_joined_with_their_statuses(
    values: str, codes: list[tuple[str, str | None]]
) -> None:
    span = (*SPAN[:3], f"REF*CE*{values}", "REF*RB*99", "REF*ZX*19")
    assert rows(*MEMBER_LOOP, *span, columns="aid_code eligibility_status") == codes


@pytest.mark.parametrize(
    ("coverage", "aid_code", "county"),
    [
        (["REF*CE*60;401", "REF*RB*10", "REF*ZX*58"], "60", "58"),
        (["REF*RB*11"], "11", "19"),
        (["REF*CE*;;;;"], "10", "19"),
        ([], "10", "19"),
        (["REF*ZX*FRESNO"], "10", "19"),
    ],
)
def test_the_places_are_asked_in_order(coverage: list[str], aid_code: str, county: str) -> None:
    columns = "aid_code county_code"
    assert rows(*MEMBER_LOOP, *SPAN[:3], *coverage, columns=columns) == [(aid_code, county)]


def test_without_other_places_the_members_address_tells_the_county() -> None:
    member = [one for one in MEMBER_LOOP if not one.startswith("REF*3H")]
    span = ("HD*021**HLT", "DTP*348*D8*20250101", "REF*RB*M1")
    elsewhere = ("NM1*31*1", "N4*SALEM*OR*97301**CY*58")
    columns = "county_code plan_code plan_name ends_on"
    assert rows(*member, *elsewhere, *span, columns=columns) == [("34", None, None, None)]
    unknown = [one for one in member if not one.startswith("N4")]
    assert rows(*unknown, *elsewhere, *span, columns=columns) == [(None, None, None, None)]


@pytest.mark.parametrize(
    ("segments", "cin"),
    [
        (["REF*1L*90000001A"], "90000001A"),
        (["REF*0F*90000002C", "REF*1L*123456789"], "90000002C"),
        (["REF*1L*90000001A95001"], "90000001A"),
        (["REF*1L*90000001A9", "REF*0F*90000001A"], "90000001A"),
        (["NM1*IL*1*DOE*ANN****MI*90000003D"], "90000003D"),
        (["REF*1D*90000004E"], "90000004E"),
        (["REF*1L*80000001P"], None),
        (["REF*1L*90000001A", "REF*0F*90000002C"], None),
        (["NM1*QD*1*DOE*ANN****MI*90000003D"], None),
    ],
)
def test_a_cin_is_told_by_its_form(segments: list[str], cin: str | None) -> None:
    member = (MEMBER_LOOP[0], *segments)
    found = rows(*member, *SPAN[:3], "REF*RB*M1", columns="cin")
    assert found == ([] if cin is None else [(cin,)])


def test_members_that_cannot_be_read_do_not_stop_the_others() -> None:
    nobody = ("INS*Y*18*001", "REF*0F*MEMBER-2", *SPAN[:3], "REF*RB*M1")
    two = ("INS*Y*18*001", "REF*0F*90000002C", "REF*1L*90000003D", *SPAN[:3], "REF*RB*M1")
    bare = ("INS*Y*18*024", "REF*0F*90000004E", "DTP*357*D8*20250101")
    no_code = ("INS*Y*18*021", "REF*0F*90000005F", *SPAN[:3])
    segments = (*nobody, *two, *bare, *no_code, *MEMBER_LOOP, *SPAN)
    assert rows(*segments, columns="cin aid_code") == [("90000001A", "60"), ("90000001A", "80")]
    assert reasons(*segments) == [
        (8, "no CIN where one is looked for"),
        (14, "its segments name different CINs"),
        (21, "no coverage loop (HD)"),
        (26, "no aid code where one is looked for"),
    ]


@pytest.mark.parametrize("status", ["501", "601", "701", "801", "901", "X01"])
def test_a_status_that_is_none_of_coverage_gives_no_span(status: str) -> None:
    span = (*SPAN[:3], f"REF*CE*60;{status};80;401", "REF*ZX*19")
    assert rows(*MEMBER_LOOP, *span, columns="aid_code") == [("80",)]
    assert reasons(*MEMBER_LOOP, *span) == [(17, "its eligibility status is not one of coverage")]


def test_the_county_may_know_the_statuses_better() -> None:
    statuses = {**ELIGIBILITY_STATUSES, "5": Eligible(is_covered=True, meaning="as DHCS told")}
    span = (*SPAN[:3], "REF*CE*60;501")
    assert rows(*MEMBER_LOOP, *span, columns="aid_code", statuses=statuses) == [("60",)]


@pytest.mark.parametrize(
    ("member", "coverage", "spans"),
    [
        # INS03, HD01, dates of the coverage
        ("001", ["HD*024", "DTP*348*D8*20250101", "DTP*349*D8*20250131"], 1),
        ("001", ["HD*024", "DTP*348*D8*20250101"], 0),
        ("024", ["HD*021", "DTP*348*D8*20250101"], 1),
        ("024", ["HD*", "DTP*348*D8*20250101"], 0),
        ("024", ["DTP*357*D8*20250228", "HD*", "DTP*348*D8*20250101"], 1),
    ],
)
def test_a_cancellation_needs_its_end(member: str, coverage: list[str], spans: int) -> None:
    loop = [MEMBER_LOOP[0].replace("001", member), *MEMBER_LOOP[1:7]]
    assert len(rows(*loop, *coverage, columns="cin")) == spans
    assert len(reasons(*loop, *coverage)) == 1 - spans


@pytest.mark.parametrize(
    ("ins", "maintenance"),
    [
        ("INS*Y*18*001*AI*A*E**AC", "001"),
        ("INS*Y*18*021*AI*E***AC", "021"),
        ("INS*Y*18**024*AI", "024"),
        ("INS*Y*030*XN", "030"),
        ("INS*Y*18", None),
    ],
)
def test_elements_of_ins_may_slide(ins: str, maintenance: str | None) -> None:
    found = rows(ins, *MEMBER_LOOP[1:], *SPAN[:6], columns="maintenance_type")
    assert set(found) == {(maintenance,)}


@pytest.mark.parametrize(
    ("bgn", "action"),
    [
        ("BGN*00*REF*20250124*1927****2", "2"),
        ("BGN*00*REF*20250124*1927*PT***RX", "RX"),
        ("BGN*00*REF*20250124*1927***4", "4"),
        ("BGN*00*REF*20250124*1927*****2", "2"),
        ("BGN*00*2*20250124*1927", None),
    ],
)
def test_elements_of_bgn_may_slide(bgn: str, action: str | None) -> None:
    found = enrolled(bgn, *MEMBER_LOOP, *SPAN).coverage
    assert found["action"].unique().to_list() == [action]
    assert found["plan_name"].unique().to_list() == [None]


def test_other_loops_lend_a_member_nothing() -> None:
    others = ("COB*P*890111*5", "REF*ZX*58", "DTP*349*D8*20991231", "LS*2700", "LX*1",
              "N1*75*COUNTY", "REF*ZX*57", "DTP*348*D8*19990101", "LE*2700")  # fmt: skip
    span = ("HD*021**HLT*300;01", "DTP*348*D8*20250101", "REF*CE*M1;401")
    columns = "aid_code county_code starts_on ends_on"
    expected = [("M1", "19", "2025-01-01", None)]
    assert rows(*MEMBER_LOOP, *span, *others, columns=columns) == expected


def test_dates_come_from_the_coverage_then_from_the_member() -> None:
    member = (*MEMBER_LOOP[:7], "DTP*356*D8*20240101", "DTP*357*D8*20241231")
    own = ("HD*021", "DTP*348*D8*20250101", "DTP*349*D8*20250131")
    bad = ("HD*021", "DTP*348*D8*2025")
    assert rows(*member, "HD*021", *own, *bad, columns="starts_on ends_on") == [
        ("2024-01-01", "2024-12-31"),
        ("2025-01-01", "2025-01-31"),
        ("2025", "2024-12-31"),
    ]


def test_a_suspension_is_told_only_once_its_place_is_set() -> None:
    column = "coverage_status"
    assert set(rows(*MEMBER_LOOP, *SPAN, columns=column)) == {("active",)}
    (unset,) = [one for one in PLACES if one.column == "suspension"]
    assert unset.status == "unset"
    known = Place("suspension", unset.loop, "HD", None, 4, "^(51)$", "verified", "a county", 2)
    found = rows(*MEMBER_LOOP, *SPAN, columns=column, places=[*PLACES, known])
    assert set(found) == {("suspended",)}


def test_coverage_before_any_member_is_told() -> None:
    assert reasons(*SPAN) == [(8, "coverage outside a member (INS)")]


def test_every_place_names_its_source() -> None:
    assert all(one.source for one in PLACES)
    assert {one.status for one in PLACES} == {"unverified", "unset"}
    assert {one.loop for one in PLACES if one.column == "cin"} == {MEMBER}
