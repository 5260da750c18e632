"""Failures: where a traceback is kept. It may hold persons' values, so its file is private."""

import traceback
from pathlib import Path

from pipelines.io.home import Home, write_private


def keep_traceback(home: Home) -> Path:
    """Write the traceback in hand to a private file of the home."""
    folder = home.root / "log"
    number = len(list(folder.glob("failure-*.txt"))) + 1
    return write_private(folder / f"failure-{number:05d}.txt", traceback.format_exc().encode())
