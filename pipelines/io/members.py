"""Members: the files of an archive as private copies, all unpacked before the first is taken.

Bytes and names only; each member is then a file like any other, known by its own bytes.
"""

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from contracts.feeds import X12
from pipelines.io.copies import Copy, fresh, written
from pipelines.io.readers.archive import UnsoundArchiveError, archive_bounds, blocks, checked
from pipelines.io.readers.kinds import KINDS, Seems, seems

ZIP = ".zip"


def suffix_of(feed: str, name: str) -> str:
    """How a copy's name ends; nothing else of an inbound name is kept outside the ledger."""
    if feed == X12:
        return ".x12"
    suffix = Path(name).suffix.lower()
    return suffix if suffix in KINDS else ""


def is_archive(feed: str, path: Path) -> bool:
    """Whether a copy is to be unpacked: by its ending; in X12's folder by its content."""
    return seems(path) is Seems.ZIP if feed == X12 else path.suffix.lower() == ZIP


@contextmanager
def unpacked(archive: Path, name: str, folder: Path, feed: str) -> Iterator[list[Copy]]:
    """The members in order of their names, for the time of the block.

    `name` is the archive's own, for the ledger. Raises UnsoundArchiveError; then none is there.
    """
    if seems(archive) is not Seems.ZIP:
        raise UnsoundArchiveError(
            "wrong_kind",
            f"not a ZIP archive, as its name says: it seems to be {seems(archive)}. "
            "Pack it again as ZIP, or give it the ending of what it is.",
        )
    entries = sorted(checked(archive, archive_bounds()), key=lambda entry: entry.filename)
    if not entries:
        raise UnsoundArchiveError("empty_file", "an archive without a file. Pack it again.")
    with ExitStack() as left, zipfile.ZipFile(archive) as packed:
        members = []
        for position, entry in enumerate(entries, 1):
            path = fresh(folder, suffix_of(feed, entry.filename))
            left.callback(path.unlink, missing_ok=True)
            sha256, size = written(path, blocks(packed, entry))
            _check_nested(path, position)
            members.append(Copy(path, f"{name}/{entry.filename}", sha256, size))
        yield members


def _check_nested(path: Path, position: int) -> None:
    if path.suffix == ZIP or seems(path) is Seems.ZIP:
        raise UnsoundArchiveError(
            "nested_archive",
            f"member {position} of the archive is an archive itself. Pack the files themselves.",
        )
