"""Submissions: each claim in each file written. What payers answered is derived from responses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, and_, case, insert, select, update

from pipelines.io.ledger.canonical import digest_id
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_claims import (
    batch_claims,
    batches,
    submission_places,
    submissions,
)
from pipelines.io.ledger.transaction import Transaction

_SEGMENTS = ("first_segment", "last_segment")
_MOST_NAMED = 10_000  # in one statement; beyond it all are read


@dataclass(frozen=True, slots=True)
class SetPlace:
    """Where a claim stands in its file: ST02 of its transaction set, its position among the claims
    there, and its first and last segment, ST = 1.
    """

    set_control_number: str
    set_position: int
    first_segment: int | None = None
    last_segment: int | None = None


def submission_id_of(agency: str, patient_control_number: str) -> str:
    """The id of the submission with this number."""
    return digest_id(agency, patient_control_number)


def add(tx: Transaction, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the submissions of a batch that has been written, and their segments."""
    added = [
        {
            **row,
            "submission_id": submission_id_of(tx.agency, row["patient_control_number"]),
            "agency": tx.agency,
            "state": "written",
            "recorded_at": tx.recorded_at,
        }
        for row in rows
    ]
    named = [{name: row.pop(name, None) for name in _SEGMENTS} for row in added]
    tx.connection.execute(insert(submissions), added)
    places = [
        place | {"submission_id": row["submission_id"]}
        for place, row in zip(named, added, strict=True)
        if None not in place.values()
    ]
    if places:
        tx.connection.execute(insert(submission_places), places)


def mark(tx: Transaction, batch_id: str, state: str) -> None:
    """The batch's submissions are `sent` or `withdrawn`."""
    times = {f"{state}_at": tx.recorded_at}
    tx.connection.execute(
        update(submissions).where(submissions.c.batch_id == batch_id).values(state=state, **times)
    )


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Submissions recorded by `known_at`, a row each, in the state the ledger knew then.

    `route` is that of its batch. first_segment and last_segment are null of those written before
    the ledger kept them.
    """
    sent, withdrawn = submissions.c.sent_at, submissions.c.withdrawn_at
    state = case((withdrawn <= known_at, "withdrawn"), (sent <= known_at, "sent"), else_="written")
    columns: dict[str, ColumnElement[Any]] = dict(submissions.c.items())
    columns |= {
        "state": state.label("state"),
        "sent_at": case((sent <= known_at, sent)).label("sent_at"),
        "withdrawn_at": case((withdrawn <= known_at, withdrawn)).label("withdrawn_at"),
        "route": batches.c.route,
    }
    return read_frame(
        connection,
        select(*columns.values(), *(submission_places.c[name] for name in _SEGMENTS))
        .select_from(submissions)
        .join(batches, batches.c.batch_id == submissions.c.batch_id)
        .outerjoin(
            submission_places, submission_places.c.submission_id == submissions.c.submission_id
        )
        .where(submissions.c.agency == agency, submissions.c.recorded_at <= known_at)
        .order_by(
            submissions.c.recorded_at, submissions.c.set_control_number, submissions.c.set_position
        ),
    )


def contents(
    connection: Connection, agency: str, known_at: datetime, numbers: Sequence[str]
) -> pl.DataFrame:
    """patient_control_number and frozen content of the submissions with these numbers."""
    statement = _frozen(agency, known_at)
    if len(numbers) > _MOST_NAMED:
        frozen = read_frame(connection, statement)
        return frozen.filter(pl.col("patient_control_number").is_in(list(numbers)))
    named = submissions.c.patient_control_number.in_(numbers)
    return read_frame(connection, statement.where(named))


def providers(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """patient_control_number and billing_npi of submissions, from their frozen content: slow."""
    frozen = read_frame(connection, _frozen(agency, known_at))
    return frozen.select(
        "patient_control_number", billing_npi=pl.col("content").str.json_path_match("$.billing_npi")
    )


def with_claims(chosen: Select[Any]) -> Select[Any]:
    """What is chosen of submissions, joined with their frozen claims.

    The claim's id belongs to the key of those: without it each is sought through its whole batch.
    """
    same = ("batch_id", "claim_id", "patient_control_number")
    return chosen.join(
        batch_claims, and_(*(batch_claims.c[name] == submissions.c[name] for name in same))
    )


def _frozen(agency: str, known_at: datetime) -> Select[Any]:
    chosen = select(submissions.c.patient_control_number, batch_claims.c.content)
    return with_claims(chosen).where(
        submissions.c.agency == agency, submissions.c.recorded_at <= known_at
    )
