"""Bytes of hostile files: archives, workbooks and tables as no program of good will writes them."""

import zipfile
from io import BytesIO

import polars as pl
from workbook_parts import HEADER, SOUND, packed, parts, row, workbook

PERSON = "SMITH"
HEAD = ",".join(HEADER)
ONE = f"{HEAD}\n{','.join(SOUND)}\n"
CANARY = f"{HEAD}\n{PERSON},C1,merged,2026-01-01\n"
SHEET = row(1, *HEADER)


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
