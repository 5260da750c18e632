"""Fields: the one meaning, kind and privacy class of every column, read from `vocabulary.toml`.

A field knows its Polars type and the values it admits; which columns a table has is told in
`feeds.py` and `derived.py`.
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

MONEY = pl.Decimal(12, 2)
QUANTITY = pl.Decimal(15, 3)
INSTANT = pl.Datetime("us", "UTC")


class Privacy(StrEnum):
    """What a column can tell about a person; decides where its values may appear."""

    NONE = "none"
    IDENTIFIER = "identifier"
    HEALTH = "health"
    PART_2 = "part_2"


class Kind(StrEnum):
    """How a column's text is read and what it holds afterwards."""

    TEXT = "text"
    DATE = "date"
    MONTH = "month"
    TIMESTAMP = "timestamp"
    TIME = "time"
    INTEGER = "integer"
    MONEY = "money"
    QUANTITY = "quantity"
    FLAG = "flag"
    LIST = "list"


DTYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.MONTH: pl.String(),
    Kind.TIMESTAMP: INSTANT,
    Kind.TIME: pl.Time(),
    Kind.INTEGER: pl.Int64(),
    Kind.MONEY: MONEY,
    Kind.QUANTITY: QUANTITY,
    Kind.FLAG: pl.Boolean(),
    Kind.LIST: pl.List(pl.String),
}

# Column names carry their kind; what has another kind says so in the vocabulary.
_SUFFIXES = {"_on": Kind.DATE, "_at": Kind.TIMESTAMP, "_amount": Kind.MONEY}


@dataclass(frozen=True)
class Field:
    """One column's meaning. `allowed` and `pattern` rule its values (of a list: each element)."""

    name: str
    kind: Kind
    privacy: Privacy
    meaning: str
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    max_length: int | None = None
    minimum: int | None = None

    @property
    def dtype(self) -> pl.DataType:
        return DTYPES[self.kind]


def _kind(name: str, stated: str | None) -> Kind:
    if stated is not None:
        return Kind(stated)
    if name.startswith("is_"):
        return Kind.FLAG
    return next((kind for suffix, kind in _SUFFIXES.items() if name.endswith(suffix)), Kind.TEXT)


def _field(key: str, spec: dict[str, Any]) -> Field:
    name = key.rpartition(".")[2]
    return Field(
        name=name,
        kind=_kind(name, spec.pop("kind", None)),
        privacy=Privacy(spec.pop("privacy", "none")),
        allowed=tuple(spec.pop("allowed", ())),
        **spec,
    )


@cache
def vocabulary() -> dict[str, Field]:
    """Every field by its key: a column name, or `table.column` where it has its own meaning."""
    text = files("contracts").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return {key: _field(key, dict(spec)) for key, spec in tomllib.loads(text).items()}


def field_of(table: str, column: str) -> Field:
    """The meaning of a column in a table. Raises KeyError for a column nobody has described."""
    known = vocabulary()
    return known.get(f"{table}.{column}") or known[column]
