"""Hostile files: each ends in one refusal, or in quarantined rows, and harms no neighbour.

All of them wait in one inbox together, names and contents bearing a person's name, and one pass
takes them. A second pass in a process of its own is held to a bound of memory.
"""

import gzip
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from workbook_parts import HEADER, SOUND, cells, packed, parts, row, text, workbook

from contracts.feeds import EXACT_DUPLICATES, QUARANTINE, facts
from pipelines.io.home import Home
from pipelines.io.inbox import landed, overlooked
from pipelines.io.ledger import files, users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outcome import Outcome
from pipelines.io.readers import limits
from pipelines.io.workspace import Workspace

AGENCY, FEED, PERSON = "34", "cin_aliases", "SMITH"
NOW = datetime(2026, 11, 1, 18, tzinfo=UTC)
HEAD = ",".join(HEADER)
ONE = f"{HEAD}\n{','.join(SOUND)}\n"
CANARY = f"{HEAD}\n{PERSON},C1,merged,2026-01-01\n"
SHEET = row(1, *HEADER)
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + PERSON.encode()
INTERCHANGE = b"ISA*00*          *00*          *ZZ*SMITH".ljust(103) + b"*:~"


def archive(*members: tuple[str | zipfile.ZipInfo, bytes | str], method: int = 8) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in members:
            made.writestr(name, content, method)
    return buffer.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    return entry


def twice(name: str) -> bytes:
    """An archive with two members of one name, which no library writes without a warning."""
    content = archive((name, ONE), (name.replace("a", "b"), ONE))
    return content.replace(name.replace("a", "b").encode(), name.encode())


def encrypted(content: bytes) -> bytes:
    """The flag of encryption in the list of members."""
    at = content.index(b"PK\x01\x02") + 8
    return content[:at] + bytes([content[at] | 1]) + content[at + 1 :]


def bomb(megabytes: int) -> bytes:
    return archive(("a.csv", bytes(megabytes << 20)))


def part(name: str, content: bytes | str) -> bytes:
    """A workbook of which one part is replaced, or added."""
    return packed({**parts(SHEET + row(2, *SOUND)), name: content}.items())


def before_sheet(declared: str, value: str) -> bytes:
    return workbook(SHEET + row(2, value, *SOUND[1:]), before=f"<!DOCTYPE x [{declared}]>")


def laughs() -> str:
    """Nine entities, each ten times the one before: a thousand million times the first."""
    return f'<!ENTITY a0 "{PERSON}">' + "".join(
        f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 10)
    )


def parquet(**columns: object) -> bytes:
    buffer = BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


