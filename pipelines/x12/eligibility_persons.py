"""The persons whom a 271 answers: who they are, and the number of the inquiry that is answered.

Here: HL 22 and 23, TRN, NM1, DMG. Not here: what is answered (`eligibility_answers`).
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipelines.x12.eligibility_levels import PERSONS
from pipelines.x12.eligibility_places import PERSON
from pipelines.x12.places import Place, first_value, found
from pipelines.x12.reading import first_of, iso_date, joined
from pipelines.x12.wire import element

_ECHOED: Final = "2"  # TRN01: the number of the inquiry that is answered


def answered_persons(
    segments: pl.DataFrame, places: Sequence[Place], trace_originator: str | None
) -> pl.DataFrame:
    """One row for each subscriber or dependent that is answered."""
    own = segments.filter(pl.col("level").is_in(PERSONS))
    identity = pl.col("segment_id")
    in_person = pl.col("loop") == PERSON
    name, demographic = in_person & (identity == "NM1"), in_person & (identity == "DMG")
    persons = own.filter(identity == "HL").select(
        *("set_ordinal", "segment_ordinal", "level", "source", "receiver", "subscriber", "person")
    )
    values = first_of(
        own.filter(identity.is_in(["NM1", "DMG"])),
        "person",
        payer_last_name=pl.when(name).then(element(3)),
        payer_first_name=pl.when(name).then(element(4)),
        payer_birth_date=pl.when(demographic).then(iso_date(element(2))),
        payer_sex=pl.when(demographic).then(element(3)),
    )
    parts = [
        values,
        first_value(found(own, places, "cin", "person"), "cin", "person"),
        _traces(own, trace_originator),
        _verified_on(segments),
    ]
    everyone = joined(persons, parts[:3], "person")
    return joined(everyone, parts[3:], "set_ordinal").join(
        _answered(segments), on="person", how="semi", maintain_order="left"
    )


def _answered(segments: pl.DataFrame) -> pl.DataFrame:
    """Persons of whom something is told: a subscriber who only stands above a dependent is not."""
    below = segments.filter(pl.col("level") == "dependent").select("subscriber").unique()
    told = pl.col("segment_id").is_in(["EB", "AAA", "TRN"])
    subscribers = segments.filter(pl.col("level") == "subscriber")
    silent = subscribers.join(below, on="subscriber").group_by("person").agg(told=told.any())
    mute = silent.filter(~pl.col("told")).select("person")
    return segments.select("person").unique().join(mute, on="person", how="anti")


def _traces(segments: pl.DataFrame, originator: str | None) -> pl.DataFrame:
    """person, trace_number and trace_originator: of ours if it is among them, else the first."""
    traces = segments.filter(pl.col("segment_id") == "TRN", pl.col("qualifier") == _ECHOED).select(
        "person", "segment_ordinal", trace_number=element(2), trace_originator=element(3)
    )
    is_other = pl.col("trace_originator").ne_missing(pl.lit(originator))
    ordered = traces.sort(is_other, "segment_ordinal", maintain_order=True)
    return ordered.unique("person", keep="first", maintain_order=True).drop("segment_ordinal")


def _verified_on(segments: pl.DataFrame) -> pl.DataFrame:
    """set_ordinal and the day the set was made (BHT04)."""
    headers = segments.filter(pl.col("segment_id") == "BHT")
    return first_of(headers, "set_ordinal", verified_on=iso_date(element(4)))
