"""Parts: care cut by persons, so that a state's year needs no more memory at once than a county's.

Belongs here: the cut. A person's bundles hang on nobody else's.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Final

import polars as pl

from pipelines.stages.bundles.care import Care
from pipelines.stages.people import with_survivor

STAYS_AT_ONCE: Final = 60_000
# Limits look at all that went out, also under stays that are gone.
_WHOLE: Final = frozenset({"billed"})


def parts(care: Care, stays_at_once: int) -> Iterator[Care]:
    """`keyed` care in parts of about so many stays, all of a person's in one."""
    count = -(-care.custody_stays.height // stays_at_once)
    if count <= 1:
        yield care
        return
    of_stay = _of_stay(care, count)
    cut = {f.name: getattr(care, f.name) for f in fields(care) if f.name not in _WHOLE}
    marked = {
        name: frame.with_columns(part=of_stay.gather(frame["stay_id"].to_physical()))
        for name, frame in cut.items()
        if "stay_id" in frame.columns
    }
    for number in range(count):
        mine = {name: frame.filter(part=number).drop("part") for name, frame in marked.items()}
        yield replace(care, **mine)


def _of_stay(care: Care, count: int) -> pl.Series:
    """The part of each stay, by the number of its id; null where it is no stay in custody."""
    whose = with_survivor(care.custody_stays.select("stay_id", "person_id"), care.people)
    persons = whose["person_id"].unique().sort()
    number = pl.col("person_id").cast(pl.Enum(persons)).to_physical().cast(pl.UInt64)
    told = whose.select(
        stay=pl.col("stay_id").to_physical(), part=(number * count // persons.len()).cast(pl.UInt16)
    )
    known = care.custody_stays.schema["stay_id"]
    count_of_ids = known.categories.len() if isinstance(known, pl.Enum) else 0
    every = pl.select(stay=pl.int_range(count_of_ids, dtype=pl.UInt32))
    return every.join(told, on="stay", how="left", maintain_order="left")["part"]
