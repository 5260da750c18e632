"""Ledger rows as Polars frames, for the stages; conversion is by column, never by value."""

from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Boolean, Connection, Date, Integer, Select, Text, type_coerce
from sqlalchemy.sql import ColumnElement

from contracts.amounts import decimal_of
from contracts.fields import INSTANT, MONEY
from pipelines.io.ledger.types import Cents, UtcTime


def read_frame(connection: Connection, statement: Select[Any]) -> pl.DataFrame:
    """The rows of a statement; money as Decimal(12, 2), times in UTC with microseconds."""
    columns = list(statement.selected_columns)
    is_text_time = connection.dialect.name == "sqlite"
    stored = statement.with_only_columns(*[_as_stored(c, is_text=is_text_time) for c in columns])
    rows = connection.execute(stored).fetchall()
    schema = {str(c.key): _stored_dtype(c, is_text=is_text_time) for c in columns}
    frame = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    return frame.select(_converted(c, is_text=is_text_time) for c in columns)


def _as_stored(column: ColumnElement[Any], *, is_text: bool) -> ColumnElement[Any]:
    if isinstance(column.type, Cents):
        return type_coerce(column, BigInteger).label(column.key)
    if isinstance(column.type, UtcTime) and is_text:
        return type_coerce(column, Text).label(column.key)
    return column


def _stored_dtype(column: ColumnElement[Any], *, is_text: bool) -> pl.DataType:
    if isinstance(column.type, UtcTime):
        return pl.String() if is_text else INSTANT
    if isinstance(column.type, Boolean):
        return pl.Boolean()
    if isinstance(column.type, (Cents, Integer)):
        return pl.Int64()
    return pl.Date() if isinstance(column.type, Date) else pl.String()


def _converted(column: ColumnElement[Any], *, is_text: bool) -> pl.Expr:
    stored = pl.col(str(column.key))
    if isinstance(column.type, Cents):
        return decimal_of(stored, MONEY)
    if isinstance(column.type, UtcTime) and is_text:
        return stored.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us", time_zone="UTC")
    return stored
