"""Public tables: the fixed list of what the public form tells of each measure, by quarter.

Reading the list belongs here; counting is `public_counts`, masking is `suppression`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reports.measure import Definition, Kind, definition
from reports.packs import packs


@dataclass(frozen=True, slots=True)
class PublicTables:
    """What is told of a measure: one part, in one-way tables, two-way tables, breakdowns.

    `single` are breakdowns of which every subject has one value. `within` is the measure and the
    figure (numerator, denominator) that its denominator is part of.
    """

    measure: str
    part: str
    by: tuple[str, ...] = ()
    crossed: tuple[tuple[str, str], ...] = ()
    breakdowns: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    within: tuple[str, str] | None = None

    @property
    def definition(self) -> Definition:
        return definition(self.measure)

    @property
    def is_share(self) -> bool:
        """Whether the part has a denominator; else it is a count."""
        return self.definition.parts[self.part].kind is Kind.SHARE


@cache
def public_tables() -> Mapping[str, PublicTables]:
    """The list by measure."""
    text = files("reports").joinpath("public_tables.toml").read_text(encoding="utf-8")
    return {name: _told(name, spec) for name, spec in tomllib.loads(text).items()}


@cache
def public_packs() -> Mapping[str, tuple[str, ...]]:
    """Packs that have a public form, and their measures of the list."""
    listed = public_tables()
    told = {
        name: tuple(one for one in pack.measures if one in listed) for name, pack in packs().items()
    }
    return {name: measures for name, measures in told.items() if measures}


def _told(measure: str, spec: Mapping[str, object]) -> PublicTables:
    told = {name: _frozen(value) for name, value in spec.items()}
    if within := spec.get("within"):
        told["within"] = tuple(str(within).split("."))
    return PublicTables(measure, **told)  # type: ignore[arg-type]


def _frozen(value: object) -> object:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
