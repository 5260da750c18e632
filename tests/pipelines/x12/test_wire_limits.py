"""The edges of the X12 reader: envelopes broken in every way, and files that are too much."""

import subprocess
import sys
from pathlib import Path

import pytest
from x12_text import SECOND_SET, SET, group, interchange, isa, transaction

from contracts.errors import RefusedInputError
from pipelines.x12 import wire
from pipelines.x12.damage import MOST_ELEMENTS
from pipelines.x12.interchanges import ISA_LENGTH, Limits

WHOLE = interchange(group(SET))


def read(text: str | bytes, **limits: int) -> wire.Interchanges:
    data = text if isinstance(text, bytes) else text.encode()
    return wire.read(data, file_id="7f3a", limits=Limits(**limits))


def reasons(text: str | bytes) -> list[str | None]:
    return read(text).transaction_sets["reason"].to_list()


def delimited(
    element: str = "*", component: str = ":", repetition: str = "^", end: str = "~"
) -> str:
    marks = {"*": element, ":": component, "^": repetition, "~": end}
    return WHOLE.translate(str.maketrans(marks))


NO_ISA, MALFORMED = "does not begin with an ISA", "its ISA segment is not 106 characters"
NO_SET, TOO_LARGE = "an envelope without a transaction set", "more than the"
REFUSED: list[tuple[str, str | bytes, dict[str, int], str]] = [
    ("nothing", b"", {}, NO_ISA),
    ("blanks only", "\ufeff \r\n", {}, NO_ISA),
    ("UTF-16", WHOLE.encode("utf-16"), {}, NO_ISA),
    ("a group without its interchange", group(SET), {}, NO_ISA),
    ("a set without its envelope", SET, {}, NO_ISA),
    ("three letters", "ISA", {}, MALFORMED),
    ("105 bytes: a blank is lost", WHOLE.replace("PAYER  ", "PAYER ", 1), {}, MALFORMED),
    ("107 bytes: a blank too many", WHOLE.replace("PAYER ", "PAYER  ", 1), {}, MALFORMED),
    ("113 bytes: the guide's name in ISA12", WHOLE.replace("*00501*", "*005010X214A*"), {},
     MALFORMED),
    ("16 elements, one of them empty", WHOLE.replace("*T*", "**", 1), {}, MALFORMED),
    ("cut off in ISA", isa()[:-1], {}, MALFORMED),
    ("a letter ends segments", delimited(end="Q"), {}, MALFORMED),
    ("a digit parts elements", delimited(element="7"), {}, MALFORMED),
    ("a blank parts components", delimited(component=" "), {}, MALFORMED),
    ("one mark for two things", delimited(component="*"), {}, MALFORMED),
    ("repeats as segments end", delimited(repetition="~"), {}, MALFORMED),
    ("the second ISA is cut off", WHOLE + isa()[:40], {}, MALFORMED),
    ("ISA alone", isa(), {}, NO_SET),
    ("ISA and IEA", interchange(groups=0), {}, NO_SET),
    ("an empty group", interchange(group()), {}, NO_SET),
    ("too many bytes", WHOLE, {"max_bytes": len(WHOLE) - 1}, f"over {len(WHOLE) - 1} bytes"),
    ("too many segments", WHOLE, {"max_segments": 7}, TOO_LARGE),
    ("too many elements", WHOLE, {"max_elements": 40}, TOO_LARGE),
    ("too many interchanges", WHOLE * 2, {"max_interchanges": 1}, "over 1 interchanges"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "text", "limits", "told"), REFUSED)
def test_a_broken_envelope_is_refused_with_one_message(
    said: str, text: str | bytes, limits: dict[str, int], told: str
) -> None:
    with pytest.raises(RefusedInputError, match=r"^x12 file 7f3a.*\. [A-Z].*\.$") as refused:
        read(text, **limits)
    assert told in refused.value.message, said
    assert not {"PAYER", "COUNTY"} & set(refused.value.message.split())


def test_at_a_limit_a_file_is_read() -> None:
    limits = {"max_bytes": len(WHOLE), "max_segments": 8, "max_elements": 41, "max_interchanges": 1}
    assert read(WHOLE, **limits).transaction_sets["reason"].to_list() == [None]


