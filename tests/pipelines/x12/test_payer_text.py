"""Text that was damaged on its way: read, or refused with a reason, and never worse."""

import payer_answers as payer
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from x12_text import group, interchange, transaction

from contracts.errors import RefusedInputError
from contracts.feeds import PAYER_ANSWERS
from pipelines.x12 import answers as claim_answers
from pipelines.x12 import eligibility_answers, enrollment, wire

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


_FAULTS = ("IK3*NM1*22*2010BA*8", "CTX*CLM01:PCN1", "IK4*9:2*67*7*SMITH")
CLAIMS = [
    payer.ta1(17, "R", "025"),
    payer.syntax(31, {"0001": "R*5", "0002": "A"}, "P", _FAULTS),
    payer.acknowledged({"P1": "A2:20", "P2": "A7:562:85"}, "0000000170001", provider="A1:19"),
    payer.status({"P1": "F1:65", "P2": "D0:35"}),
]


def read_everything(data: bytes) -> None:
    """Any text is refused with a reason, or read; what is read keeps its columns."""
    try:
        read = wire.read(data, file_id="7f3a")
    except RefusedInputError:
        return
    tokens = read.tokens
    look_at_statements(read)
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


def look_at_statements(read: wire.Interchanges) -> None:
    """Each statement stands in a sound set, at a segment of its own, and keeps its contract."""
    statements = claim_answers.read(read)
    sound = read.transaction_sets.filter(~pl.col("is_damaged"))["set_ordinal"]
    assert set(statements["row_number"]) <= set(sound)
    assert statements["segment_ordinal"].is_unique().all()
    assert {name: statements.schema[name] for name in statements.columns} == {
        name: PAYER_ANSWERS.schema[name] for name in claim_answers.COLUMNS
    }
    for name in ("answer", "level", "outcome"):
        assert set(statements[name]) <= set(PAYER_ANSWERS.column(name).field.allowed)
    assert statements["is_childless"].null_count() == 0


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
    counts = [claim_answers.read(wire.read(t.encode(), file_id="x")).height for t in CLAIMS]
    assert counts == [1, 5, 4, 2]


TEXTS = [ELIGIBILITY, MEMBERS, *CLAIMS]
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
