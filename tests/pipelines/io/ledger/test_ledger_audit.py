"""The audit chain notices every row changed, removed, moved or cut off."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from hashlib import sha256
from pathlib import Path

import pytest

from pipelines.io.ledger import audit
from pipelines.io.ledger.audit_chain import ChainBreak, verify_chain
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction

AsUser = Callable[[str], AbstractContextManager[Transaction]]


@pytest.fixture
def raw(as_user: AsUser, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The file under the ledger, after four events of users and three sign-ins: seven in all."""
    for user_id in ("bo", "cy", "di"):
        with as_user(user_id) as tx:
            audit.append(tx, "sign_in", {"user_id": user_id})
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        yield connection


def broken(ledger: Ledger) -> ChainBreak | None:
    with ledger.read() as connection:
        return verify_chain(connection, "34")


def test_an_untouched_chain_holds(ledger: Ledger, raw: sqlite3.Connection) -> None:
    assert raw.execute("SELECT max(sequence) FROM audit_events").fetchone() == (7,)
    assert broken(ledger) is None


def test_a_digest_can_be_computed_by_hand(raw: sqlite3.Connection) -> None:
    row = raw.execute(
        "SELECT recorded_at, previous_digest, digest FROM audit_events WHERE sequence = 5"
    ).fetchone()
    link = (
        '{"agency":"34","detail":{"user_id":"bo"},"event":"sign_in","previous_digest":"%s",'
        '"recorded_at":"%s","sequence":5,"user_id":"bo"}'
    )
    assert sha256((link % (row[1], row[0])).encode()).hexdigest() == row[2]


TAMPERING = {
    "a detail changed": (
        """UPDATE audit_events SET detail = '{"user_id":"eve"}' WHERE sequence = 5""",
        ChainBreak(5, "was changed"),
    ),
    "the user changed": (
        "UPDATE audit_events SET user_id = 'eve' WHERE sequence = 6",
        ChainBreak(6, "was changed"),
    ),
    "a time changed": (
        "UPDATE audit_events SET recorded_at = '2026-10-01T16:00:00.000000Z' WHERE sequence = 1",
        ChainBreak(1, "was changed"),
    ),
    "one removed": (
        "DELETE FROM audit_events WHERE sequence = 5",
        ChainBreak(6, "event 5 is missing"),
    ),
    "one removed and the rest moved up": (
        """DELETE FROM audit_events WHERE sequence = 5;
        UPDATE audit_events SET sequence = 5 WHERE sequence = 6;
        UPDATE audit_events SET sequence = 6 WHERE sequence = 7""",
        ChainBreak(5, "does not follow the event before"),
    ),
    "two exchanged": (
        """UPDATE audit_events SET sequence = 99 WHERE sequence = 5;
        UPDATE audit_events SET sequence = 5 WHERE sequence = 6;
        UPDATE audit_events SET sequence = 6 WHERE sequence = 99""",
        ChainBreak(5, "does not follow the event before"),
    ),
    "the last one cut off": (
        "DELETE FROM audit_events WHERE sequence = 7",
        ChainBreak(7, "event 7 is missing at the end"),
    ),
    "all removed": (
        "DELETE FROM audit_events",
        ChainBreak(1, "event 1 is missing at the end"),
    ),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_a_chain_tampered_with_is_found(ledger: Ledger, raw: sqlite3.Connection, name: str) -> None:
    statements, expected = TAMPERING[name]
    raw.execute("DROP TRIGGER audit_events_no_update")
    raw.execute("DROP TRIGGER audit_events_no_delete")
    raw.executescript(statements)
    assert broken(ledger) == expected


def test_each_agency_has_its_own_chain(ledger: Ledger) -> None:
    with ledger.write("19", "bo") as tx:
        assert audit.append(tx, "sign_in", {"user_id": "bo"}).sequence == 1
    with ledger.read() as connection:
        assert verify_chain(connection, "19") is None
        assert verify_chain(connection, "nobody") is None
