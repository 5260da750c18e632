"""Schemas: the Pandera form of a table, and the one place that validates a typed frame against it.

Pandera's own error text holds the offending values; it never leaves this module.
"""

from functools import cache

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from contracts.errors import BrokenInvariantError
from contracts.fields import Kind
from contracts.tables import Column, Table


def _checks(column: Column) -> list[pa.Check]:
    field = column.field
    if field.kind is Kind.LIST:
        return []
    checks = [pa.Check.isin(list(field.allowed))] if field.allowed else []
    if field.pattern:
        checks.append(pa.Check.str_matches(field.pattern))
    if field.minimum is not None:
        checks.append(pa.Check.ge(field.minimum))
    return checks


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
            rule = f"{getattr(error.schema, 'name', '') or table.name}: {error.reason_code.name}"
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
