"""Text that nobody here wrote: published samples, and text that was damaged on its way.

The published samples are not part of the project; `X12_SAMPLES` names a folder of them. What they
contain that matters is drawn here too, so that nothing rests on them alone.
"""

import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from x12_text import group, interchange, transaction

from contracts.errors import RefusedInputError
from pipelines.x12 import eligibility_answers, enrollment, wire
from pipelines.x12.enrollment_places import COVERAGE, MEMBER
from pipelines.x12.places import Place

ELIGIBILITY = interchange(
    group(
        transaction(
            *("271", "BHT*0022*11*10001234*20060501*1319", "HL*1**20*1", "NM1*PR*2*A*****PI*8"),
            *("HL*2*1*21*1", "NM1*1P*2*B*****SV*2000035", "AAA*Y**50*N", "HL*3*2*22*0"),
            *("TRN*2*93175*9877281234", "NM1*IL*1*SMITH*JOHN****MI*90000001A", "AAA*N**72*C"),
            *("DMG*D8*19630519*M", "DTP*291*RD8*20060101-20060301", "EB*1**30^1*MC*A PLAN"),
            *("DTP*307*D8*20060201", "MSG*EVC #: 1234567890. PRMY AID CODE: M1.", "EB*L"),
            *("EB*Y**30***29*10.5", "LS*2120", "NM1*Y2*2*JONES*****PI*300", "LE*2120"),
            *("HL*4*3*23*0", "NM1*03*1*SMITH*MARY", "EB*6**30"),
        )
    )
)
MEMBERS = interchange(
    group(
        transaction(
            *("834", "BGN*00*12456*19980520*1200****2", "N1*IN*A PLAN*FI*65", "INS*Y*18*021*20*A"),
            *("REF*1L*90000001A", "REF*3H*19;10;C;;", "NM1*IL*1*DOE*A", "N4*LA*CA*90019**CY*19"),
            *("HD*021**HLT*010;51", "DTP*348*D8*20250101", "DTP*349*D8*20250131"),
            *("REF*CE*60;401;80;901;;;;", "REF*ZX*19", "COB*P*890111*5", "LS*2700", "LX*1"),
            *("REF*ZX*58", "LE*2700", "INS*Y*18*024", "HD*024**HLT", "REF*RB*M1"),
        )
    )
)
FOLDER = os.environ.get("X12_SAMPLES")


def of_samples(transaction_set: str) -> list[Path]:
    """Published files whose first set is of that kind."""
    files = sorted(path for path in Path(FOLDER or "").rglob("*") if path.is_file())
    marks = [f"ST{mark}{transaction_set}{mark}".encode() for mark in "*|"]
    return [path for path in files if any(mark in path.read_bytes() for mark in marks)]


def segments_of(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="latin-1").strip()
    return [one.strip("\r\n ").split(text[3]) for one in text.split(text[105])]


@pytest.mark.skipif(FOLDER is None, reason="X12_SAMPLES names no folder of published samples")
def test_every_published_271_is_read() -> None:
    paths = of_samples("271")
    for path in paths:
        drawn = segments_of(path)
        read = eligibility_answers.read(wire.read(path.read_bytes(), file_id="x").tokens)
        asked = [one[2] for one in drawn if one[0] == "TRN" and one[1] == "2"]
        assert read.answers["trace_number"].to_list() == asked
        assert read.rejections.height == sum(one[0] == "AAA" for one in drawn)
        assert set(read.answers["outcome"]) <= {"active", "inactive", "rejected"}
        (made_on,) = {one[4] for one in drawn if one[0] == "BHT"}
        assert set(read.answers["month"]) <= {f"{made_on[:4]}-{made_on[4:6]}"}
    assert paths


@pytest.mark.skipif(FOLDER is None, reason="X12_SAMPLES names no folder of published samples")
def test_no_published_834_has_a_cin_and_every_member_says_so() -> None:
    paths = of_samples("834")
    for path in paths:
        read = enrollment.read(wire.read(path.read_bytes(), file_id="x").tokens)
        members = sum(one[0] == "INS" for one in segments_of(path))
        assert read.coverage.is_empty()
        assert read.unreadable["reason"].to_list() == ["no CIN where one is looked for"] * members
    assert paths


@pytest.mark.skipif(FOLDER is None, reason="X12_SAMPLES names no folder of published samples")
def test_every_published_834_is_read_where_its_own_places_are_named() -> None:
    places = [
        *(Place("cin", MEMBER, "REF", code, 2, "^(.+)$", "verified", "x") for code in ("0F", "WH")),
        Place("aid_code", COVERAGE, "HD", None, 3, "^(.+)$", "verified", "x"),
    ]
    paths = of_samples("834")
    for path in paths:
        segments = segments_of(path)
        read = enrollment.read(wire.read(path.read_bytes(), file_id="x").tokens, places)
        assert read.coverage.select("cin", "aid_code", "starts_on").rows() == by_hand(segments)
    assert paths


