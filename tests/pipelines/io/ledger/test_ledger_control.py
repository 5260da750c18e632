"""Control numbers: consecutive, never given twice, whatever runs at once."""

import multiprocessing
import sqlite3
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, closing
from datetime import datetime
from pathlib import Path

import pytest
from ledger_staff import NOW, a_claim, employ
from soak_profile import IS_SOAK

from contracts.errors import HeldByPolicyError
from pipelines.io.ledger import batches, control
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction

PROCESSES, EACH = (8, 1_000) if IS_SOAK else (4, 15)
AsUser = Callable[[str], AbstractContextManager[Transaction]]


def a_batch(tx: Transaction) -> str:
    return batches.propose(
        tx, usage="P", claim_form="professional", route="medi_cal", claims=[a_claim("c")]
    ).batch_id


@pytest.fixture
def batch_id(as_user: AsUser) -> str:
    with as_user("bo") as tx:
        return a_batch(tx)


def take_some(url: str, batch_id: str, count: int) -> list[tuple[int, datetime]]:
    """What one process does: numbers, each in a transaction of its own.

    `count` is told: a process that was spawned knows no profile.
    """
    ledger = Ledger.open(url, now=NOW)
    taken = []
    for _ in range(count):
        with ledger.write("34", "cy") as tx:
            taken.append((control.take(tx, "interchange", batch_id), tx.recorded_at))
    ledger.close()
    return taken


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where several processes find a ledger with its staff."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'shared.db'}"
    else:
        url = f"postgresql+psycopg://{request.getfixturevalue('server')}"
    made = Ledger.create_or_upgrade(url, now=NOW)
    employ(made)
    made.close()
    return url


def test_no_two_processes_get_one_number(shared_url: str) -> None:
    ledger = Ledger.open(shared_url, now=NOW)
    with ledger.write("34", "bo") as tx:
        batch_id = a_batch(tx)
    ledger.close()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
        work = [pool.submit(take_some, shared_url, batch_id, EACH) for _ in range(PROCESSES)]
        taken = sorted(pair for done in work for pair in done.result())
    assert [number for number, _ in taken] == list(range(1, PROCESSES * EACH + 1))
    times = [at for _, at in taken]
    assert times == sorted(set(times))


def test_kinds_and_agencies_count_apart(ledger: Ledger, as_user: AsUser, batch_id: str) -> None:
    with as_user("cy") as tx:
        assert [control.take(tx, "interchange", batch_id) for _ in range(2)] == [1, 2]
        assert control.take(tx, "group", batch_id) == 1
    with ledger.write("19", "cy") as tx:
        assert control.take(tx, "interchange", batch_id) == 1


def test_after_the_last_number_none_is_given(
    as_user: AsUser, batch_id: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw, raw:
        raw.execute(
            "INSERT INTO control_numbers VALUES ('34', 'group', 999999998, ?, NULL, 'x')",
            (batch_id,),
        )
    with as_user("cy") as tx:
        assert control.take(tx, "group", batch_id) == 999_999_999
    with as_user("cy") as tx, pytest.raises(HeldByPolicyError, match="new sender id"):
        control.take(tx, "group", batch_id)


@pytest.mark.parametrize("number", [1, 0, 1_000_000_000])
def test_the_database_itself_refuses_a_number_given_or_out_of_range(
    as_user: AsUser, batch_id: str, tmp_path: Path, number: int
) -> None:
    with as_user("cy") as tx:
        control.take(tx, "group", batch_id)
    with (
        closing(sqlite3.connect(tmp_path / "ledger.db")) as raw,
        pytest.raises(sqlite3.IntegrityError),
    ):
        raw.execute(
            "INSERT INTO control_numbers VALUES ('34', 'group', ?, ?, NULL, 'x')",
            (number, batch_id),
        )
