"""Kinds: what a file is by its first bytes, set against what its name says it is.

A name is never believed: a file of another kind than its ending says is refused, not guessed at.
"""

import errno
from enum import StrEnum
from pathlib import Path

from contracts.errors import RefusedInputError
from pipelines.io.readers.archive import UnsoundArchiveError, listed

_BEGINNING = 512


class Seems(StrEnum):
    """What the first bytes of a file seem to be, in the words of a message."""

    NOTHING = "empty"
    TEXT = "text, such as CSV"
    WIDE_TEXT = "UTF-16 text"
    PARQUET = "Parquet"
    WORKBOOK = "an XLSX workbook"
    ZIP = "a ZIP archive"
    OLD_WORKBOOK = "an old or encrypted workbook"
    PDF = "PDF"
    MARKUP = "HTML or XML"
    X12 = "X12"
    PACKED = "packed by another program than ZIP"
    UNKNOWN = "no kind that is known"


_MAGIC = (
    (b"PAR1", Seems.PARQUET),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Seems.OLD_WORKBOOK),
    (b"%PDF-", Seems.PDF),
    (b"\xff\xfe", Seems.WIDE_TEXT),
    (b"\xfe\xff", Seems.WIDE_TEXT),
    (b"\x1f\x8b", Seems.PACKED),
    (b"BZh", Seems.PACKED),
    (b"7z\xbc\xaf\x27\x1c", Seems.PACKED),
    (b"Rar!\x1a", Seems.PACKED),
    (b"\xfd7zXZ", Seems.PACKED),
    (b"\x28\xb5\x2f\xfd", Seems.PACKED),
)

# By ending: what a file may be, its name in messages, and the remedy where it is not that.
_SAID = {
    ".csv": ((Seems.TEXT, Seems.NOTHING), "CSV", "Export it as CSV (UTF-8)"),
    ".parquet": ((Seems.PARQUET,), "Parquet", "Export it again, or as CSV"),
    ".xlsx": ((Seems.WORKBOOK,), "XLSX", "Save it as XLSX, without a password"),
    ".zip": ((Seems.ZIP,), "ZIP", "Pack it again as ZIP"),
}
KINDS = tuple(_SAID)


def seems(path: Path) -> Seems:
    """What the file's content is. Raises OSError, also for a pipe or a device."""
    if not path.is_file():  # opening a pipe would wait for ever
        raise OSError(errno.EINVAL, "not a regular file")
    with path.open("rb") as file:
        start = file.read(_BEGINNING)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(path)
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    return _of_text(start)


def check(path: Path, place: str) -> None:
    """Refuse a file whose content is of another kind than its ending says, or whose kind is none.

    Raises RefusedInputError.
    """
    suffix = path.suffix.lower()
    if suffix not in _SAID:
        raise RefusedInputError(
            "unknown_kind",
            f"{place}: neither CSV, Parquet, XLSX nor ZIP by its name. Export it as one of these.",
        )
    try:
        found = seems(path)
    except OSError as trouble:
        raise RefusedInputError(
            "unreadable",
            f"{place}: cannot be read ({trouble.strerror}). Let this user read the file.",
        ) from None
    allowed, name, remedy = _SAID[suffix]
    if found not in allowed:
        raise RefusedInputError(
            "wrong_kind",
            f"{place}: not a {name} file, as its name says: it seems to be {found}. "
            f"{remedy}, or give it the ending of what it is.",
        )


def _packed(path: Path) -> Seems:
    """A workbook is a ZIP archive; one that nobody can list is judged as an archive."""
    try:
        names = {info.filename for info in listed(path)}
    except UnsoundArchiveError:
        names = set()
    return Seems.WORKBOOK if "xl/workbook.xml" in names else Seems.ZIP


def _of_text(start: bytes) -> Seems:
    if not start:
        return Seems.NOTHING
    if b"\0" in start[:2] or start.count(b"\0") > len(start) // 4:
        return Seems.WIDE_TEXT
    if start.startswith(b"ISA") and len(start) > 103 and start[3] == start[103]:  # noqa: PLR2004
        return Seems.X12  # its header has one width and names its separator first
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return Seems.MARKUP if text.startswith(b"<") else Seems.TEXT
