"""Measures: what is counted, told as data (`measures/<name>.toml`) and as SQL (`<name>.sql`).

Loading a definition and running its SQL over frames belongs here; showing the result does not.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import duckdb
import polars as pl

from contracts.arrow import ArrowFrame

Parameters = Mapping[str, date | int]


@dataclass(frozen=True)
class Count:
    """A column of a measure's result: its heading and what it counts."""

    title: str
    meaning: str


@dataclass(frozen=True)
class Definition:
    """A measure in words, shown beside every result."""

    name: str
    title: str
    question: str
    numerator: str
    denominator: str
    exclusions: str
    period_anchor: str
    look_back: str
    completeness_lag_days: int
    source: str
    version: str
    status: str
    caveats: tuple[str, ...]
    columns: Mapping[str, Count]


@cache
def definition(name: str) -> Definition:
    """The definition of a measure, by the name of its file."""
    spec = tomllib.loads(_text(f"{name}.toml"))
    columns = {column: Count(**told) for column, told in spec.pop("columns").items()}
    return Definition(name=name, caveats=tuple(spec.pop("caveats")), columns=columns, **spec)


def evaluate(name: str, frames: Mapping[str, pl.DataFrame], parameters: Parameters) -> pl.DataFrame:
    """Run a measure's SQL over frames, which it sees as tables of their names.

    The engine is in memory and reaches neither disk nor network. Rows come in the order that
    the SQL states, so the number of threads never shows.
    """
    with duckdb.connect(":memory:", config=_SEALED) as engine:
        engine.execute("SET TimeZone = 'America/Los_Angeles'")
        for table, frame in frames.items():
            engine.register(table, ArrowFrame(frame))
        return pl.DataFrame(engine.sql(_text(f"{name}.sql"), params=dict(parameters)))


_SEALED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
}


def _text(file: str) -> str:
    return files("reports").joinpath("measures", file).read_text(encoding="utf-8")
