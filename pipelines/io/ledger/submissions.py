"""Submissions: each claim in each file written. What payers answered is derived from responses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, case, insert, select, update

from pipelines.io.ledger.canonical import digest_id
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_claims import submissions
from pipelines.io.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class SetPlace:
    """Where a claim stands in its file: ST02 of its transaction set, and its position there."""

    set_control_number: str
    set_position: int


def submission_id_of(agency: str, patient_control_number: str) -> str:
    """The id of the submission with this number."""
    return digest_id(agency, patient_control_number)


def add(tx: Transaction, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the submissions of a batch that has been written."""
    tx.connection.execute(
        insert(submissions),
        [
            {
                **row,
                "submission_id": submission_id_of(tx.agency, row["patient_control_number"]),
                "agency": tx.agency,
                "state": "written",
                "recorded_at": tx.recorded_at,
            }
            for row in rows
        ],
    )


def mark(tx: Transaction, batch_id: str, state: str) -> None:
    """The batch's submissions are `sent` or `withdrawn`."""
    times = {f"{state}_at": tx.recorded_at}
    tx.connection.execute(
        update(submissions).where(submissions.c.batch_id == batch_id).values(state=state, **times)
    )


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Submissions recorded by `known_at`, a row each, in the state known then."""
    sent, withdrawn = submissions.c.sent_at, submissions.c.withdrawn_at
    state = case((withdrawn <= known_at, "withdrawn"), (sent <= known_at, "sent"), else_="written")
    columns: dict[str, ColumnElement[Any]] = dict(submissions.c.items())
    columns |= {
        "state": state.label("state"),
        "sent_at": case((sent <= known_at, sent)).label("sent_at"),
        "withdrawn_at": case((withdrawn <= known_at, withdrawn)).label("withdrawn_at"),
    }
    return read_frame(
        connection,
        select(*columns.values())
        .where(submissions.c.agency == agency, submissions.c.recorded_at <= known_at)
        .order_by(
            submissions.c.recorded_at, submissions.c.set_control_number, submissions.c.set_position
        ),
    )