def by_hand(segments: list[list[str]]) -> list[tuple[str, str, str | None]]:
    """Segment by segment, in the order of the file; spans that are cancelled have ends."""
    member, own_start, spans = "", None, []
    for one in segments:
        if one[0] == "INS":
            member, own_start = "", None
        elif one[0] == "REF" and one[1] in ("0F", "WH") and not member:
            member = one[2]
        elif one[0] == "DTP" and one[1] == "356":
            own_start = iso(one[3])
        elif one[0] == "HD":
            spans.append([member, one[3], own_start])
        elif one[0] == "DTP" and one[1] == "348":
            spans[-1][2] = iso(one[3])
    return [tuple(span) for span in spans]


def iso(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def read_everything(data: bytes) -> None:
    """Any text is refused with a reason, or read; what is read keeps its columns."""
    try:
        tokens = wire.read(data, file_id="7f3a").tokens
    except RefusedInputError:
        return
    answers = eligibility_answers.read(tokens)
    members = enrollment.read(tokens)
    assert answers.answers.schema == SOUND_ANSWERS.answers.schema
    assert answers.rejections.schema == SOUND_ANSWERS.rejections.schema
    assert members.coverage.schema == SOUND_MEMBERS.coverage.schema
    assert members.unreadable.schema == SOUND_MEMBERS.unreadable.schema
    assert set(answers.answers["eligible"]) <= {"yes", "no"}
    assert answers.answers.select(pl.struct("segment_ordinal", "month").is_unique().all()).item()
    active = answers.answers.filter(eligible="yes")
    assert set(active["outcome"]) <= {"active"}
    assert members.coverage["cin"].is_not_null().all()
    assert members.coverage["aid_code"].is_not_null().all()


SOUND_ANSWERS = eligibility_answers.read(wire.read(ELIGIBILITY.encode(), file_id="x").tokens)
SOUND_MEMBERS = enrollment.read(wire.read(MEMBERS.encode(), file_id="x").tokens)


def test_the_sound_text_is_read() -> None:
    columns = ["level", "month", "outcome", "aid_codes", "reject_codes"]
    assert SOUND_ANSWERS.answers.select(columns).rows() == [
        ("subscriber", "2006-01", "spend_down", None, "50|72"),
        ("subscriber", "2006-02", "active", "M1", "50|72"),
        ("subscriber", "2006-03", "spend_down", None, "50|72"),
        ("dependent", "2006-05", "inactive", None, "50|72"),
    ]
    assert SOUND_MEMBERS.coverage["aid_code"].to_list() == ["60"]


TEXTS = [ELIGIBILITY, MEMBERS]
if FOLDER is not None:
    TEXTS += [
        path.read_text(encoding="latin-1") for path in (*of_samples("271"), *of_samples("834"))
    ]
ODD = st.one_of(
    st.sampled_from(["", "*", "^", ":", ";", ";;;", "ISA", "ST", "HL", "EB", "22", "23", "99999999",
                     "20250101-99991231", "00000000", "-", "1E99", "\ufeff", "9" * 40]),
    st.text(max_size=6),
)  # fmt: skip


@given(st.data())
def test_damaged_text_is_refused_or_read(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    ends, mark = text[105], text[3]
    segments = text.split(ends)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(1, len(segments) - 1))
        other = data.draw(st.integers(1, len(segments) - 1))
        match data.draw(st.sampled_from(["drop", "repeat", "swap", "element", "cut", "insert"])):
            case "drop" if len(segments) > 2:
                del segments[at]
            case "repeat":
                segments.insert(other, segments[at])
            case "swap":
                segments[at], segments[other] = segments[other], segments[at]
            case "element":
                elements = segments[at].split(mark)
                place = data.draw(st.integers(0, len(elements) - 1))
                elements[place] = data.draw(ODD)
                segments[at] = mark.join(elements)
            case "cut":
                segments[at] = segments[at][: data.draw(st.integers(0, 8))]
            case _:
                segments.insert(at, data.draw(ODD))
    read_everything(ends.join(segments).encode())


@given(st.sampled_from(TEXTS), st.integers(0, 5000), st.binary(max_size=4))
def test_damaged_bytes_are_refused_or_read(text: str, at: int, other: bytes) -> None:
    data = text.encode()
    at %= len(data)
    read_everything(data[:at] + other + data[at + len(other) :])