# What it is, its name's ending, its bytes, and the code of its refusal.
REFUSED: list[tuple[str, str, bytes | str, str]] = [
    # text of another encoding
    ("UTF-16 with its mark", "csv", CANARY.encode("utf-16"), "wrong_kind"),
    ("UTF-16 without it", "csv", CANARY.encode("utf-16-le"), "wrong_kind"),
    ("UTF-16 the other way round", "csv", CANARY.encode("utf-16-be"), "wrong_kind"),
    ("Latin-1", "csv", ONE.encode() + b"SMITH MU\xd1OZ,C2,merged,2026-01-01\n", "not_utf8"),
    ("Windows-1252", "csv", ONE.encode() + b"\x93SMITH\x94,C3,merged,2026-01-01\n", "not_utf8"),
    ("one bad byte far down", "csv",
     (ONE + "A2,C2,merged,2026-01-01\n" * 5_000).encode() + b"SM\xffTH,1,merged,2026-01-01\n",
     "not_utf8"),
    # text that is no table
    ("nothing", "csv", b"", "empty_file"),
    ("blank lines", "csv", "\n\r\n\n", "empty_file"),
    ("a header of nothing", "csv", ",,,\n", "empty_file"),
    ("an open quote", "csv", f'{ONE}"{PERSON},C2,merged,2026-01-01\n', "not_csv"),
    ("a stray quote", "csv", f'{ONE}"{PERSON}"x,C2,merged,2026-01-01\n', "not_csv"),
    ("a field without end", "csv", f"{ONE}{PERSON * 200_001},C2,merged,2026-01-01\n", "not_csv"),
    ("a row without end", "csv", f'{ONE}{f"{PERSON}," * 700_000}', "row_too_long"),
    ("line breaks without end in a quoted value", "csv",
     ONE + f'"{PERSON}' + "\n" * 1_000_001 + '",C2,merged,2026-01-01\n', "not_csv"),
    ("ten thousand columns", "csv", f"{HEAD}{',SMITH' * 10_000}\n", "too_many_columns"),
    ("a column without a row's name", "csv", f"{HEAD},{PERSON}\n", "unknown_column"),
    ("a column twice", "csv", f"{HEAD},cin\n", "repeated_column"),
    ("a name without end", "csv", f"{HEAD},x_{PERSON * 30}\n", "column_name"),
    ("a name with a control character", "csv", f"{HEAD},x_\x1b[2J{PERSON}\n", "column_name"),
    ("a name with a NUL", "csv", f"{HEAD},x_\0\n", "column_name"),
    # names that tell something else than the content
    ("a workbook named CSV", "csv", workbook(SHEET + row(2, PERSON)), "wrong_kind"),
    ("an archive named CSV", "csv", archive(("a.csv", CANARY)), "wrong_kind"),
    ("Parquet named CSV", "csv", parquet(alias_cin=[PERSON]), "wrong_kind"),
    ("X12 named CSV", "csv", INTERCHANGE, "wrong_kind"),
    ("a page named CSV", "csv", f"<html><td>{PERSON}</td></html>", "wrong_kind"),
    ("packed by gzip", "csv", gzip.compress(CANARY.encode(), mtime=0), "wrong_kind"),
    ("PDF", "csv", f"%PDF-1.7 {PERSON}", "wrong_kind"),
    ("CSV named Parquet", "parquet", CANARY, "wrong_kind"),
    ("CSV named XLSX", "xlsx", CANARY, "wrong_kind"),
    ("CSV named ZIP", "zip", CANARY, "wrong_kind"),
    ("a workbook named ZIP", "zip", workbook(SHEET + row(2, PERSON, "2")), "wrong_kind"),
    ("an old or encrypted workbook", "xlsx", OLD, "wrong_kind"),
    ("an archive named XLSX", "xlsx", archive(("a.csv", CANARY + "\n")), "wrong_kind"),
    ("an old workbook under its name", "xls", OLD + b"\0", "unknown_kind"),
    ("a workbook with macros", "xlsm", workbook(SHEET), "unknown_kind"),
    # Parquet
    ("Parquet's mark and no more", "parquet", f"PAR1{PERSON}PAR1", "unreadable"),
    ("Parquet without its end", "parquet", parquet(alias_cin=[PERSON] * 99)[:-30], "unreadable"),
    ("Parquet of bytes", "parquet", parquet(
        alias_cin=[b"\xff"], cin=["1"], reason=["merged"], valid_from=["2026-01-01"]
    ), "column_type"),
    # workbooks
    ("a workbook without a cell", "xlsx", workbook(""), "empty_file"),
    ("a workbook without a sheet", "xlsx", workbook(), "empty_file"),
    ("a workbook of hidden sheets", "xlsx", workbook(SHEET, states=("hidden",)), "empty_file"),
    ("a formula", "xlsx", workbook(
        SHEET + cells(2, f'<c r="A2"><f>"{PERSON}"</f><v>1</v></c>')
    ), "formula"),
    ("an error cell", "xlsx", workbook(
        SHEET + cells(2, text("A2", PERSON), '<c r="B2" t="e"><v>#REF!</v></c>')
    ), "cell_error"),
    ("a number of which digits are lost", "xlsx", workbook(
        SHEET + cells(2, '<c r="A2"><v>12345678901234567</v></c>')
    ), "number_length"),
    ("a thousand million laughs", "xlsx", before_sheet(laughs(), "&a9;"), "document_type"),
    ("one long entity, often", "xlsx", before_sheet(
        f'<!ENTITY a "{PERSON * 10_000}">', "&a;" * 10_000
    ), "document_type"),
    ("an entity from elsewhere", "xlsx", before_sheet(
        '<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"
    ), "document_type"),
    ("laughs in the shared texts", "xlsx", part(
        "xl/sharedStrings.xml", f"<!DOCTYPE x [{laughs()}]><sst><si><t>&a9;</t></si></sst>"
    ), "document_type"),
    ("cells as far apart as can be", "xlsx", workbook(
        SHEET + row(2, PERSON) + cells(1_048_576, text("XFD1048576", PERSON))
    ), "too_large"),
    ("a cell beyond any sheet", "xlsx", workbook(
        SHEET + cells(2, text("ZZZZ99999999", PERSON))
    ), "unreadable"),
    ("a tag without end", "xlsx", part(
        "xl/worksheets/sheet1.xml", b'<worksheet a="' + b"x" * (40 << 20)
    ), "unreadable"),
    ("a sheet that stops", "xlsx", part(
        "xl/worksheets/sheet1.xml", f"<worksheet><sheetData><row><c><v>{PERSON}"
    ), "unreadable"),
    ("a shared text that is not there", "xlsx", workbook(
        SHEET + cells(2, '<c r="A2" t="s"><v>7</v></c>')
    ), "unreadable"),
    ("a workbook cut off", "xlsx", workbook(SHEET)[:-400], "wrong_kind"),
    ("a part that unpacks to far more", "xlsx", part(
        "xl/media/image1.png", bytes(600 << 20)
    ), "too_large"),
    # archives
    ("an archive without a file", "zip", archive(), "empty_file"),
    ("an archive of folders", "zip", archive(("a/", b""), ("__MACOSX/._a.csv", b"x")),
     "empty_file"),
    ("an archive in an archive", "zip", archive(("a.csv", ONE), ("b.zip", bomb(1))),
     "nested_archive"),
    ("one that hides under another name", "zip", archive(("a.csv", bomb(2))), "nested_archive"),
    ("a name that climbs", "zip", archive((f"../../{PERSON}.csv", ONE)), "member_name"),
    ("an absolute name", "zip", archive((f"/{PERSON}.csv", ONE)), "member_name"),
    ("a name with a drive", "zip", archive((f"C:\\{PERSON}.csv", ONE)), "member_name"),
    ("a link", "zip", archive((link("a.csv"), f"/home/{PERSON}")), "link_member"),
    ("one name twice", "zip", twice("a.csv"), "repeated_member"),
    ("a password", "zip", encrypted(archive(("a.csv", CANARY))), "encrypted_member"),
    ("packed by another method", "zip", archive(("a.csv", CANARY), method=zipfile.ZIP_LZMA),
     "member_method"),
    ("too many members", "zip", archive(*((f"{number}.csv", b"") for number in range(1_001))),
     "too_many_members"),
    ("what unpacks to a thousand times as much", "zip", bomb(256), "archive_ratio"),
    ("an archive cut off", "zip", archive(("a.csv", CANARY * 9))[:-20], "unreadable"),
    ("a damaged member after a sound one", "zip", archive(
        ("a.csv", ONE), ("b.csv", CANARY), method=zipfile.ZIP_STORED
    ).replace(PERSON.encode(), b"SMYTH"), "unreadable"),
]  # fmt: skip

