"""A table of one column, its texts, and what became of them: what the contract tests draw with."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from contracts.fields import Field, Kind, Privacy
from contracts.parsing import Parsed, parse
from contracts.tables import Column, Requirement, Table


def field(name: str, kind: Kind, **rules: Any) -> Field:
    return Field(name, kind, Privacy.NONE, "What it means.", **rules)


def column(of: Field, *, is_optional: bool = True) -> Column:
    return Column(of, is_key=False, is_optional=is_optional)


ID = Column(field("id", Kind.TEXT), is_key=True, is_optional=False)


def table_of(*columns: Column, requirements: Sequence[Requirement] = ()) -> Table:
    return Table("things", "Things.", (ID, *columns), tuple(requirements))


def parsed(of: Field, *texts: str | None, is_optional: bool = True) -> Parsed:
    """The texts of one column, each in a row of its own, read."""
    numbers = range(1, len(texts) + 1)
    raw = pl.DataFrame(
        {"row_number": numbers, "id": [str(number) for number in numbers], of.name: texts},
        schema={"row_number": pl.Int64, "id": pl.String, of.name: pl.String},
    )
    return parse(table_of(column(of, is_optional=is_optional)), raw)


def outcome(of: Field, text: str | None, *, is_optional: bool = True) -> Any:
    """The value of a text; of one that does not hold, the rule it breaks, as `!rule`."""
    read = parsed(of, text, is_optional=is_optional)
    if read.failures.is_empty():
        return read.rows[of.name].to_list()[0]
    assert read.rows.is_empty()
    return "!" + ", ".join(read.failures["rule"])
