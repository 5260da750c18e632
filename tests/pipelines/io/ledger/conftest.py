"""A fresh ledger with its staff."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from shutil import copy

import pytest
from ledger_staff import NOW, employ

from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file with its staff, made once."""
    path = tmp_path_factory.mktemp("staffed") / "ledger.db"
    made = Ledger.create_or_upgrade(f"sqlite:///{path}", now=NOW)
    employ(made)
    return path


@pytest.fixture
def ledger(staffed: Path, ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger at one fixed `now`, so that every two records would tie."""
    copy(staffed, tmp_path)
    opened = Ledger.open(ledger_url, now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def as_user(ledger: Ledger) -> Callable[[str], AbstractContextManager[Transaction]]:
    """A transaction of agency 34 by a user."""
    return lambda user_id: ledger.write("34", user_id)
