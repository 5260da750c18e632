"""Numbered: ids of frames as numbers, which are joined and counted in a third of the memory.

Which ids are nobody's to see, so that their numbers may stand for them, is the caller's to say.
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
