"""Copies: a landed file's private copy, the only one that is read, and its way into the archive.

Bytes and names only; what a file means and what the ledger says of it is the inbox's business.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.io.home import private_folder, sync_folder

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Copy:
    """A private copy of a landed file: what is read can no longer change underfoot."""

    path: Path
    landed: Path
    sha256: str
    size_bytes: int
    seen: tuple[int, ...]  # the landed file when its copy began: device, inode, size, time

    def keep(self, kept: Path) -> None:
        """Move the copy to its place in the archive, unless the same bytes lie there."""
        if not kept.exists():
            self.path.replace(kept)
            sync_folder(kept.parent)

    def remove_landed(self) -> None:
        """Remove the landed file, unless it was written to, or anew, since its copy began."""
        try:
            is_same = _identity(self.landed.lstat()) == self.seen
        except FileNotFoundError:
            return
        if is_same:
            self.landed.unlink(missing_ok=True)


@contextmanager
def copied(landed: Path, folder: Path, suffix: str) -> Iterator[Copy]:
    """A copy for the time of the block. Raises OSError for a link and what cannot be read."""
    path = private_folder(folder) / f"{os.urandom(8).hex()}{suffix}"
    source = os.open(landed, os.O_RDONLY | os.O_NOFOLLOW)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(source, "rb") as reader, path.open("xb") as writer:
            seen = _identity(os.fstat(reader.fileno()))
            while block := reader.read(_BLOCK):
                digest.update(block)
                size += writer.write(block)
            writer.flush()
            os.fsync(writer.fileno())
        yield Copy(path, landed, digest.hexdigest(), size, seen)
    finally:
        path.unlink(missing_ok=True)


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


def _identity(stat: os.stat_result) -> tuple[int, ...]:
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
