"""Engines: DuckDB with the extensions that a lake needs, kept for the next lake of this process.

An engine serves one lake at a time. Extensions stay in the Python packages that bring them: in each
home they would be mapped once more. To check their signatures takes longer than many a command, so
that not every lake that is opened has an engine made for it.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import Final

import duckdb
import polars as pl

LAKE: Final = "lake"  # the name under which a lake is attached

_EXTENSIONS: Final = {
    "sqlite": ("httpfs", "sqlite_scanner", "ducklake"),
    "postgres": ("httpfs", "postgres_scanner", "ducklake"),
}
_MOST_IDLE: Final = 2  # a command looks at one lake through another's at most
_MOST_USES: Final = 10  # an engine keeps some megabytes of every lake until it ends
_IDLE: Final[dict[str, list[tuple[duckdb.DuckDBPyConnection, int]]]] = defaultdict(list)


@contextmanager
def engine(kind: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine with nothing attached, for catalogs of a kind. Work on a cursor of it."""
    try:
        one, uses = _IDLE[kind].pop()
    except IndexError:  # asking first would let two threads ask for the last one
        one, uses = _made(kind), 0
    try:
        yield one
    finally:
        _keep(kind, one, uses + 1)


def _keep(kind: str, one: duckdb.DuckDBPyConnection, uses: int) -> None:
    with suppress(duckdb.Error):  # what does not let go of its lake is not used again
        one.execute(f"DETACH DATABASE IF EXISTS {LAKE}")
        for is_on in ("false", "true"):  # off and on: forgets the bytes of files that it read
            one.execute(f"SET enable_external_file_cache = {is_on}")
        if uses < _MOST_USES and len(_IDLE[kind]) < _MOST_IDLE:
            _IDLE[kind].append((one, uses))
            return
    one.close()


def _made(kind: str) -> duckdb.DuckDBPyConnection:
    made = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": str(pl.thread_pool_size()),  # what bounds Polars bounds both
        }
    )
    for name in _EXTENSIONS[kind]:
        made.load_extension(_packaged(name))
    return made


def _packaged(name: str) -> str:
    """The file of an extension, signed by DuckDB's makers, in the package that brings it."""
    folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
    return str(folder / f"{name}.duckdb_extension")
