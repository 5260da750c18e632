"""The 271 read as answers: segments drawn beside the rows they give."""

from typing import Any

import polars as pl
import pytest
from x12_text import group, interchange, transaction

from contracts.feeds import FEEDS
from contracts.parsing import parse
from pipelines.x12 import wire
from pipelines.x12.eligibility_answers import Answers, read
from pipelines.x12.eligibility_places import BENEFIT, PLACES
from pipelines.x12.places import Place

HEADING = ("BHT*0022*11*REF*20250703*1200", "HL*1**20*1", "NM1*PR*2*MEDI-CAL*****PI*610442",
           "HL*2*1*21*1", "NM1*1P*2*COUNTY*****XX*1234567893")  # fmt: skip
PERSON = ("HL*3*2*22*0", "TRN*2*T1*1123456789", "NM1*IL*1*DOE*ANN****MI*90000001A",
          "DMG*D8*19900131*F")  # fmt: skip
JUNE = "DTP*291*D8*20250615"


def tokens(*segments: str) -> pl.DataFrame:
    text = interchange(group(transaction("271", *segments)))
    return wire.read(text.encode(), file_id="7f3a").tokens


def answers(*segments: str, **options: Any) -> Answers:
    return read(tokens(*HEADING, *segments), **options)


def rows(*segments: str, columns: str, **options: Any) -> list[tuple[Any, ...]]:
    return answers(*segments, **options).answers.select(columns.split()).rows()


def test_an_answer_is_a_row_that_the_contract_takes() -> None:
    message = "MSG*SUBSCRIBER LAST NAME: DOE. EVC #: 12345A7890. CNTY CODE: 34. PRMY AID CODE: M1."
    plan = ("LS*2120", "NM1*Y2*2*A PLAN*****PI*300", "LE*2120")
    read_back = answers(*PERSON, JUNE, "EB*1**30", message, *plan).answers
    assert read_back.rows(named=True) == [
        {
            "set_ordinal": 1,
            "segment_ordinal": 9,
            "level": "subscriber",
            "trace_number": "T1",
            "trace_originator": "1123456789",
            "outcome": "active",
            "cin": "90000001A",
            "month": "2025-06",
            "verified_on": "2025-07-03",
            "evc_number": "12345A7890",
            "eligible": "yes",
            "aid_codes": "M1",
            "share_of_cost_amount": None,
            "share_of_cost_met_on": None,
            "payer_last_name": "DOE",
            "payer_first_name": "ANN",
            "payer_birth_date": "1990-01-31",
            "payer_sex": "F",
            "plan_code": "300",
            "plan_name": "A PLAN",
            "reject_codes": None,
            "follow_up_codes": None,
        }
    ]
    parsed = parse(FEEDS["eligibility_answers"], read_back.with_row_index("row_number", 1))
    assert parsed.failures.is_empty()
    assert parsed.rows.select("eligible", "aid_codes").row(0) == (True, ["M1"])


@pytest.mark.parametrize(
    ("benefits", "outcome", "eligible"),
    [
        (["EB*1**30"], "active", "yes"),
        (["EB*5"], "active", "yes"),
        (["EB*6**30"], "inactive", "no"),
        (["EB*8**30", "EB*3**30"], "active", "yes"),
        (["EB*6**30", "EB*1**88"], "inactive", "no"),  # pharmacy alone is no coverage
        (["EB*1**35^30^1"], "active", "yes"),
        (["EB*1**35^1"], "active", "yes"),
        (["EB*Y**30***29*250"], "spend_down", "no"),
        (["EB*6**30", "EB*Y**30***29*250"], "spend_down", "no"),
        (["EB*1**30", "EB*Y**30***29*0"], "active", "yes"),
        (["EB*Y**30***29*0", "EB*6**30"], "inactive", "no"),
        (["EB*U**30"], "unanswered", "no"),
        (["AAA*N**72*C"], "rejected", "no"),
        (["EB*1**30", "AAA*Y**60*N"], "active", "yes"),
        ([], "unanswered", "no"),
    ],
)
def test_what_the_benefits_say_of_the_month(
    benefits: list[str], outcome: str, eligible: str
) -> None:
    assert rows(*PERSON, JUNE, *benefits, columns="outcome eligible") == [(outcome, eligible)]


