"""Limits of received files: each stands in its document, and what is over one costs little memory.

Each big file is read by a process of its own, whose growth is held to a bound.
"""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hostile_content import ONE, SHEET, archive, before_sheet, laughs
from hostile_refused import REFUSED
from workbook_parts import cells, parts, text, workbook

from pipelines.io.readers import limits

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
