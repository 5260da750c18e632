"""Archive: ZIP archives, looked at before they are unpacked. What the members mean is not here.

Workbooks are such archives too. Nothing is ever written under a name that an archive gives.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_IFMT, S_ISDIR, S_ISREG
from typing import BinaryIO

from contracts.errors import RefusedInputError
from pipelines.io.readers import limits

BLOCK = 1 << 20
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError),
    *(NotImplementedError, ValueError, OverflowError),
    OSError,  # a seek to before its beginning
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_IS_ENCRYPTED = 0x1
_DRIVE = re.compile(r"[A-Za-z]:")
_END, _LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LOCATOR_SIZE, _LONGEST_COMMENT = 22, 20, 0xFFFF


class UnsoundArchiveError(Exception):
    """An archive that is not unpacked: a slug, and what is said after the file's place."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said

    def at(self, place: str) -> RefusedInputError:
        """The refusal of the file at this place."""
        return RefusedInputError(self.code, f"{place}: {self.said}")


@dataclass(frozen=True)
class Bounds:
    """How much an archive may hold: members, and bytes unpacked."""

    members: int
    unpacked_bytes: int


def archive_bounds() -> Bounds:
    """Of an archive of files."""
    return Bounds(limits.MOST_MEMBERS, limits.MOST_UNPACKED_BYTES)


def workbook_bounds() -> Bounds:
    """Of a workbook."""
    return Bounds(limits.MOST_WORKBOOK_PARTS, limits.MOST_WORKBOOK_BYTES)


@contextmanager
def damage_told() -> Iterator[None]:
    """Whatever a damaged archive makes a reader raise, as one error without a text of the file."""
    try:
        yield
    except DAMAGE:
        raise UnsoundArchiveError(
            "unreadable", "the archive is damaged. Pack or save it again."
        ) from None


def listed(path: Path) -> list[zipfile.ZipInfo]:
    """The entries of an archive, none of them looked at. Raises UnsoundArchiveError."""
    with damage_told(), path.open("rb") as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as packed:
            return packed.infolist()


def checked(path: Path, bounds: Bounds) -> list[zipfile.ZipInfo]:
    """The files of an archive that may be unpacked. Raises UnsoundArchiveError.

    Folders are left out, and what file managers add for themselves (`__MACOSX/`, dot files).
    """
    entries = listed(path)
    if len(entries) > bounds.members:
        raise UnsoundArchiveError(
            "too_many_members", f"over {bounds.members} members. Pack fewer files together."
        )
    for position, entry in enumerate(entries, 1):
        _check_entry(entry, f"member {position} of the archive")
    _check_names(entries)
    _check_size(sum(entry.file_size for entry in entries), path.stat().st_size, bounds)
    return [entry for entry in entries if not entry.is_dir() and not _is_added(entry.filename)]


def blocks(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member, never more than its entry says. Raises UnsoundArchiveError."""
    with damage_told(), packed.open(entry) as member:
        while block := member.read(BLOCK):
            yield block


def _check_directory(file: BinaryIO) -> None:
    """Refuse an archive whose list of members is too long to be held in memory."""
    size = file.seek(0, 2)
    start = max(0, size - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE)
    file.seek(start)
    tail = file.read()
    is_last = tail.startswith(_END, len(tail) - _END_SIZE) and tail.endswith(b"\0\0")
    at = len(tail) - _END_SIZE if is_last else tail.rfind(_END)  # as zipfile finds it
    if at < 0:
        raise zipfile.BadZipFile
    length: int = struct.unpack_from("<L", tail, at + 12)[0]
    locator = at - _LOCATOR_SIZE
    if locator >= 0 and tail.startswith(_LOCATOR, locator):
        file.seek(struct.unpack_from("<Q", tail, locator + 8)[0])
        length = struct.unpack_from("<Q", file.read(56), 40)[0]
    file.seek(0)
    if length > limits.MOST_DIRECTORY_BYTES:
        raise UnsoundArchiveError(
            "too_many_members", "its list of members is too long. Pack fewer files together."
        )


def _check_entry(entry: zipfile.ZipInfo, which: str) -> None:
    mode = entry.external_attr >> 16
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    is_special = S_IFMT(mode) and not (S_ISREG(mode) or S_ISDIR(mode))
    if entry.flag_bits & _IS_ENCRYPTED:
        trouble = "encrypted_member", "is encrypted. Pack it without a password."
    elif is_special:
        trouble = "link_member", "is a link or a device. Pack the file itself."
    elif not entry.filename:
        trouble = "member_name", "has no name. Pack it again."
    elif path.is_absolute() or ".." in path.parts or _DRIVE.match(entry.filename):
        trouble = "member_name", "has a name that leads out of the archive. Pack it again."
    elif entry.compress_type not in _METHODS:
        trouble = "member_method", "is not packed by Deflate. Pack it as a plain ZIP archive."
    else:
        return
    code, said = trouble
    raise UnsoundArchiveError(code, f"{which} {said}")


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    names: set[str] = set()
    for position, entry in enumerate(entries, 1):
        name = entry.filename.casefold()
        if name in names:
            raise UnsoundArchiveError(
                "repeated_member",
                f"member {position} of the archive has the name of another. Pack it again.",
            )
        names.add(name)


def _check_size(unpacked: int, packed: int, bounds: Bounds) -> None:
    if unpacked > bounds.unpacked_bytes:
        raise UnsoundArchiveError(
            "too_large",
            f"over {bounds.unpacked_bytes} bytes when unpacked. Split the export by month.",
        )
    is_much = unpacked >= limits.RATIO_COUNTS_FROM_BYTES
    if is_much and unpacked > limits.MOST_RATIO * packed:
        raise UnsoundArchiveError(
            "archive_ratio",
            f"unpacked it is more than {limits.MOST_RATIO} times as large. Deliver it unpacked.",
        )


def _is_added(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or parts[0] == "__MACOSX" or parts[-1].startswith(".")
