"""Numbered: texts of frames as numbers, which are kept, joined and counted in a fraction of memory.

Which ids are nobody's to see, so that numbers may stand for them, and which columns hold words of
few, is the caller's to say.
"""

from collections.abc import Iterable, Mapping

import polars as pl


def numbered(frames: Mapping[str, pl.DataFrame], ids: Iterable[str]) -> dict[str, pl.DataFrame]:
    """The frames with these columns as numbers: the same in every frame, in the order of the ids.

    So whatever is sorted by an id comes in the same order as before.
    """
    made = dict(frames)
    for name in ids:
        having = [table for table, frame in made.items() if name in frame.columns]
        codes = _codes(made[table].get_column(name) for table in having)
        number = pl.col(name).cast(codes).to_physical()
        made |= {table: made[table].with_columns(number) for table in having}
    return made


def _codes(columns: Iterable[pl.Series]) -> pl.Enum:
    every = pl.concat([column.unique() for column in columns])
    return pl.Enum(every.drop_nulls().unique().sort())


def words(frames: Mapping[str, pl.DataFrame], columns: Iterable[str]) -> pl.DataFrame:
    """Every value that stands in one of these columns of any frame: word, in their order."""
    names = list(columns)
    every = [
        frame.get_column(name).unique().cast(pl.String)
        for frame in frames.values()
        for name in names
        if name in frame.columns
    ]
    return pl.concat(every).drop_nulls().unique().sort().to_frame("word")
