"""Worklists issued: which workbook went to whom, from which run. The workbook is a report."""

import polars as pl
from sqlalchemy import Connection, insert, select

from pipelines.io.ledger import users
from pipelines.io.ledger.canonical import digest_id
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_work import worklist_issues
from pipelines.io.ledger.transaction import Transaction

READERS = ("view", "decide")  # either right lets a person hold a worklist


def issue(tx: Transaction, run_id: str) -> str:
    """Issue a run's worklist to the transaction's user; its id goes into the workbook.

    Issued again to the same user it is the same issue.
    """
    users.require(tx, *READERS)
    issue_id = digest_id(tx.agency, tx.user_id, run_id)
    known = select(worklist_issues.c.issue_id).where(worklist_issues.c.issue_id == issue_id)
    if tx.connection.execute(known).one_or_none() is not None:
        return issue_id
    tx.connection.execute(
        insert(worklist_issues).values(
            issue_id=issue_id,
            agency=tx.agency,
            user_id=tx.user_id,
            run_id=run_id,
            recorded_at=tx.recorded_at,
        )
    )
    return issue_id


def issued_to(connection: Connection, agency: str, issue_id: str) -> str | None:
    """The user whose worklist it is, or None."""
    issue = worklist_issues.c
    wanted = select(issue.user_id).where(issue.agency == agency, issue.issue_id == issue_id)
    return connection.execute(wanted).scalar_one_or_none()


def issued(connection: Connection, agency: str) -> pl.DataFrame:
    """Every worklist that was issued: issue_id, issued_to."""
    issue = worklist_issues.c
    wanted = select(issue.issue_id, issue.user_id.label("issued_to")).where(issue.agency == agency)
    return read_frame(connection, wanted)