DAMAGED: list[tuple[str, str, list[str | None]]] = [
    ("ST01 is empty", "ST**0003~HL*1~SE*3*0003~", ["ST01 is empty"]),
    ("ST01 is a blank", "ST* *0003~HL*1~SE*3*0003~", ["ST01 is empty"]),
    ("ST alone", "ST~SE*2~", ["ST01 is empty"]),
    ("an element too many", transaction("277", "HL" + "*" * (MOST_ELEMENTS + 1)),
     [f"a segment has more than {MOST_ELEMENTS} elements"]),
    ("as many as may be", transaction("277", "HL" + "*" * MOST_ELEMENTS), [None]),
    ("a NUL", transaction("277", "NM1*QC*1*A\x00B"), ["a segment holds a control character"]),
    ("an escape", transaction("277", "NM1*QC*1*\x1b[2J"), ["a segment holds a control character"]),
    ("a tab and a bell", transaction("277", "MSG*A\tB\x07"), [None]),
    ("ST in ST", "ST*277*0003~" + SECOND_SET, ["SE is missing", None]),
    ("SE twice", SECOND_SET + "SE*3*0002~", [None, "segments outside ST and SE"]),
    ("GS in GS", "GS*HN*P*C*20250701*1200*6*X*005010~" + SECOND_SET,
     [None, "GE is missing", "GE02 differs from GS06", "IEA01 differs from the number of groups"]),
    ("IEA within", "IEA*1*000000001~" + SECOND_SET,
     ["ST outside a functional group", "ST outside a functional group", "GE is missing"]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "inside", "expected"), DAMAGED)
def test_a_damaged_set_says_why_and_its_neighbours_are_sound(
    said: str, inside: str, expected: list[str | None]
) -> None:
    count = inside.count("ST*") + inside.count("ST~") + 2
    found = reasons(interchange(group(SET, inside, SET, closed=f"GE*{count}*5~")))
    assert found[0] is None
    assert found.count(None) >= 1 + expected.count(None), said
    assert [one for one in found if one] == [one for one in expected if one], said


def test_the_separators_that_a_file_declares_may_be_control_characters() -> None:
    assert reasons(delimited("\x1d", "\x1f", "\x1e", "\x15")) == [None]
    assert reasons(delimited("\x01", "\x02", "\x03")) == [None]


def test_interchanges_parted_by_control_characters_are_told_apart() -> None:
    assert reasons(delimited("\x1d", "\x1f", "\x1e", "\n") * 3) == [None, None, None]


def test_marks_blanks_and_padding_may_stand_around_any_interchange() -> None:
    assert reasons("\ufeff\ufeff \r\n" + WHOLE + "\r\n\ufeff" + WHOLE + "\n\0\0\x1a") == [
        None,
        None,
    ]


def test_a_mark_before_letters_of_an_old_translator_is_no_letter() -> None:
    text = interchange(group(transaction("277", "NM1*QC*1*NUÑEZ")))
    assert reasons(b"\xef\xbb\xbf" + text.encode("latin-1")) == [None]


def test_levels_nested_ten_thousand_deep_are_rows_like_others() -> None:
    levels = [f"HL*{number}*{number - 1}*22*1" for number in range(1, 10_001)]
    result = read(interchange(group(transaction("277", *levels))))
    assert result.tokens.filter(segment_id="HL").height == 10_000
    assert result.transaction_sets["reason"].to_list() == [None]


@pytest.mark.parametrize("kind", ["277", "271"])
def test_ten_thousand_sets_are_a_row_each(kind: str) -> None:
    sets = [transaction(kind, "HL*1**20*1", number=number) for number in range(10_000)]
    rows = read(interchange(group(*sets))).transaction_sets
    assert rows.height == 10_000
    assert rows["set_control_number"].n_unique() == 10_000
    assert not rows["is_damaged"].any()


MEASURE = """
import resource, sys
from pipelines.x12 import wire
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    sets = wire.read(data, file_id="7f3a").transaction_sets
    print("read", sets["segment_count"].sum(), sets["reason"].drop_nulls().to_list())
except wire.RefusedInputError as refusal:
    print("refused", refusal.code)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, file=sys.stderr)
"""
MUCH: list[tuple[str, str, str]] = [
    # said, body of a set, what becomes of it
    ("five million elements", "REF*0F*A*B*C*~" * 1_000_000, "read 1000002 []"),
    ("a segment of a million", "REF" + "*1" * 1_000_000 + "~", "read 3 ['a segment has more"),
    ("fifty million elements", "REF" + "*" * 50_000_000 + "~", "refused x12_too_large"),
    ("ten million empty segments", "~" * 10_000_000, "refused x12_too_large"),
    ("ten million blank lines", "\n" * 10_000_000, "read 2 []"),
]


@pytest.mark.parametrize(("said", "body", "expected"), MUCH)
def test_a_file_of_any_content_is_read_or_refused_in_bounded_memory(
    said: str, body: str, expected: str
) -> None:
    count = body.count("~") + 2
    text = interchange(group(f"ST*834*0001~{body}SE*{count}*0001~"))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=text.encode(), capture_output=True, check=True,
        cwd=Path(__file__).parents[3], timeout=60,
    )  # fmt: skip
    assert done.stdout.decode().startswith(expected), said
    assert int(done.stderr) < 600_000, said  # KiB


def test_lines_without_end_take_no_longer_than_they_are() -> None:
    """Where segments end with the line, each empty line might begin the next interchange."""
    text = delimited(end="\n")
    assert reasons(text + "\n" * 500_000 + text) == [None, None]
    assert len(isa()) == ISA_LENGTH
