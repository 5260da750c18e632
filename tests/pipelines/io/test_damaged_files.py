"""Damage to a file's bytes: it is read or refused, and the process that reads it lives."""

import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from contracts.errors import RefusedInputError
from pipelines.io import readers
from pipelines.io.readers.archive import UnsoundArchiveError, archive_bounds, blocks, checked

PLACE = "people file 7f3a"


def test_one_byte_changed_in_a_parquet_file_does_no_more_than_refuse_it(tmp_path: Path) -> None:
    """Each third byte: some of them tell how many values or bytes are to come."""
    written = BytesIO()
    pl.DataFrame({"a": ["x", None] * 20}).write_parquet(written, compression="uncompressed")
    whole, path, read = written.getvalue(), tmp_path / "damaged.parquet", 0
    for at in range(4, len(whole) - 4, 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(RefusedInputError):
            readers.read(path, PLACE)
            read += 1
    assert 0 < read < len(whole) // 3


def nameless() -> bytes:
    """An archive of one member whose name is now a comment in the list of members."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
    content = bytearray(written.getvalue())
    entry = content.index(b"PK\x01\x02")
    content[entry + 28], content[entry + 32] = 0, len("a.csv")
    return bytes(content)


def offset_before_the_beginning() -> bytes:
    """An archive whose list of members is said to lie further back than the file is long."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
    content = bytearray(written.getvalue())
    end = content.index(b"PK\x05\x06")
    content[end + 16 : end + 20] = (2**31).to_bytes(4, "little")
    return bytes(content)


DAMAGED = [
    ("a member without a name", nameless(), "member_name"),
    ("an offset before the beginning", offset_before_the_beginning(), "unreadable"),
]


def unpack(path: Path) -> None:
    for entry in checked(path, archive_bounds()):
        with zipfile.ZipFile(path) as packed:
            list(blocks(packed, entry))


@pytest.mark.parametrize(("said", "content", "code"), DAMAGED)
def test_a_damaged_archive_is_refused(tmp_path: Path, said: str, content: bytes, code: str) -> None:
    path = tmp_path / "landed.zip"
    path.write_bytes(content)
    with pytest.raises(UnsoundArchiveError) as caught:
        unpack(path)
    assert caught.value.code == code, said
