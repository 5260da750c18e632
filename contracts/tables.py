"""Tables: a name, its columns in order, its key. All else about a table is derived from this.

Columns are declared as `feeds.md` writes them: `*` marks the natural key, a trailing `?` what may
be empty (and absent from a feed's file).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from contracts.fields import Field, Privacy, field_of


@dataclass(frozen=True)
class Column:
    """A column of a table: its field and whether it belongs to the key or may be empty."""

    field: Field
    is_key: bool
    is_optional: bool

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def dtype(self) -> pl.DataType:
        return self.field.dtype


@dataclass(frozen=True)
class Requirement:
    """A rule over several columns: rows for which `holds` is not true break it."""

    rule: str
    column: str
    holds: pl.Expr
    reason: str
    remedy: str


@dataclass(frozen=True)
class Table:
    """A contract: what the rows of a table are."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    requirements: tuple[Requirement, ...] = field(default=(), compare=False)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def key(self) -> list[str]:
        return [column.name for column in self.columns if column.is_key]

    @cached_property
    def schema(self) -> pl.Schema:
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> pl.DataFrame:
        return self.schema.to_frame()

    def of_privacy(self, *classes: Privacy) -> list[str]:
        """Columns of the given privacy classes."""
        return [column.name for column in self.columns if column.field.privacy in classes]

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """This table's columns of the frame, in order and cast; absent ones are empty."""
        return frame.select(
            (pl.col(column.name) if column.name in frame.columns else pl.lit(None))
            .cast(column.dtype)
            .alias(column.name)
            for column in self.columns
        )


def _column(table: str, word: str) -> Column:
    name = word.strip("*?")
    return Column(field_of(table, name), is_key=word[0] == "*", is_optional=word[-1] == "?")


def table(name: str, meaning: str, columns: str, requirements: Iterable[Requirement] = ()) -> Table:
    """Declare a table from the words of its columns."""
    words = columns.split()
    return Table(name, meaning, tuple(_column(name, word) for word in words), tuple(requirements))
