"""Arrow: a frame as DuckDB scans it, by its stream, without pyarrow; and an engine to scan it.

The engine is for passing computations in memory; what is kept lies in the lake.
"""

from functools import cache

import duckdb
import polars as pl


class ArrowFrame:
    """Wrap a frame under a name that a DuckDB query mentions, or register it."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def in_memory() -> duckdb.DuckDBPyConnection:
    """A connection to this process's engine in memory; a new engine would cost 10 ms each time."""
    return _engine().cursor()
