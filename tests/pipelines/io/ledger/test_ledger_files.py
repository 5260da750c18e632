"""A file is known by its bytes for each agency; its time of receipt strictly increases."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ledger_staff import NOW

from contracts.errors import BrokenInvariantError, RefusedInputError, UsageError
from pipelines.io.ledger import files
from pipelines.io.ledger.files import FileCounts, FileRow
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.transaction import Transaction

HOUR = timedelta(hours=1)
AsUser = Callable[[str], AbstractContextManager[Transaction]]


def receive(tx: Transaction, sha256: str = "aa", **options: Any) -> FileRow:
    given = {"feed": "stays", "file_name": "stays.csv", "size_bytes": 10} | options
    return files.begin(tx, sha256=sha256, **given)


def take(tx: Transaction, sha256: str = "aa", **options: Any) -> FileRow:
    row = receive(tx, sha256, **options)
    files.accept(tx, row.file_id, FileCounts(7, 2, 1), mapping_hash="m1")
    return files.get(tx.connection, tx.agency, row.file_id)


def test_a_files_id_is_the_same_whenever_its_receipt_is_replayed(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        row = receive(tx)
    assert row.file_id == files.file_id_of("34", "aa", 1)
    assert (row.state, row.ordinal) == ("receiving", 1)


def test_a_kill_leaves_a_file_that_is_begun_again_as_itself(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        begun = receive(tx)
    with as_user("bo") as tx:
        assert files.receiving(tx.connection, "34") == [begun]
        assert receive(tx, again=True) == begun


def test_accepted_bytes_change_nothing_unless_received_again_on_purpose(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        first = take(tx)
    with as_user("bo") as tx:
        assert receive(tx) == first
        second = receive(tx, again=True)
    assert (first.row_count, first.state, second.state) == (10, "accepted", "receiving")
    assert (second.ordinal, second.file_id) == (2, files.file_id_of("34", "aa", 2))


def test_another_agency_takes_the_same_bytes_as_its_own(ledger: Ledger, as_user: AsUser) -> None:
    with as_user("bo") as tx:
        own = take(tx)
    with ledger.write("19", "bo") as tx:
        other = receive(tx)
    assert (other.ordinal, other.state) == (1, "receiving")
    assert other.file_id != own.file_id


def test_a_refused_file_keeps_its_reason_and_counts_for_nothing(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        row = receive(tx)
        files.refuse(tx, row.file_id, "column_missing", "column booked_on is missing.")
        refused = files.find(tx.connection, "34", "aa")
        assert files.accepted(tx.connection, "34", NOW + HOUR) == []
    assert refused is not None
    assert (refused.state, refused.refusal_code) == ("refused", "column_missing")


def test_a_settled_file_is_not_settled_again(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        row = take(tx)
        with pytest.raises(BrokenInvariantError, match="already accepted"):
            files.refuse(tx, row.file_id, "late", "late")


def test_half_received_bytes_do_not_change_their_feed(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        receive(tx)
        with pytest.raises(RefusedInputError, match="inbox/34/stays"):
            receive(tx, feed="encounters")


def test_files_count_from_their_receipt_on(ledger: Ledger) -> None:
    for hour in range(3):
        with Ledger(ledger.engine, NOW + hour * HOUR).write("34", "bo") as tx:
            take(tx, f"sha {hour}")
    with ledger.read() as connection:
        for hour in range(3):
            bound = NOW + hour * HOUR + timedelta(minutes=30)
            known = files.accepted(connection, "34", bound)
            assert [row.sha256 for row in known] == [f"sha {n}" for n in range(hour + 1)]


#   given, from now   sandbox   refused because
RECEIPTS = [
    (timedelta(minutes=-1), False, "not after"),
    (timedelta(minutes=-1), True, None),
    (timedelta(0), True, "Add a microsecond"),
    (timedelta(0), False, "not after"),
    (timedelta(minutes=1), True, "later than now"),
    (timedelta(minutes=1), False, "later than now"),
]


@pytest.mark.parametrize(("given", "sandbox", "refused"), RECEIPTS)
def test_only_a_sandbox_receives_in_the_past(
    ledger_url: str, given: timedelta, *, sandbox: bool, refused: str | None
) -> None:
    ledger = Ledger.create_or_upgrade(ledger_url, now=NOW, is_sandbox=sandbox)
    with ledger.write("34", "bo") as tx:
        take(tx, "first", received_at=NOW)
    with ledger.write("34", "bo") as tx:
        if refused is None:
            assert receive(tx, "second", received_at=NOW + given).received_at == NOW + given
            return
        with pytest.raises(UsageError, match=refused):
            receive(tx, "second", received_at=NOW + given)


def test_a_past_receipt_does_not_set_the_clock_back(ledger_url: str) -> None:
    ledger = Ledger.create_or_upgrade(ledger_url, now=NOW, is_sandbox=True)
    with ledger.write("34", "bo") as tx:
        receive(tx, "first")
        receive(tx, "second", received_at=NOW - HOUR)
        assert receive(tx, "third").received_at > NOW


LATER = "2027-01-01T00:00:00.000000Z"

#   sha256, received_at (None: as the file taken), row_count, the rule broken
BROKEN = [
    ("aa", LATER, 3, "files.agency, files.sha256, files.ordinal"),
    ("bb", None, 3, "files.agency, files.received_at"),
    ("bb", LATER, 4, "ck_files_counts"),
]


@pytest.mark.parametrize(("sha256", "received_at", "row_count", "rule"), BROKEN)
def test_the_database_itself_keeps_the_keys_of_files(
    as_user: AsUser, tmp_path: Path, sha256: str, received_at: str | None, row_count: int, rule: str
) -> None:
    with as_user("bo") as tx:
        take(tx)
    statement = """INSERT INTO files
        (file_id, agency, sha256, ordinal, feed, file_name, size_bytes, received_at, state,
         recorded_at, row_count, accepted_count, quarantined_count, duplicate_count)
        SELECT 'x', agency, ?, 1, feed, 'n', 1, coalesce(?, received_at), 'accepted',
         't', ?, 1, 1, 1
        FROM files"""
    with (
        closing(sqlite3.connect(tmp_path / "ledger.db")) as raw,
        pytest.raises(sqlite3.IntegrityError, match=rule),
    ):
        raw.execute(statement, (sha256, received_at, row_count))
