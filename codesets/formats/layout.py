"""What a format is: whose file, for which sets, how it is recognised, how it is read.

The formats themselves stand in the modules beside this one, their list in `catalogue`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from codesets.formats.text import CodeText


@dataclass(frozen=True, eq=False)
class Format:
    """One published layout.

    `read` gives a frame in the set's own columns, those that the file fills. `own` names columns
    of ours that no such file carries (labels in own words, groupings): they stay as the edition
    before has them. `keeps` picks rows of the edition before that the publisher does not list.
    `is_joined`: several files of an edition fill different columns of one code; else their rows
    are put one below the other.
    """

    name: str
    title: str
    file: str
    sets: tuple[str, ...]
    matches: Callable[[CodeText], bool]
    read: Callable[[CodeText, str], pl.DataFrame]
    own: tuple[str, ...] = ()
    keeps: pl.Expr | None = None
    is_joined: bool = False

    def __str__(self) -> str:
        return f"{self.title} ({self.file})"