# Rows accepted and quarantined; a person's row never reaches the facts by half.
TAKEN: list[tuple[str, str, bytes | str, tuple[int, int]]] = [
    ("a NUL in a value", "csv", f"{ONE}SM\0TH,C2,merged,2026-01-01\n", (1, 1)),
    ("control characters in values", "csv",
     f"{ONE}\x1b[2J,C2,merged,2026-01-01\nA3,\x07,merged,2026-01-01\n", (1, 2)),
    ("a NUL in a cell", "xlsx", workbook(SHEET + row(2, "SM_x0000_TH", *SOUND[1:])), (0, 1)),
    ("a NUL in Parquet", "parquet", parquet(
        alias_cin=["SM\0TH"], cin=["1"], reason=["merged"], valid_from=["2026-01-01"]
    ), (0, 1)),
    ("line ends of three kinds", "csv",
     f"{HEAD}\r\nB1,C1,merged,2026-01-01\nB2,C2,merged,2026-01-01\r\nB3,C3,merged,2026-01-01\r",
     (3, 0)),
    ("rows too long and too short", "csv", f"{ONE}{PERSON}\n{PERSON},1,merged,2026-01-01,x\n",
     (1, 2)),
    ("a header alone", "csv", HEAD, (0, 0)),
    ("Parquet without a row", "parquet", parquet(**{name: pl.Series([], dtype=pl.String)
     for name in HEADER}), (0, 0)),
    ("a header alone in a sheet", "xlsx", workbook(SHEET), (0, 0)),
    ("a cell beside the table", "xlsx", workbook(SHEET + row(2, *SOUND, PERSON)), (0, 1)),
    ("an entity that XML itself has", "xlsx", workbook(
        SHEET + row(2, "A&amp;B", *SOUND[1:])
    ), (1, 0)),
]  # fmt: skip


@dataclass(frozen=True)
class Taken:
    home: Home
    workspace: Workspace
    outcomes: dict[str, Outcome]


def opened(home: Home) -> Workspace:
    ledger = Ledger.create_or_upgrade(home.ledger_url, now=NOW, is_sandbox=True)
    with ledger.write(AGENCY, "admin") as tx:
        users.save(tx, "admin", users.RIGHTS)
    ledger.close()
    return Workspace.open(home, AGENCY, now=NOW, user_id="admin")


