"""The outbox's folder: where a file lies while it is made and when it is done.

One command works in it at a time. Nothing here knows batches or the ledger.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.io.home import private_folder, sync_folder, write_private

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Folder:
    """One agency's outbox. Files become visible only whole, by rename."""

    path: Path

    def file(self, name: str) -> Path:
        """Where a finished file lies."""
        return self.path / name

    def sheet(self, name: str) -> Path:
        """The control sheet beside it."""
        return self.path / f"{name}.json"

    def temporary(self, name: str) -> Path:
        """Where it is made, and where it waits while it is given up."""
        return self.path / ".tmp" / name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One command at a time: what lies about unfinished is then known to be left over."""
        lock = self.temporary(_LOCK)
        private_folder(lock.parent)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def publish(self, name: str, sheet: bytes) -> Path:
        """Move a finished temporary file into place, its control sheet before it."""
        write_private(self.sheet(name), sheet)
        return self.release(name)

    def release(self, name: str) -> Path:
        """Move a finished temporary file into place."""
        self._move(self.temporary(name), self.file(name))
        return self.file(name)

    def set_aside(self, name: str) -> None:
        """Take a file out of reach of whoever sends files, without losing it."""
        if self.file(name).is_file():
            self._move(self.file(name), self.temporary(name))

    def discard(self, name: str) -> None:
        """Remove a file that is not to be sent, wherever it lies, and its sheet."""
        for path in (self.file(name), self.sheet(name), self.temporary(name)):
            path.unlink(missing_ok=True)
        sync_folder(self.path)

    def sweep(self) -> None:
        """Remove what earlier commands left unfinished."""
        for path in self.temporary(_LOCK).parent.iterdir():
            if path.name != _LOCK:
                path.unlink()

    @staticmethod
    def _move(source: Path, target: Path) -> None:
        source.replace(target)
        sync_folder(target.parent)
        sync_folder(source.parent)


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
