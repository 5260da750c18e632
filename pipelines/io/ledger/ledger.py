"""Opening a ledger, reading it, writing to it. What is read and written has its module by noun."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import URL, Connection, Engine

from contracts.errors import UsageError
from pipelines.io.ledger import transaction
from pipelines.io.ledger.engine import (
    database_file,
    is_in_file,
    ledger_engine,
    ledger_url,
    reading,
    writing,
)
from pipelines.io.ledger.migrate import require_current, upgrade
from pipelines.io.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger. `now` is given once: nothing here reads the clock.

    `is_sandbox` admits files with an earlier `received_at` (demonstration and tests).
    """

    engine: Engine
    now: datetime
    is_sandbox: bool = False

    @classmethod
    def open(cls, url: str, *, now: datetime, is_sandbox: bool = False) -> "Ledger":
        """Open a ledger that exists and has this version's tables.

        Raises:
            UsageError: when it does not exist, or is older or newer than this version.
        """
        address = ledger_url(url)
        _require_file(address)
        engine = ledger_engine(address)
        with reading(engine) as connection:
            require_current(connection)
        return cls(engine, _aware(now), is_sandbox)

    @classmethod
    def create_or_upgrade(cls, url: str, *, now: datetime, is_sandbox: bool = False) -> "Ledger":
        """Make the ledger if it does not exist, bring its tables to this version, open it."""
        address = ledger_url(url)
        _make_file(address)
        engine = ledger_engine(address)
        with writing(engine) as connection:
            upgrade(connection)
        return cls(engine, _aware(now), is_sandbox)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the ledger throughout."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def write(self, agency: str, user_id: str) -> Iterator[Transaction]:
        """One transaction of an agency: all of it is kept, or nothing."""
        with writing(self.engine) as connection:
            yield transaction.begin(
                connection, agency, user_id, self.now, is_sandbox=self.is_sandbox
            )

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _require_file(url: URL) -> None:
    if is_in_file(url) and not database_file(url).is_file():
        raise UsageError("ledger_missing", "this home has no ledger. Run reentry init HOME.")


def _make_file(url: URL) -> None:
    """An empty file of mode 0600 before SQLite opens it; its -wal and -shm files follow suit."""
    if is_in_file(url):
        os.close(os.open(database_file(url), os.O_RDWR | os.O_CREAT, 0o600))
        database_file(url).chmod(0o600)


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise UsageError("now_without_zone", "--now needs a time zone, such as a trailing Z.")
    return now.astimezone(UTC)
