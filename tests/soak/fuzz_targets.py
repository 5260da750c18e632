"""What is fuzzed: each target takes any bytes and either reads them or refuses them in our words.

A target returns True where it read. Anything it raises, and any row that is not accounted for, is
a fault of ours. The targets know nothing of the fuzzer.
"""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import polars as pl
from x12_text import isa

from codesets.editions import Edition
from codesets.errors import CodeSetError
from codesets.formats import catalogue
from codesets.frames import typed_frame
from codesets.loader import CodeSets
from contracts.errors import RefusedInputError, UsageError
from contracts.feeds import FEEDS
from contracts.mapping import Mapping
from contracts.mapping_text import parse_mapping
from contracts.settings import FeedSettings
from pipelines.io import inbox, members
from pipelines.stages import facts, intake
from pipelines.x12 import answers, wire
from pipelines.x12.interchanges import Limits

FEED = FEEDS["screenings"]  # lists, dates, flags, words, a requirement between columns
NOW = datetime(2026, 10, 31, 18, tzinfo=UTC)
REFUSALS = (RefusedInputError, UsageError)
ORIGIN = intake.Origin("7f3a", NOW)
SMALL = Limits(max_segments=5_000, max_elements=20_000, max_interchanges=50)
SHEET = "xl/worksheets/sheet1.xml"


def csv_file(data: bytes) -> bool:
    return _is_taken(data, ".csv")


def parquet_file(data: bytes) -> bool:
    return _is_taken(data, ".parquet")


def workbook(data: bytes) -> bool:
    """A workbook's bytes, or else a sheet put into a sound one: few changed archives open."""
    return _is_taken(data if data.startswith(b"PK") else in_workbook(data), ".xlsx")


def archive(data: bytes) -> bool:
    """An archive's bytes, or else a CSV file put into one; each member is read by its kind."""
    packed = data if data.startswith(b"PK") else zipped({"export.csv": data})
    with TemporaryDirectory() as folder:
        path = Path(folder, "landed.zip")
        path.write_bytes(packed)
        try:
            with members.unpacked(path, "landed.zip", Path(folder), FEED.name) as found:
                read = [_is_taken(one.path.read_bytes(), one.path.suffix) for one in found]
                return all(read)
        except members.UnsoundArchiveError:
            return False


def responses(data: bytes) -> bool:
    """An X12 file, or else what stands below a sound ISA: few changed ones are sound.

    Each segment is in one set or in the envelope; each set has one fate.
    """
    text = data if data.lstrip().startswith(b"ISA") else isa().encode() + data
    try:
        read = wire.read(text, file_id="7f3a", limits=SMALL)
    except REFUSALS:
        return False
    in_sets = read.tokens["set_ordinal"].drop_nulls()
    assert read.transaction_sets["segment_count"].sum() == in_sets.len()
    assert read.transaction_sets["set_ordinal"].is_unique().all()
    assert set(in_sets) <= set(read.transaction_sets["set_ordinal"])
    for number in range(1, 4):
        read.tokens.select(wire.component(number, 2), repeated=wire.repetitions(number))
    statements = answers.read(read)
    assert statements["segment_ordinal"].is_unique().all()
    sound, damaged = intake.take_responses(read.transaction_sets, ORIGIN)
    assert sound.height + damaged.height == read.transaction_sets.height
    return True


def mapping_text(data: bytes) -> bool:
    """A mapping's text and, where it is one, a file received by it."""
    text = data.decode("utf-8", "replace")
    try:
        mapping = parse_mapping(text, FEED, "mappings/34/screenings.toml")
        _taken(EXTRACT.encode(), ".csv", mapping)
    except REFUSALS:
        return False
    return True


def code_file(data: bytes) -> bool:
    """A published code file, read for every set that its layout is for."""
    try:
        form = catalogue.detect(data)
        for name in form.sets if form else ():
            rows = catalogue.read(form, name, [data])
            typed_frame(_sets().schemas[name], _edition(name), rows)
    except CodeSetError:
        return False
    return form is not None


TARGETS: dict[str, Callable[[bytes], bool]] = {
    "csv": csv_file,
    "parquet": parquet_file,
    "workbook": workbook,
    "archive": archive,
    "x12": responses,
    "mapping": mapping_text,
    "codes": code_file,
}

EXTRACT = """\
Screening No,Stay,Inmate No,Type,Date,Declined,Conditions,Outcome
s1,t1,p1,Access,10/31/2026,N,mental_illness;chronic_condition,meets
s2,t1,p1,Access,31.10.2026,Y,,
s3,t2,p2,Other,,N,unknown,SMITH
"""


def _is_taken(data: bytes, suffix: str) -> bool:
    try:
        _taken(data, suffix, None)
    except REFUSALS:
        return False
    return True


def _taken(data: bytes, suffix: str, mapping: Mapping | None) -> None:
    """Read the file and sort its rows: each of them has one fate."""
    raw = _read(data, suffix, mapping)
    nothing = facts.newest(FEED, intake.facts(FEED.name).empty(), pl.DataFrame(), FeedSettings())
    taken = intake.take(
        FEED, raw.rows, raw.misshapen, lambda _: nothing, FeedSettings(), ORIGIN, mapping
    )
    fates = [*taken.facts["row_number"], *taken.quarantine["row_number"].unique()]
    assert sorted(fates) == list(range(1, taken.row_count + 1))


def _read(data: bytes, suffix: str, mapping: Mapping | None) -> inbox.readers.Raw:
    with NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        return inbox.read_feed(FEED, mapping, Path(file.name), "screenings file 7f3a")


def zipped(members: dict[str, bytes]) -> bytes:
    """An archive without compression: what is changed in it stays where it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archived:
        for name, content in members.items():
            archived.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def in_workbook(sheet: bytes) -> bytes:
    """A workbook of one sheet, given as its XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/{SHEET}" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{parts}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{parts}"><sheets>'
        '<sheet name="export" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{parts}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
    }
    return zipped({name: text.encode() for name, text in texts.items()} | {SHEET: sheet})


@cache
def _sets() -> CodeSets:
    return CodeSets()


def _edition(set_name: str) -> Edition:
    return Edition(
        set_name=set_name, edition="fuzzed", path=Path(), effective_from=date(2026, 1, 1),
        effective_to=None, received_at=NOW, status="official", source="", note="", rows=0,
        sha256="", is_shipped=False,
    )  # fmt: skip
