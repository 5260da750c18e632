"""Engine: SQL over frames, in memory, with neither disk nor network.

Opening it and running statements with the parameters that they name belongs here; what is asked of
it does not.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TypeAlias

import duckdb
import polars as pl

from contracts.arrow import ArrowFrame

Parameters: TypeAlias = Mapping[str, date | int]

_SEALED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "preserve_insertion_order": False,
}


class Engine:
    """SQL over tables of the frames' names. Days of instants are those of Los Angeles."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
        self._connection = connection
        self._parameters = dict(parameters)

    def run(self, script: str) -> None:
        """Execute statements one after the other for their effect."""
        for statement in self._connection.extract_statements(script):
            self._connection.execute(statement, self._told(statement))

    def ask(self, query: str) -> pl.DataFrame:
        """The rows of a query, in the order that it states: the number of threads never shows."""
        (statement,) = self._connection.extract_statements(query)
        return pl.DataFrame(self._connection.sql(query, params=self._told(statement)))

    def _told(self, statement: duckdb.Statement) -> dict[str, date | int]:
        """The parameters that a statement names; it would refuse others."""
        return {name: self._parameters[name] for name in statement.named_parameters}


@contextmanager
def engine(frames: Mapping[str, pl.DataFrame], parameters: Parameters) -> Iterator[Engine]:
    """An engine that sees the frames as tables of their names."""
    with duckdb.connect(":memory:", config=_SEALED) as connection:
        connection.execute("SET TimeZone = 'America/Los_Angeles'")
        for table, frame in frames.items():
            connection.register(table, ArrowFrame(frame))
        yield Engine(connection, parameters)