@pytest.mark.parametrize(
    ("benefits", "amount", "met_on"),
    [
        (["EB*Y**30***29*250.5"], "250.5", None),
        (["EB*Y**30***29*.5"], "0.5", None),
        (["EB*Y**30***29*0."], "0", "2025-07-03"),
        (["EB*Y**30***29*0", "EB*Y**30***29*90"], "90", None),  # one of two is not met
        (["EB*Y**30****400", "EB*Y**30***29*120"], "400", None),
        (["EB*Y**30****400", "EB*Y**30***29*0"], "400", "2025-07-03"),
        (["EB*Y**30****400"], "400", None),
        (["EB*Y**30***29*SOON"], "SOON", None),  # for the contract to refuse
        (["EB*B**30***29*10"], None, None),
    ],
)
def test_share_of_cost(benefits: list[str], amount: str | None, met_on: str | None) -> None:
    columns = "share_of_cost_amount share_of_cost_met_on"
    assert rows(*PERSON, JUNE, *benefits, columns=columns) == [(amount, met_on)]


@pytest.mark.parametrize(
    ("segments", "months"),
    [
        # person's date             benefits
        (["DTP*291*D8*20250615", "EB*1**30"], {"2025-06": "yes"}),
        (["DTP*472*D8*20250531", JUNE, "EB*1**30"], {"2025-05": "yes"}),
        (["DTP*307*RD8*20241130-20250101", "EB*1**30"],
         {"2024-11": "yes", "2024-12": "yes", "2025-01": "yes"}),
        (["DTP*291*RD8*20250501-20250630", "EB*1**30", "DTP*307*RD8*20250501-20250531",
          "EB*6**30", "DTP*307*RD8*20250601-20250630"], {"2025-05": "yes", "2025-06": "no"}),
        (["EB*1**30", "DTP*291*RD8*20250501-20250531", "EB*6**30", "DTP*472*D8*20250602"],
         {"2025-05": "yes", "2025-06": "no"}),
        (["DTP*291*RD8*20200101-20991231", "EB*1**30"], {"2025-07": "yes"}),  # a plan's period
        ([JUNE, "EB*1**30", "DTP*291*RD8*20200101-20991231"], {"2025-06": "yes"}),
        (["DTP*346*D8*20060101", "EB*1**30"], {"2025-07": "yes"}),
        (["EB*1**30"], {"2025-07": "yes"}),
        (["DTP*291*D8*20251301", "EB*1**30"], {"2025-07": "yes"}),
        (["DTP*291*RD8*20250630-20250501", "EB*1**30"], {"2025-07": "yes"}),
    ],
)  # fmt: skip
def test_a_row_a_month(segments: list[str], months: dict[str, str]) -> None:
    assert dict(rows(*PERSON, *segments, columns="month eligible")) == months


@pytest.mark.parametrize(
    ("after", "level"), [(1, "source"), (2, "source"), (4, "receiver"), (5, "subscriber")]
)
def test_a_rejection_concerns_all_who_stand_below(after: int, level: str) -> None:
    second = [segment.replace("HL*3", "HL*4").replace("1A", "2A") for segment in PERSON]
    segments = [*HEADING, *PERSON, *second]
    position = {1: 2, 2: 3, 4: 5, 5: 8}[after]
    segments.insert(position, "AAA*N**42*R")
    result = read(tokens(*segments))
    codes = result.answers.select("reject_codes", "follow_up_codes", "outcome").rows()
    concerned = ("42", "R", "rejected")
    other = (None, None, "unanswered")
    assert codes == [concerned, other if level == "subscriber" else concerned]
    assert result.rejections.rows(named=True) == [
        {
            "set_ordinal": 1,
            "segment_ordinal": position + 4,
            "level": level,
            "reject_code": "42",
            "follow_up_code": "R",
        }
    ]


def test_a_rejection_without_anybody_below_is_told() -> None:
    result = read(tokens(*HEADING, "AAA*Y**50*N"))
    assert result.answers.is_empty()
    assert result.rejections.select("level", "reject_code").rows() == [("receiver", "50")]


