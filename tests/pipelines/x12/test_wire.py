"""The reader of any X12 file: delimiters, sets, and what is damaged among what is sound."""

from collections.abc import Callable

import polars as pl
import pytest
from x12_text import SECOND_SET, SET, group, interchange, isa

from contracts.errors import RefusedInputError
from pipelines.x12 import wire
from pipelines.x12.interchanges import Limits


def read(text: str | bytes, **limits: int) -> wire.Interchanges:
    data = text if isinstance(text, bytes) else text.encode()
    return wire.read(data, file_id="7f3a", limits=Limits(**limits))


def damage(text: str) -> list[tuple[str | None, str | None, str | None]]:
    """Transaction set, its control number and the reason, one row a set."""
    rows = read(text).transaction_sets
    return rows.select("transaction_set", "set_control_number", "reason").rows()


def test_a_segment_is_a_row_that_knows_its_place() -> None:
    tokens = read(interchange(group(SET, SECOND_SET))).tokens
    assert tokens.drop("elements", "component_separator", "repetition_separator").rows() == [
        # interchange, group, set, segment
        (1, None, None, 1, "ISA"),
        (1, 1, None, 2, "GS"),
        (1, 1, 1, 3, "ST"),
        (1, 1, 1, 4, "BHT"),
        (1, 1, 1, 5, "HL"),
        (1, 1, 1, 6, "SE"),
        (1, 1, 2, 7, "ST"),
        (1, 1, 2, 8, "HL"),
        (1, 1, 2, 9, "SE"),
        (1, 1, None, 10, "GE"),
        (1, None, None, 11, "IEA"),
    ]


def test_a_set_is_a_row_with_its_envelope() -> None:
    rows = read(interchange(group(SET, SECOND_SET, number=9), number=42)).transaction_sets
    assert rows.rows(named=True) == [
        {
            "set_ordinal": 1,
            "transaction_set": "277",
            "implementation": "005010X214",
            "interchange_control_number": "000000042",
            "group_control_number": "9",
            "set_control_number": "0001",
            "segment_count": 4,
            "body": SET,
            "is_damaged": False,
            "reason": None,
        },
        {
            "set_ordinal": 2,
            "transaction_set": "277",
            "implementation": "005010X214A1",  # no ST03, so GS08
            "interchange_control_number": "000000042",
            "group_control_number": "9",
            "set_control_number": "0002",
            "segment_count": 3,
            "body": SECOND_SET,
            "is_damaged": False,
            "reason": None,
        },
    ]


@pytest.mark.parametrize(
    ("element", "component", "repetition", "terminator"),
    [
        ("*", ":", "^", "~"),
        ("|", ">", "!", "\r"),
        ("\x1d", "\x1f", "\x1e", "\n"),
        ("+", "'", "?", "|"),
    ],
)
def test_delimiters_are_those_that_isa_declares(
    element: str, component: str, repetition: str, terminator: str
) -> None:
    body = "ST*271*1~EB*1**30^1^35*A:B~SE*3*1~"
    swap = str.maketrans({"*": element, ":": component, "^": repetition, "~": terminator})
    result = read(interchange(group(body)).translate(swap))
    eb = result.tokens.filter(segment_id="EB")
    assert eb.select(
        first=wire.element(1),
        empty=wire.element(2),
        beyond=wire.element(9),
        types=wire.repetitions(3),
        second=wire.component(4, 2),
        whole=wire.component(1, 1),
        none=wire.component(1, 2),
        no_list=wire.repetitions(2),
    ).row(0) == ("1", None, None, ["30", "1", "35"], "B", "1", None, None)
    assert not result.transaction_sets["is_damaged"].any()


def test_before_5010_nothing_repeats() -> None:
    text = isa(1, "00401", "U") + group("ST*271*1~EB*1**FUN~SE*3*1~") + "IEA*1*000000001~"
    eb = read(text).tokens.filter(segment_id="EB")
    assert eb.select(wire.repetitions(3)).item().to_list() == ["FUN"]


@pytest.mark.parametrize(
    "arrived",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("~", "~\n"),
        lambda text: text.replace("~", "~\r\n"),
        lambda text: "\r\n " + text,
        lambda text: text + "  \r\n ",
        lambda text: text.replace("~", "\n"),
        lambda text: text.removesuffix("~"),
    ],
)
def test_marks_line_breaks_and_trailing_blanks_change_nothing(
    arrived: Callable[[str], str],
) -> None:
    text = interchange(group(SET))
    assert (
        read(arrived(text)).tokens["elements"].to_list() == read(text).tokens["elements"].to_list()
    )


def test_a_body_keeps_its_line_breaks() -> None:
    broken = SET.replace("~", "~\r\n")
    rows = read(interchange(group(broken))).transaction_sets
    assert rows["body"].to_list() == [broken.rstrip()]


def test_letters_of_old_translators_are_read() -> None:
    text = interchange(group("ST*277*1~NM1*QC*1*NUÑEZ~SE*3*1~"))
    for encoding in ("utf-8", "latin-1"):
        names = read(text.encode(encoding)).tokens.filter(segment_id="NM1").select(wire.element(3))
        assert names.item() == "NUÑEZ"


