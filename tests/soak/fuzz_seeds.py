"""What the fuzzer begins with: for each target a few sound files, and the words it may put in."""

import io
from datetime import date
from html import escape

import polars as pl
import published_files
from fuzz_targets import FEED, in_workbook, zipped
from x12_text import SECOND_SET, SET, group, interchange, transaction

from contracts.feeds import COMMON
from reports.feed_template import as_csv, as_workbook

_ROWS = [
    ["s1", "t1", "p1", "pre_release_access", "2026-10-31", "7", "no", "enrolled",
     "mental_illness|chronic_condition", "meets", "no", "active", "2026-10-31T08:00:00-07:00"],
    ["s2", "t1", "p1", "medi_cal", "2026-11-01", "", "yes", "", "", "", "", "", ""],
    ["s2", "t2", "p2", "medi_cal", "31/12/2026", "", "N", "none", "|", "", "", "deleted", "now"],
]  # fmt: skip
_NAMES = [*FEED.names, *(column.name for column in COMMON)]


def _csv(separator: str = ",", end: str = "\n") -> bytes:
    return end.join(separator.join(row) for row in [_NAMES, *_ROWS, []]).encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="uncompressed")
    return buffer.getvalue()


def _frames() -> list[pl.DataFrame]:
    texts = pl.DataFrame(_ROWS, schema=dict.fromkeys(_NAMES, pl.String), orient="row")
    day = pl.lit(date(2026, 10, 31)).alias("screened_on")
    listed = pl.col("qualifying_conditions").str.split("|")
    return [texts, texts.with_columns(day, listed, pl.col("declined") == "yes")]


def _sheet() -> bytes:
    """The rows as a sheet of inline texts."""
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(one)}</t></is></c>' for one in row)
        + "</row>"
        for row in [_NAMES, *_ROWS]
    )  # fmt: skip
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


_REMITTANCE = transaction(
    "835", "BPR*I*100*C*ACH", "LX*1", "CLP*A1*1*150*100**MC*B2*11*1",
    "CAS*CO*45*25**96*25", "SVC*HC:H0020:HQ*150*100**1", "DTM*472*20251031", "PLB*1*20261231*WO*-5",
)  # fmt: skip
_ANSWER = transaction("271", "HL*1**20*1", "EB*1**30^1^35*MC*A:B", "LS*2120", "AAA*N**72*C")
_SETS = [SET, SECOND_SET, _REMITTANCE, _ANSWER, "TA1*000000077*250701*1200*A*000~"]
_X12 = [
    interchange(group(*_SETS)),
    interchange(group(SET)) + "\n" + interchange(group(SECOND_SET), number=2).replace("*", "|"),
    interchange(group(_ANSWER)).replace("~", "\n").replace("*", "\x1d"),
    group(*_SETS) + "IEA*1*000000001~",
    interchange(SET, group(SECOND_SET, closed="GE*9*9~"), groups=7),
]
_MAPPINGS = [
    "version = 1\n",
    """\
version = 2
separator = ","
ignore = ["Batch"]
[rename]
screening_id = "Screening No"
[values.declined]
"N" = "no"
""",
    """\
version = 1
[rename]
screening_id = "Screening No"
stay_id = "Stay"
person_id = "Inmate No"
screening_type = "Type"
screened_on = "Date"
declined = "Declined"
qualifying_conditions = "Conditions"
outcome = "Outcome"
[date_format]
screened_on = "%m/%d/%Y"
[list_separator]
qualifying_conditions = ";"
[values.screening_type]
Access = "pre_release_access"
[values.declined]
"N" = "no"
"Y" = "yes"
[default]
medi_cal_status = "enrolled"
[[filter]]
column = "Type"
not_in = ["Other"]
[strip]
stay_id = "t"
""",
    """\
version = 1
[split."Outcome"]
into = ["outcome", "medi_cal_status"]
pattern = "(me)(ets)"
[join.qualifying_conditions]
columns = ["Stay", "Type"]
""",
]

SEEDS: dict[str, list[bytes]] = {
    "csv": [as_csv(FEED), _csv(), _csv(end="\r\n"), b"\xef\xbb\xbf" + _csv(), _csv(";")],
    "parquet": [_parquet(frame) for frame in _frames()],
    "workbook": [_sheet(), in_workbook(_sheet()), as_workbook(FEED)],
    "archive": [_csv(), zipped({"export.csv": _csv()}), zipped({"a.csv": _csv(), "b/c.csv": b""})],
    "x12": [text.encode() for text in _X12],
    "mapping": [text.encode() for text in _MAPPINGS],
    "codes": sorted({text.encode() for _, _, text in published_files.PUBLISHED}),
}

_SIGNS = [b'"', b'""', b",", b";", b"|", b"\t", b"\r\n", b"\n", b"\0", b"\xff", b"\xef\xbb\xbf"]
_TEXTS = [b"2026-02-30", b"9999-12-31T23:59:59Z", b"-0", b"1e309", b"=1+1", "é\u2028😀".encode()]
_SECTIONS = [
    b"[[filter]]\n", b"[split.a]\n", b"[join.modifiers]\n", b"pattern = ", b"(?P<a>.*)", b"[^",
    b"equals = ", b"%y", b"%I:%M %p", b'""', b"inf", b"nan", b"1979-05-27", b"{}", b"[]",
]  # fmt: skip
_XML = [
    b'<c t="n"><v>1</v></c>', b'<c t="s"><v>99</v></c>', b'<c t="b"><v>1</v></c>', b"<v>",
    b'<c r="XFD1048576">', b'<c t="e"><v>#REF!</v></c>', b'<c t="d"><v>2026-01-01</v></c>',
    b"<f>1+1</f>", b"&#0;", b"&a;", b'<!DOCTYPE a [<!ENTITY a "b">]>', b'<row r="1048577">',
]  # fmt: skip
WORDS: dict[str, list[bytes]] = {
    "csv": _SIGNS + _TEXTS + [name.encode() for name in _NAMES],
    "parquet": [b"PAR1", b"\x15\x00", b"\xff\xff\xff\xff\x0f", *_TEXTS],
    "workbook": [*_XML, *_TEXTS, b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"],
    "archive": [*_SIGNS, b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"../", b".zip"],
    "x12": [b"ISA*", b"GS*", b"ST*", b"SE*", b"GE*", b"IEA*", b"TA1*", b"~", b"\r\n", b"^", b":"],
    "mapping": [*_SECTIONS, *(name.encode() for name in FEED.names)],
    "codes": [*_SIGNS, *_TEXTS, b"28-30", b"Start: ", b"0*", b"$1,000.00"],
}
