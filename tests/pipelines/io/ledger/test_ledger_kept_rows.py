"""Rows that may not change cannot be changed, even past our own code."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from ledger_staff import NOW, a_claim

from pipelines.io.ledger import (
    batch_writing,
    batches,
    decisions,
    disputes,
    finding_subjects,
    finding_work,
    findings,
    month_closes,
    publications,
    runs,
    worklists,
)
from pipelines.io.ledger.decisions import Decision
from pipelines.io.ledger.disputes import Dispute
from pipelines.io.ledger.submissions import SetPlace
from pipelines.io.ledger.transaction import Transaction

AsUser = Callable[[str], AbstractContextManager[Transaction]]
KEPT = {
    "audit_events": "event",
    "finding_events": "event",
    "finding_subjects": "subject_id",
    "finding_work": "note",
    "worklist_issues": "user_id",
    "decisions": "action",
    "disputes": "amount",
    "dispute_events": "event",
    "month_closes": "figures",
    "publications": "sha256",
    "control_numbers": "batch_id",
    "batch_claims": "content",
    "submissions": "charge_amount",
}


@pytest.fixture
def raw(as_user: AsUser, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The file under a ledger that has a row in every such table."""
    finding = {"finding_id": "f1", "edit_id": "e1", "category": "timely_filing", "severity": "warn"}
    with as_user("bo") as tx:
        runs.begin(
            tx,
            "r1",
            as_of=date(2026, 10, 1),
            fingerprint="f",
            policy_hash="p",
            codesets_hash="c",
            code_version="1",
        )
        findings.record(tx, "r1", pl.DataFrame([finding | {"amount": Decimal("1.00")}]))
        subject = {"subject": "encounter", "subject_id": "main/E1/1"}
        finding_subjects.keep(tx, pl.DataFrame([finding | subject]))
        finding_work.assign(tx, ["f1"], "bo", "why")
        issue_id = worklists.issue(tx, "r1")
        made = Decision(
            "d1", issue_id, "encounter", "E1", "hold", None, None, "why", "bo", NOW, "v"
        )
        decisions.record(tx, [made])
        day = date(2026, 10, 1)
        disputes.open_all(
            tx, [Dispute("d1", "n1", "c", "s", 1, "appeal", Decimal("1.00"), day, day)]
        )
        disputes.record(tx, "n1", "sent", day)
        batch_id = batches.propose(
            tx, usage="P", claim_form="professional", route="m", claims=[a_claim("c")]
        ).batch_id
    with as_user("cy") as tx:
        publications.record(
            tx, report="r", form="operational", period="2026-09", manifest={}, sha256="0"
        )
        month_closes.close(tx, "2026-09", "r1", {"totals": []}, {})
        batches.approve(tx, batch_id)
        batch_writing.start_writing(tx, batch_id)
        batch_writing.finish_writing(
            tx,
            batch_id,
            {"c.1": SetPlace("0001", 1)},
            file_name="b.837",
            file_size=1,
            file_sha256="0",
        )
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA recursive_triggers=ON")
        yield connection


@pytest.mark.parametrize("table", KEPT)
def test_a_kept_row_is_neither_changed_nor_removed_nor_replaced(
    raw: sqlite3.Connection, table: str
) -> None:
    before = raw.execute(f"SELECT * FROM {table}").fetchall()
    assert before
    for statement in (
        f"UPDATE {table} SET {KEPT[table]} = {KEPT[table]}",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="keeps its rows as they are"):
            raw.execute(statement)
    assert raw.execute(f"SELECT * FROM {table}").fetchall() == before


def test_a_submissions_lines_are_not_changed(raw: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="keeps its rows"):
        raw.execute("UPDATE submission_lines SET charge_amount = 0")
