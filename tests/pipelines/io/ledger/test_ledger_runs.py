"""Runs begin with what they know, end once, and tell findings' lives once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from ledger_staff import NOW

from contracts.errors import BrokenInvariantError, UsageError
from pipelines.io.ledger import files, findings, runs
from pipelines.io.ledger.findings import FindingChange
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.runs import RunRow
from pipelines.io.ledger.transaction import Transaction

TODAY = date(2026, 10, 1)
AsUser = Callable[[str], AbstractContextManager[Transaction]]
SCHEMA = {
    "finding_id": pl.String,
    "edit_id": pl.String,
    "category": pl.String,
    "severity": pl.String,
    "amount": pl.Decimal(12, 2),
}


def begin(tx: Transaction, run_id: str, **options: Any) -> RunRow:
    given = {
        "as_of": TODAY,
        "fingerprint": "f",
        "policy_hash": "p",
        "codesets_hash": "c",
        "code_version": "1",
    }
    return runs.begin(tx, run_id, **(given | options))


def complete(tx: Transaction, run_id: str, snapshot: int) -> RunRow:
    return runs.complete(
        tx, run_id, lake_snapshot=snapshot, warnings=["no rate"], counts={"claims": 2}
    )


def found(*ids: str) -> pl.DataFrame:
    rows = [(i, "edit", "timely_filing", "reject", Decimal("10.00")) for i in ids]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_a_run_knows_everything_before_it_and_nothing_after(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        early = files.begin(tx, sha256="1", feed="stays", file_name="a", size_bytes=1)
    with as_user("bo") as tx:
        run = begin(tx, "r1")
    with as_user("bo") as tx:
        late = files.begin(tx, sha256="2", feed="stays", file_name="b", size_bytes=1)
    assert early.received_at < run.known_at < late.received_at


def test_a_run_is_complete_once(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        assert not begin(tx, "r1").is_complete
        done = complete(tx, "r1", 5)
        assert (done.is_complete, done.lake_snapshot, done.counts) == (True, 5, {"claims": 2})
        assert complete(tx, "r1", 5) == done
        assert begin(tx, "r1") == done
        with pytest.raises(BrokenInvariantError, match="snapshot 5"):
            complete(tx, "r1", 6)


def test_an_id_stands_for_one_run(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        begin(tx, "r1")
        with pytest.raises(BrokenInvariantError, match="another day"):
            begin(tx, "r1", as_of=TODAY - timedelta(days=1))
        with pytest.raises(UsageError, match="later than now"):
            begin(tx, "r2", known_at=NOW + timedelta(days=1))
        with pytest.raises(UsageError, match="no run r9"):
            complete(tx, "r9", 1)


def test_readers_get_the_complete_run_that_knows_most(as_user: AsUser) -> None:
    yesterday = TODAY - timedelta(days=1)
    with as_user("bo") as tx:
        begin(tx, "r1")
        complete(tx, "r1", 1)
        begin(tx, "r2", as_of=yesterday, known_at=NOW - timedelta(days=1))
        complete(tx, "r2", 2)
        begin(tx, "r3")
        newest = runs.latest_complete(tx.connection, "34")
        past = runs.latest_complete(tx.connection, "34", as_of=yesterday)
        assert runs.latest_complete(tx.connection, "19") is None
        assert runs.snapshots(tx.connection, "34") == [1, 2]
    assert (newest and newest.run_id, past and past.run_id) == ("r1", "r2")


def test_a_findings_life(ledger: Ledger, as_user: AsUser) -> None:
    #       run   finds            opened, closed
    nights = [
        ("r1", ("a", "b"), (2, 0)),
        ("r2", ("b",), (0, 1)),
        ("r3", ("b",), (0, 0)),
        ("r4", (), (0, 1)),
        ("r5", ("a", "c"), (2, 0)),
    ]
    for run_id, ids, expected in nights:
        with as_user("bo") as tx:
            begin(tx, run_id)
            assert findings.record(tx, run_id, found(*ids)) == FindingChange(*expected)
    with ledger.read() as connection:
        still = findings.open_findings(connection, "34").sort("finding_id")
        events = findings.events(connection, "34").filter(pl.col("finding_id") == "a")
        assert findings.open_findings(connection, "19").is_empty()
    assert still["finding_id"].to_list() == ["a", "c"]
    assert still["amount"].to_list() == [Decimal("10.00")] * 2
    assert events.select("run_id", "event").rows() == [
        ("r1", "opened"),
        ("r2", "closed"),
        ("r5", "opened"),
    ]


def test_a_run_recorded_twice_counts_once_even_after_another(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        begin(tx, "r1")
        findings.record(tx, "r1", found("a"))
    with as_user("bo") as tx:
        begin(tx, "r2")
        findings.record(tx, "r2", found())
    with as_user("bo") as tx:
        assert findings.record(tx, "r1", found("a")) == FindingChange(0, 0)
        assert findings.events(tx.connection, "34").height == 2


def test_a_look_at_the_past_changes_no_finding(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        begin(tx, "r1")
        findings.record(tx, "r1", found("a"))
    with as_user("bo") as tx:
        begin(tx, "r2", known_at=NOW - timedelta(days=30))
        assert findings.record(tx, "r2", found("z")) == FindingChange(0, 0)
        assert findings.open_findings(tx.connection, "34")["finding_id"].to_list() == ["a"]


def test_a_finding_may_have_no_amount(as_user: AsUser) -> None:
    with as_user("bo") as tx:
        begin(tx, "r1")
        findings.record(tx, "r1", found("a").with_columns(amount=None))
        assert findings.open_findings(tx.connection, "34")["amount"].to_list() == [None]
