"""How a ledger's database is opened: dialect, pragmas, transactions, and errors without values.

What is written in a transaction is no matter of this module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from contracts.errors import BrokenInvariantError, ReentryError, UsageError

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
_BUSY_SECONDS = 30


def ledger_url(text: str) -> URL:
    """The database that `reentry.toml` names, with the driver we use.

    Raises:
        UsageError: when it is neither SQLite in a file nor PostgreSQL.
    """
    remedy = "Set ledger to sqlite:////path/ledger.db or postgresql://… in reentry.toml."
    try:
        url = make_url(text)
    except ArgumentError:
        raise UsageError("ledger_url", f"the ledger's URL cannot be read. {remedy}") from None
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None or (url.get_backend_name() == "sqlite" and not is_in_file(url)):
        raise UsageError("ledger_url", f"the ledger's URL names no database we know. {remedy}")
    return url.set(drivername=driver)


def is_in_file(url: URL) -> bool:
    """Whether the database is one SQLite file."""
    return (
        url.get_backend_name() == "sqlite"
        and bool(url.database)
        and not str(url.database).startswith((":memory:", "file:"))
    )


def database_file(url: URL) -> Path:
    """The SQLite file of a ledger's URL."""
    return Path(str(url.database))


def ledger_engine(url: URL) -> Engine:
    """An engine whose errors never show bound values."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(
        url, hide_parameters=True, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS}
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: SqliteConnection, _record: Any) -> None:  # noqa: ANN401
    connection.isolation_level = None  # BEGIN is ours: see _begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE deletes past the triggers
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer later can be refused at any time.
    is_writer = connection.get_execution_options().get("ledger_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection inside one writing transaction, committed at the end."""
    with (
        values_hidden(),
        engine.connect().execution_options(ledger_write=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the ledger throughout."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with values_hidden(), engine.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def values_hidden() -> Iterator[None]:
    """Replace a driver's error, whose text may hold values, by one that names the rule.

    Raises:
        BrokenInvariantError: the database refused a change (key, check, trigger).
        ReentryError: the database is locked or out of reach.
    """
    try:
        yield
    except OperationalError as error:
        raise ReentryError(
            "ledger_unavailable",
            f"the ledger's database did not answer ({_rule(error)}). Run again when it is free.",
        ) from None
    except DBAPIError as error:
        raise BrokenInvariantError(
            "ledger_refused",
            f"the ledger's database refused a change ({_rule(error)}). Nothing was written.",
        ) from None


def _rule(error: DBAPIError) -> str:
    """The name of the rule; SQLite's own text names columns only, PostgreSQL's shows the row."""
    told = getattr(error.orig, "diag", None)  # of PostgreSQL's driver, which is loaded only for it
    if told is not None:
        return str(told.constraint_name or told.sqlstate or "no answer")
    return str(error.orig)
