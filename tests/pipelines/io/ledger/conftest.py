"""A fresh ledger with its staff, and claims to put into batches."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copy

import pytest

from pipelines.io.ledger import users
from pipelines.io.ledger.batch_claims import BatchClaim
from pipelines.io.ledger.claim_lines import ClaimLine
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction

NOW = datetime(2026, 10, 1, 17, 0, tzinfo=UTC)
STAFF = {
    "ada": ["admin"],
    "bo": ["view", "decide", "propose"],
    "cy": ["view", "approve", "write", "publish"],
    "di": ["propose", "approve"],
}


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file with its staff, made once."""
    path = tmp_path_factory.mktemp("staffed") / "ledger.db"
    made = Ledger.create_or_upgrade(f"sqlite:///{path}", now=NOW)
    with made.write("34", "init") as tx:
        users.save(tx, "ada", STAFF["ada"])
    with made.write("34", "ada") as tx:
        for user_id in ("bo", "cy", "di"):
            users.save(tx, user_id, STAFF[user_id])
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


@pytest.fixture
def claim() -> Callable[..., BatchClaim]:
    return a_claim


def a_claim(
    name: str,
    number: int = 1,
    *,
    charge: str = "100.00",
    encounter_id: str | None = None,
    line_number: int = 1,
    replaces: str | None = None,
) -> BatchClaim:
    """A claim of one line; its patient control number is its name and submission number."""
    amount = Decimal(charge)
    line = ClaimLine("main", encounter_id or f"E-{name}", line_number, 1, amount)
    return BatchClaim(
        claim_id=name,
        submission_number=number,
        patient_control_number=f"{name}.{number}",
        frequency_code="1" if replaces is None else "7",
        content=f'{{"claim":"{name}"}}',
        content_hash=f"content {name}",
        row_hash=f"row {name}",
        charge_amount=amount,
        lines=(line,),
        replaces=replaces,
    )
