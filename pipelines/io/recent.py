"""Recent: small frames that were read lately, so that the stages of a run read each but once.

What is kept is bounded in bytes: what is large is read again, as memory is worth more than time.
"""

from collections.abc import Callable, Hashable
from typing import Final

import polars as pl

MOST_BYTES: Final = 64 * 1024 * 1024


class Recent:
    """Frames by a key that says everything they follow from; the oldest make room."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._held = most_bytes, 0
        self._frames: dict[Hashable, pl.DataFrame] = {}

    def get(self, key: Hashable, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The frame of the key, read where it is not held."""
        if key not in self._frames:
            frame = read()
            if _size(frame) > self._most:
                return frame
            self._frames[key] = frame
            self._held += _size(frame)
            self._make_room()
        return self._frames[key]

    def _make_room(self) -> None:
        while self._held > self._most:
            self._held -= _size(self._frames.pop(next(iter(self._frames))))


def _size(frame: pl.DataFrame) -> int:
    return int(frame.estimated_size())
