"""Measures: what is counted, told as data (`measures/<name>.toml`) and as SQL (`<name>.sql`).

Loading definitions and their SQL belongs here; counting and showing do not.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from contracts.policy import Policy
from contracts.policy_entries import Status

POPULATION, BILLING = "population", "billing"


class Kind(StrEnum):
    """What a part of a measure is: a share of its denominator, a count, a number of days, a sum of
    dollars, dollars of dollars, or dollars over what comes to a day.
    """

    SHARE = "share"
    COUNT = "count"
    DAYS = "days"
    DOLLARS = "dollars"
    DOLLAR_SHARE = "dollar_share"
    DOLLAR_DAYS = "dollar_days"


SHARES = (Kind.SHARE, Kind.DOLLAR_SHARE)
OF_DOLLARS = (Kind.DOLLARS, Kind.DOLLAR_SHARE, Kind.DOLLAR_DAYS)


@dataclass(frozen=True)
class Count:
    """A column of a measure's result: its heading and what it counts."""

    title: str
    meaning: str


@dataclass(frozen=True)
class Part:
    """One figure of a measure: its heading, what counts in it, and how it is told.

    `days`: of dollars over what comes to a day, in how many days the other dollars came.
    """

    title: str
    meaning: str
    kind: Kind = Kind.SHARE
    days: int = 1


@dataclass(frozen=True)
class Breakdown:
    """What the numerator of a part is split by; a subject with several values counts in each."""

    title: str
    part: str


@dataclass(frozen=True)
class Parameter:
    """A value that a formula needs: policy's, or the definition's own with status and source."""

    policy: str | None = None
    value: int | None = None
    status: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Definition:
    """A measure in words, shown beside every result.

    `parts` are its figures by the column of its SQL. `is_of_people`: a person counts once in every
    row, whatever the number of rows. `strata`: columns it is split by, besides those of all;
    `order`: values of one of them in their order. `unit`: what its dollars are of. `population`:
    the SQL that makes what it reads, besides that of all.
    """

    name: str
    id: str
    title: str
    question: str
    denominator: str
    exclusions: str
    period_anchor: str
    look_back: str
    completeness_lag_days: int
    source: str
    version: str
    status: str
    caveats: tuple[str, ...]
    numerator: str = ""
    is_of_people: bool = False
    population: str = POPULATION
    unit: str = "row"
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strata: tuple[str, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    breakdowns: Mapping[str, Breakdown] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    columns: Mapping[str, Count] = field(default_factory=dict)

    @property
    def counts_dollars(self) -> bool:
        return any(part.kind in OF_DOLLARS for part in self.parts.values())


@cache
def definition(name: str) -> Definition:
    """The definition of a measure, by the name of its file."""
    spec = tomllib.loads(_text(f"{name}.toml"))
    made: dict[str, Any] = {
        "parts": {key: Part(**_kinded(told)) for key, told in spec.pop("parts", {}).items()},
        "breakdowns": {key: Breakdown(**one) for key, one in spec.pop("breakdowns", {}).items()},
        "columns": {key: Count(**told) for key, told in spec.pop("columns", {}).items()},
        "parameters": _parameters(spec),
        "caveats": tuple(spec.pop("caveats")),
        "strata": tuple(spec.pop("strata", ())),
        "order": {name: tuple(values) for name, values in spec.pop("order", {}).items()},
    }
    return Definition(name=name, **made, **spec)


@cache
def sql(name: str) -> str:
    """The SQL of a measure, or of the population that all read."""
    return _text(f"{name}.sql").strip()


@cache
def measures() -> tuple[str, ...]:
    """Names of all measures that are counted in parts, in the order of their ids."""
    every = (path.name for path in files("reports").joinpath("measures").iterdir())
    names = (name.removesuffix(".sql") for name in every if name.endswith(".sql"))
    told = [definition(name) for name in names if name not in (POPULATION, BILLING)]
    return tuple(one.name for one in sorted(told, key=_place) if one.parts)


def parameters(names: Iterable[str], policy: Policy, on: date) -> dict[str, int]:
    """Values of the parameters of measures. Raises HeldByPolicyError where policy leaves one unset.

    Two definitions never give one name two values of their own.
    """
    told = dict(parameters_shared())
    for name in names:
        told |= definition(name).parameters
    return {name: _value(one, policy, on) for name, one in told.items()}


def _value(parameter: Parameter, policy: Policy, on: date) -> int:
    if parameter.policy is not None:
        return int(policy.value(parameter.policy, on))
    return parameter.value or 0


@cache
def parameters_shared() -> Mapping[str, Parameter]:
    """Parameters of the population that all measures read."""
    return _parameters(tomllib.loads(_text(f"{POPULATION}.toml")))


def _parameters(spec: dict[str, Any]) -> dict[str, Parameter]:
    made = {name: Parameter(**told) for name, told in spec.pop("parameters", {}).items()}
    for one in made.values():
        Status(one.status or Status.UNVERIFIED)
    return made


def _kinded(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"kind": Kind(told.get("kind", Kind.SHARE))}


def _place(told: Definition) -> tuple[int, list[int]]:
    """R before L before E, then by number: R18.10 after R18.9."""
    return "RLE".find(told.id[:1]), [int(number) for number in told.id[1:].split(".")]


def _text(file: str) -> str:
    return files("reports").joinpath("measures", file).read_text(encoding="utf-8")
