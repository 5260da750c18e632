"""What every table of the ledger is declared with: names of constraints, kinds of columns.

The tables themselves are in the modules named `tables_`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, MetaData, Text
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def required(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]]) -> Column[Any]:
    """A column that is never empty."""
    return Column(name, kind, nullable=False)


def key(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]] = Text) -> Column[Any]:
    """A column of the primary key; numbers are given by us, never by the database."""
    return Column(name, kind, primary_key=True, autoincrement=False)


def agency(*, is_key: bool = False) -> Column[str]:
    """The agency whose row it is."""
    return Column("agency", Text, ForeignKey("agencies.agency"), primary_key=is_key, nullable=False)


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """A check that the column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
