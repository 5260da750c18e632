"""Who works on a finding, and the notes on it. Rows are only ever added.

A note may hold a person's data: the audit chain tells of it without its text.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, insert, select

from contracts.errors import UsageError
from pipelines.io.ledger import audit, users
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.notes import noted
from pipelines.io.ledger.tables_findings import finding_work
from pipelines.io.ledger.transaction import Transaction
from pipelines.io.ledger.worklists import READERS


def assign(
    tx: Transaction, finding_ids: Sequence[str], assignee: str, note: str | None = None
) -> None:
    """Give findings to a user, with a note on each if there is one. Needs the right to decide.

    Raises:
        HeldByPolicyError: the transaction's user may not decide.
        UsageError: the assignee is unknown, inactive or may not see worklists; the note is no note.
    """
    users.require(tx, "decide")
    user = users.find(tx.connection, assignee)
    if user is None or not user.may(*READERS):
        raise UsageError(
            "assignee",
            f"{assignee} is no active user with the right to {' or '.join(READERS)}. "
            "`reentry users list` shows who is.",
        )
    _add(tx, finding_ids, assignee, noted(note))
    detail = {"finding_ids": list(finding_ids), "assignee": assignee, "has_note": note is not None}
    audit.append(tx, "finding_assigned", detail)


def note(tx: Transaction, finding_id: str, text: str) -> None:
    """Add a note to a finding. Needs the right to decide. Raises UsageError for no note."""
    users.require(tx, "decide")
    _add(tx, [finding_id], None, noted(text))
    audit.append(tx, "finding_noted", {"finding_id": finding_id})


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Assignments and notes recorded until an instant, in order.

    finding_id, recorded_at, assignee, note, recorded_by; a row has an assignee, a note, or both.
    """
    row = finding_work.c
    columns = (row.finding_id, row.recorded_at, row.assignee, row.note, row.recorded_by)
    mine = select(*columns).where(row.agency == agency, row.recorded_at <= known_at)
    return read_frame(connection, mine.order_by(row.recorded_at, row.finding_id))


def _add(
    tx: Transaction, finding_ids: Sequence[str], assignee: str | None, text: str | None
) -> None:
    shared = {
        "agency": tx.agency,
        "recorded_at": tx.recorded_at,
        "assignee": assignee,
        "note": text,
        "recorded_by": tx.user_id,
    }
    rows = [shared | {"finding_id": finding_id} for finding_id in finding_ids]
    tx.connection.execute(insert(finding_work), rows)
