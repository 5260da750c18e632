"""Schemas: the Pandera form of a table, and the one place that validates a typed frame against it.

Pandera's own error text holds the offending values; it never leaves this module.
"""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.errors import SchemaErrors

from contracts.errors import BrokenInvariantError
from contracts.fields import Kind
from contracts.tables import Column, Table

Holds: TypeAlias = Callable[[pl.Expr], pl.Expr]


def _checks(column: Column) -> list[pa.Check]:
    field = column.field
    checks = {
        "allowed_value": field.allowed and _isin(field.allowed),
        "pattern": field.pattern and _matches(field.pattern),
        "length": field.max_length is not None and _at_most(field.max_length),
    }
    of_texts = [
        _check(name, _of_each(field.kind, holds)) for name, holds in checks.items() if holds
    ]
    return of_texts + ([] if field.minimum is None else [pa.Check.ge(field.minimum)])


def _isin(allowed: tuple[str, ...]) -> Holds:
    return lambda text: text.is_in(pl.lit(pl.Series(allowed).implode()))


def _matches(pattern: str) -> Holds:
    return lambda text: text.str.contains(pattern)


def _at_most(length: int) -> Holds:
    return lambda text: text.str.len_chars() <= length


def _of_each(kind: Kind, holds: Holds) -> Holds:
    if kind is Kind.LIST:
        return lambda value: value.list.eval(holds(pl.element())).list.all()
    return holds


def _check(name: str, holds: Holds) -> pa.Check:
    def holding(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds(pl.col(data.key)).fill_null(True))

    return pa.Check(holding, name=name)


@cache
def schema(table: Table) -> pa.DataFrameSchema:
    """Strict Pandera schema: these columns, these types, nothing else; the key unique."""
    columns = {
        column.name: pa.Column(
            column.dtype, checks=_checks(column), nullable=column.is_optional, title=column.name
        )
        for column in table.columns
    }
    return pa.DataFrameSchema(
        columns, strict=True, coerce=False, unique=table.key or None, name=table.name
    )


def broken_rules(table: Table, frame: pl.DataFrame) -> dict[str, int]:
    """How often each rule of the table is broken: `column: check` to a count. Empty is good."""
    try:
        schema(table).validate(frame, lazy=True)
    except SchemaErrors as trouble:
        counts: dict[str, int] = {}
        for error in trouble.schema_errors:
            named = getattr(error.check, "name", None) or error.reason_code.name
            rule = f"{getattr(error.schema, 'name', '') or table.name}: {named}"
            cases = error.failure_cases
            counts[rule] = counts.get(rule, 0) + (
                cases.height if isinstance(cases, pl.DataFrame) else 1
            )
        return counts
    return {}


def validate(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, if its contract holds. Raises BrokenInvariantError with rules and counts only."""
    broken = broken_rules(table, frame)
    if broken:
        told = "; ".join(f"{rule} ({count} rows)" for rule, count in sorted(broken.items()))
        raise BrokenInvariantError(
            "contract_broken",
            f"table {table.name} breaks its contract: {told}. "
            "This is a fault of the program: run `reentry doctor` and report it.",
        )
    return frame