def path_of(home: Home, said: str, ending: str) -> Path:
    return home.inbox(AGENCY, FEED) / f"{PERSON} {said}.{ending}"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """One pass over an inbox in which every hostile file waits, and after them a sound one."""
    home = Home.init(tmp_path_factory.mktemp("hostile") / "home", AGENCY, "34", sandbox=True)
    names = {}
    for said, ending, content, _ in [*REFUSED, *TAKEN]:
        path = path_of(home, said, ending)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        names[path] = said
    neighbour = home.inbox(AGENCY, FEED) / "zz neighbour.csv"
    neighbour.write_bytes(CANARY.encode())
    names[neighbour] = "neighbour"
    with opened(home) as workspace:
        outcomes = {
            names[path]: workspace.inbox.take(feed, path) for feed, path in landed(home, AGENCY)
        }
        yield Taken(home, workspace, outcomes)


@pytest.mark.parametrize(("said", "ending", "code"), [(a, b, d) for a, b, _, d in REFUSED])
def test_a_hostile_file_is_refused_in_one_message_that_names_no_value(
    taken: Taken, said: str, ending: str, code: str
) -> None:
    outcome = taken.outcomes[said]
    assert (outcome.state, outcome.code) == ("refused", code), outcome.message
    assert outcome.message
    assert outcome.message.startswith(f"{FEED} file {outcome.file_id}")
    assert outcome.message.endswith((".", "?"))
    assert PERSON not in outcome.message
    assert not path_of(taken.home, said, ending).exists()
    with taken.workspace.ledger.read() as connection:
        known = files.get(connection, AGENCY, outcome.file_id)
    assert (known.state, known.refusal_code) == ("refused", code)
    assert (known.refusal_message, known.row_count) == (outcome.message, None)


@pytest.mark.parametrize(("said", "counts"), [(a, d) for a, _, _, d in TAKEN])
def test_rows_that_may_not_be_are_quarantined(
    taken: Taken, said: str, counts: tuple[int, int]
) -> None:
    outcome = taken.outcomes[said]
    assert outcome.state == "accepted", outcome.message
    told = outcome.counts
    assert told is not None
    assert (told.accepted_count + told.duplicate_count, told.quarantined_count) == counts


def test_nothing_of_a_refused_file_is_kept_and_its_neighbour_is_taken(taken: Taken) -> None:
    neighbour = taken.outcomes["neighbour"]
    assert neighbour.state == "accepted"
    accepted = {one.file_id for one in taken.outcomes.values() if one.state == "accepted"}
    lake = taken.workspace.lake
    for table in (facts(FEED), QUARANTINE, EXACT_DUPLICATES):
        assert set(lake.read(table)["file_id"]) <= accepted
    kept = lake.read(facts(FEED))
    assert kept.filter(pl.col("alias_cin").str.contains(PERSON))["file_id"].to_list() == [
        neighbour.file_id
    ]
    assert not kept["alias_cin"].str.contains("\0").any()
    private = taken.home.archive(AGENCY) / ".tmp"
    assert [path.suffix for path in private.iterdir()] == [".lock"]


ROWS = [
    ("Latin-1", "row 2"),
    ("one bad byte far down", "row 5002"),
    ("an open quote", "row 2"),
    ("a row without end", "row 2"),
]


@pytest.mark.parametrize(("said", "where"), ROWS)
def test_the_row_is_named_at_which_a_text_breaks(taken: Taken, said: str, where: str) -> None:
    assert f", {where}: the text " in str(taken.outcomes[said].message)


def test_what_is_no_file_is_left_and_told(taken: Taken, tmp_path: Path) -> None:
    """Links, folders, pipes: none is opened, none is removed, and none hangs."""
    folder = taken.home.inbox(AGENCY, FEED)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{PERSON}.csv").write_text(CANARY)
    (folder / "link.csv").symlink_to(elsewhere / f"{PERSON}.csv")
    (folder / "dangling.csv").symlink_to(tmp_path / "nowhere")
    (folder / "folder.csv").mkdir()
    (folder / "folder.csv" / "inside.csv").write_text(CANARY)
    os.mkfifo(folder / "pipe.csv")
    people = taken.home.inbox(AGENCY, "people")
    people.rmdir()
    people.symlink_to(elsewhere)
    assert landed(taken.home, AGENCY) == []
    assert {path.name for path in overlooked(taken.home, AGENCY)} == {
        "link.csv", "dangling.csv", "inside.csv", "pipe.csv", "people",
    }  # fmt: skip
    for name in ("link.csv", "pipe.csv", "folder.csv"):
        outcome = taken.workspace.inbox.take(FEED, folder / name)
        assert (outcome.state, outcome.code) == ("refused", "unreadable")
        assert PERSON not in str(outcome.message)
        assert os.path.lexists(folder / name)