def test_interchanges_of_different_delimiters_stand_in_one_file() -> None:
    other = interchange(group(SET), number=2).replace("*", "|").replace("~", "\n").replace(":", ">")
    result = read(interchange(group(SET)) + "\n" + other + interchange(group(SET), number=3))
    assert result.transaction_sets["interchange_control_number"].to_list() == [
        "000000001",
        "000000002",
        "000000003",
    ]
    assert result.tokens["interchange_ordinal"].n_unique() == 3
    assert not result.transaction_sets["is_damaged"].any()


def test_ta1_stands_alone_or_beside_a_group() -> None:
    ta1 = "TA1*000000077*250701*1200*A*000~"
    alone = interchange(ta1, groups=0)
    assert damage(alone) == [("TA1", None, None)]
    assert read(alone).transaction_sets["body"].to_list() == [ta1]
    beside = damage(interchange(ta1, ta1, group(SET)))
    assert beside == [("TA1", None, None), ("TA1", None, None), ("277", "0001", None)]


def test_a_damaged_set_is_named_and_its_neighbours_are_sound() -> None:
    bad_count = "ST*277*0003~HL*1~SE*9*0003~"
    bad_number = "ST*277*0004~HL*1~SE*3*0040~"
    no_end = "ST*277*0005~HL*1~"
    text = interchange(group(SET, bad_count, SECOND_SET, bad_number, no_end, SET))
    assert damage(text) == [
        ("277", "0001", None),
        ("277", "0003", "SE01 differs from the number of segments"),
        ("277", "0002", None),
        ("277", "0004", "SE02 differs from ST02"),
        ("277", "0005", "SE is missing"),
        ("277", "0001", None),
    ]


def test_numbers_padded_differently_are_the_same() -> None:
    assert damage(interchange(group("ST*277*0007~HL*1~SE*03*7~"))) == [("277", "0007", None)]


def test_segments_outside_a_set_are_seen_and_their_neighbours_taken() -> None:
    headless = "HL*1**20*1~NM1*PR~SE*4*0009~"
    result = read(interchange(group(SET, headless, SECOND_SET, closed="GE*2*5~")))
    assert result.transaction_sets.select("transaction_set", "segment_count", "reason").rows() == [
        ("277", 4, None),
        (None, 3, "segments outside ST and SE"),
        ("277", 3, None),
    ]
    assert result.transaction_sets["body"][1] == headless


def test_a_set_without_a_group_is_damaged() -> None:
    assert damage(interchange(SET, groups=0)) == [("277", "0001", "ST outside a functional group")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (interchange(group(SET, closed="GE*2*5~")), "GE01 differs from the number of sets"),
        (interchange(group(SET, closed="GE*1*6~")), "GE02 differs from GS06"),
        (interchange(group(SET)).replace("GE*1*5~", ""), "GE is missing"),
        (interchange(group(SET), groups=2), "IEA01 differs from the number of groups"),
        (
            interchange(group(SET)).replace("IEA*1*000000001", "IEA*1*000000002"),
            "IEA02 differs from ISA13",
        ),
        (interchange(group(SET)).replace("IEA*1*000000001~", ""), "IEA is missing"),
    ],
)
def test_a_trailer_that_does_not_add_up_is_a_row_of_its_own(text: str, reason: str) -> None:
    assert damage(text) == [("277", "0001", None), (None, None, reason)]
    assert read(text).transaction_sets["set_ordinal"].to_list() == [1, 2]


def test_a_file_cut_off_in_a_set_tells_all_that_is_missing() -> None:
    text = interchange(group(SET, SECOND_SET))
    assert damage(text[: text.index("SE*3")]) == [
        ("277", "0001", None),
        ("277", "0002", "SE is missing"),
        (None, None, "GE is missing"),
        (None, None, "IEA is missing"),
    ]


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (b"", {}, "x12_no_interchange"),
        (b"claim,amount\n1,2\n", {}, "x12_no_interchange"),
        (isa()[:60].encode(), {}, "x12_isa_malformed"),
        (interchange(group(SET)).replace(" " * 10, "", 1).encode(), {}, "x12_isa_malformed"),
        ((interchange(group(SET)) + "ISA*00*SHORT~").encode(), {}, "x12_isa_malformed"),
        (interchange(groups=0).encode(), {}, "x12_no_transaction_set"),
        (interchange(group(SET)).encode(), {"max_bytes": 100}, "x12_too_large"),
        (interchange(group(SET)).encode(), {"max_segments": 7}, "x12_too_large"),
    ],
)
def test_what_is_no_interchange_is_refused_without_a_value(
    data: bytes, limits: dict[str, int], code: str
) -> None:
    with pytest.raises(RefusedInputError, match=r"^x12 file 7f3a") as refused:
        wire.read(data, file_id="7f3a", limits=Limits(**limits))
    assert refused.value.code == code
    assert not {"PAYER", "COUNTY", "claim", "SHORT"} & set(refused.value.message.split())


def test_ordinals_join() -> None:
    result = read(interchange(group(SET, SECOND_SET)))
    counted = (
        result.tokens.filter(pl.col("set_ordinal").is_not_null()).group_by("set_ordinal").len()
    )
    joined = result.transaction_sets.join(counted, on="set_ordinal")
    assert (joined["segment_count"] == joined["len"]).all()
    assert joined.height == 2
