"""Copies: a landed file's private copy, the only one that is read, and its way into the archive.

Bytes and names only; what a file means and what the ledger says of it is the inbox's business.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.io.home import private_folder, sync_folder

_BLOCK = 1 << 20


class StillWrittenError(Exception):
    """A file changed while it was copied: the copy is of no moment's file."""


@dataclass(frozen=True)
class Copy:
    """A private copy of a file: what is read can no longer change underfoot.

    `name` is the file's inbound name, for the ledger only. A member of an archive has no landed
    file of its own.
    """

    path: Path
    name: str
    sha256: str
    size_bytes: int
    landed: Path | None = None
    seen: tuple[int, ...] = ()  # the landed file when copied: device, inode, size, time

    def keep(self, kept: Path) -> None:
        """Move the copy to its place in the archive, unless the same bytes lie there."""
        if not kept.exists():
            _synced(self.path)
            self.path.replace(kept)
            sync_folder(kept.parent)

    def remove_landed(self) -> None:
        """Remove the landed file, unless it was written to, or anew, since it was copied."""
        if self.landed is None:
            return
        try:
            is_same = _identity(self.landed.lstat()) == self.seen
        except FileNotFoundError:
            return
        if is_same:
            self.landed.unlink(missing_ok=True)


@contextmanager
def copied(landed: Path, folder: Path, suffix: str) -> Iterator[Copy]:
    """A copy for the time of the block.

    Raises OSError for a link, a device and what cannot be read, StillWrittenError for a file that
    changed meanwhile.
    """
    path = fresh(folder, suffix)
    # Without NONBLOCK, opening a pipe would wait for ever for somebody to write into it.
    source = os.open(landed, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        with os.fdopen(source, "rb") as reader:
            before = os.fstat(reader.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            sha256, size = written(path, iter(partial(reader.read, _BLOCK), b""))
            if _identity(os.fstat(reader.fileno())) != _identity(before):
                raise StillWrittenError
        yield Copy(path, _readable(landed.name), sha256, size, landed, _identity(before))
    finally:
        path.unlink(missing_ok=True)


def _readable(name: str) -> str:
    """A name that is no UTF-8 as no database would take it otherwise: odd bytes as marks."""
    return os.fsencode(name).decode(errors="replace")


def fresh(folder: Path, suffix: str) -> Path:
    """A path in the folder under which no file lies."""
    return private_folder(folder) / f"{os.urandom(8).hex()}{suffix}"


def written(path: Path, blocks: Iterable[bytes]) -> tuple[str, int]:
    """Write a new file. Returns its SHA-256 and its size in bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as writer:
        for block in blocks:
            digest.update(block)
            size += writer.write(block)
    return digest.hexdigest(), size


def _synced(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def turn(folder: Path, name: str) -> Iterator[None]:
    """Wait until no other process is in a block of this name; a kill gives the turn on."""
    lock = private_folder(folder) / f"{name}.lock"
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_left_behind(folder: Path, before: float) -> int:
    """Remove copies that a kill has left, last written before a time (seconds since 1970)."""
    left = [
        path
        for path in folder.glob("*")
        if path.suffix != ".lock" and path.lstat().st_mtime < before
    ]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _identity(seen: os.stat_result) -> tuple[int, ...]:
    return (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns)