def test_a_file_that_may_not_be_read_stays(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    path = taken.home.inbox(AGENCY, FEED) / f"{PERSON}.csv"
    path.write_text(CANARY)
    path.chmod(0)
    opened = os.open

    def denied(name: Path, *flags: int) -> int:
        """As for everybody but the superuser, who runs the tests on some machines."""
        if name == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(name, *flags)

    monkeypatch.setattr(os, "open", denied)
    outcome = taken.workspace.inbox.take(FEED, path)
    monkeypatch.undo()
    assert path.exists()
    assert (outcome.state, outcome.code) == ("refused", "unreadable")
    assert PERSON not in str(outcome.message)
    path.unlink()


DOCUMENT = (Path(__file__).parents[3] / "docs" / "limits.md").read_text()
LIMITS = sorted(name for name in vars(limits) if name.isupper())


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_stands_in_its_document(name: str) -> None:
    value = getattr(limits, name)
    mebibytes = value // 1024**2
    told = f"{value:,}" if not name.endswith("_BYTES") else f"{mebibytes} MiB"
    assert told in DOCUMENT or f"{mebibytes // 1024} GiB" in DOCUMENT


@pytest.mark.parametrize("code", sorted({code for *_, code in REFUSED}))
def test_every_refusal_stands_in_its_document(code: str) -> None:
    assert f"`{code}`" in DOCUMENT


READS = """
import resource, sys
from pathlib import Path
from contracts.errors import RefusedInputError
from pipelines.io import readers
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    readers.read(Path(sys.argv[1]), "people file 7f3a")
except RefusedInputError as refused:
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(refused.code, grown // 1024)
"""


# A process counts its parent's memory at its start as its own: the shell has hardly any.
ALONE = '"$0" -c "$1" "$2"; exit $?'


def endless(start: str, path: Path) -> None:
    """A line of 256 MiB without its end."""
    with path.open("wb") as file:
        file.write(start.encode())
        for _ in range(256):
            file.write(b"SMITH,SM" * (1 << 17))


def many_lines(path: Path) -> None:
    """A quoted value of 256 MiB, properly closed."""
    with path.open("wb") as file:
        file.write(f'{ONE}"'.encode())
        for _ in range(256):
            file.write(b"SMITH,S\n" * (1 << 17))
        file.write(b'",C2,merged,2026-01-01\n')


def cells_apart(path: Path) -> None:
    path.write_bytes(workbook(SHEET + cells(1_048_576, text("XFD1048576", "x"))))


def many_laughs(path: Path) -> None:
    path.write_bytes(before_sheet(laughs(), "&a9;"))


def a_long_tag(path: Path) -> None:
    name, content = "xl/worksheets/sheet1.xml", b'<worksheet a="' + b"x" * (128 << 20)
    whole = {**parts(SHEET), name: content}
    path.write_bytes(archive(*whole.items(), method=zipfile.ZIP_STORED))


# How many MiB the process may grow by while it reads; no case by more than sound files of its size.
BIG = [
    ("a line without end", "row.csv", partial(endless, ONE * 9), "row_too_long", 100),
    ("a header without end", "header.csv", partial(endless, ""), "row_too_long", 100),
    ("a value without end", "value.csv", partial(endless, f'{ONE}"'), "row_too_long", 100),
    ("a value over many lines", "lines.csv", many_lines, "not_csv", 400),
    ("cells far apart", "far.xlsx", cells_apart, "too_large", 100),
    ("a thousand million laughs", "laughs.xlsx", many_laughs, "document_type", 100),
    ("a tag without end", "tag.xlsx", a_long_tag, "unreadable", 100),
]


@pytest.mark.parametrize(("said", "name", "make", "code", "most"), BIG)
def test_a_big_one_is_refused_within_bounded_memory(
    tmp_path: Path, said: str, name: str, make: Callable[[Path], None], code: str, most: int
) -> None:
    path = tmp_path / name
    make(path)
    done = subprocess.run(
        ["/bin/sh", "-c", ALONE, sys.executable, READS, str(path)],
        capture_output=True, check=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    path.unlink()
    seen, grown = done.stdout.split()
    assert seen == code, said
    assert int(grown) < most, said