def test_rejections_of_several_levels_stand_in_order() -> None:
    dependent = ("HL*4*3*23*0", "TRN*2*T2*1123456789", "NM1*03*1*DOE*BO", "AAA*N**71*C")
    quiet = [segment for segment in PERSON if not segment.startswith("TRN")]
    result = read(tokens(HEADING[0], HEADING[1], "AAA*Y**79*S", *quiet, "AAA*N**75*C", *dependent))
    assert result.answers.select("level", "reject_codes").rows() == [
        ("subscriber", "79|75"),
        ("dependent", "79|75|71"),
    ]


def test_a_subscriber_who_only_stands_above_a_dependent_is_not_answered() -> None:
    quiet = [segment for segment in PERSON if not segment.startswith("TRN")]
    dependent = ("HL*4*3*23*0", "TRN*2*T2*9", "NM1*03*1*DOE*BO", "DMG*D8*20100101*M", "EB*1**30")
    assert rows(*quiet, *dependent, columns="level cin payer_first_name trace_number") == [
        ("dependent", None, "BO", "T2")
    ]


def test_our_own_trace_number_is_taken_among_others() -> None:
    other = "TRN*2*HOUSE*9999999999"
    person = (PERSON[0], other, *PERSON[1:])
    assert rows(*person, columns="trace_number") == [("HOUSE",)]
    assert rows(*person, columns="trace_number", trace_originator="1123456789") == [("T1",)]


def test_names_after_a_benefit_are_not_the_persons() -> None:
    physician = ("EB*L", "LS*2120", "NM1*P3*1*JONES*MARC****SV*0202034", "LE*2120")
    columns = "cin payer_last_name plan_code"
    expected = [("90000001A", "DOE", None)]
    assert rows(*PERSON, "EB*1**30", *physician, columns=columns) == expected
    without_bounds = (physician[0], physician[2])
    assert rows(*PERSON, "EB*1**30", *without_bounds, columns=columns) == expected


def test_aid_codes_are_looked_for_where_the_table_says() -> None:
    first, second = "MSG*PRMY AID CODE: M1.", "MSG*1ST SPECIAL AID CODE: Z1. PRMY AID CODE: M1."
    assert rows(*PERSON, "EB*1**30", first, "EB*1**30", second, columns="aid_codes") == [("M1|Z1",)]
    assert rows(*PERSON, "EB*1**30**M1", columns="aid_codes") == [(None,)]
    own = [Place("aid_code", BENEFIT, "EB", None, 5, "^([0-9A-Z]{2})$", "verified", "the county")]
    assert rows(*PERSON, "EB*1**30**M1", columns="aid_codes", places=[*PLACES, *own]) == [("M1",)]


def test_a_months_aid_code_is_not_the_next_months() -> None:
    may = ("EB*1**30", "DTP*307*D8*20250501", "MSG*PRMY AID CODE: M1.")
    june = ("EB*1**30", "DTP*307*D8*20250601", "MSG*PRMY AID CODE: M3.")
    assert rows(*PERSON, *may, *june, columns="month aid_codes") == [
        ("2025-05", "M1"),
        ("2025-06", "M3"),
    ]


def test_sets_do_not_mix() -> None:
    first = transaction("271", *HEADING, *PERSON, "EB*1**30")
    other = transaction("277", *HEADING, *PERSON, "AAA*N**42*R", number=2)
    third = transaction("271", *PERSON[:2], number=3)
    text = interchange(group(first, other, third))
    result = read(wire.read(text.encode(), file_id="7f3a").tokens)
    assert result.answers.select("set_ordinal", "verified_on", "month", "outcome").rows() == [
        (1, "2025-07-03", "2025-07", "active"),
        (3, None, None, "unanswered"),
    ]
    assert result.rejections.is_empty()


def test_nothing_to_read_gives_the_same_columns() -> None:
    text = interchange(group(transaction("277", *HEADING)))
    nothing = read(wire.read(text.encode(), file_id="7f3a").tokens)
    something = answers(*PERSON, "EB*1**30")
    assert nothing.answers.schema == something.answers.schema
    assert nothing.rejections.schema == something.rejections.schema
    assert nothing.answers.is_empty()
