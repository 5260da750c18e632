"""Which claim a service line belongs to, and what each submission charges for it.

A line once submitted stays in its claim. Lines of claims that were never submitted are let go.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, literal, or_, select

from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_claims import (
    batch_claims,
    claim_lines,
    submission_lines,
    submissions,
)
from pipelines.io.ledger.transaction import Transaction
from pipelines.io.ledger.types import UtcTime


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A line of a claim: its key in the health record (of a bundle: its anchor) and its charge.

    A line split for its units has one ordinal for each part and one key.
    """

    source_system: str
    encounter_id: str
    line_number: int
    line_ordinal: int
    charge_amount: Decimal


def keep(tx: Transaction, batch_id: str, lines: Iterable[tuple[str, ClaimLine]]) -> None:
    """Bind the lines, each with its patient control number, to the claims of a batch."""
    tx.connection.execute(
        insert(submission_lines),
        [
            {
                "agency": tx.agency,
                "patient_control_number": patient_control_number,
                "line_ordinal": line.line_ordinal,
                "source_system": line.source_system,
                "encounter_id": line.encounter_id,
                "line_number": line.line_number,
                "charge_amount": line.charge_amount,
            }
            for patient_control_number, line in lines
        ],
    )
    tx.connection.execute(
        insert(claim_lines).from_select(
            [column.name for column in claim_lines.c], _unbound(tx, batch_id)
        )
    )


def let_go(tx: Transaction, batch_id: str) -> None:
    """Unbind lines of claims that this transaction closed and that were never submitted."""
    closed = and_(batch_claims.c.batch_id == batch_id, batch_claims.c.closed_at == tx.recorded_at)
    numbers, claims = batch_claims.c.patient_control_number, batch_claims.c.claim_id
    tx.connection.execute(
        delete(submission_lines).where(
            submission_lines.c.agency == tx.agency,
            submission_lines.c.patient_control_number.in_(select(numbers).where(closed)),
            ~exists().where(
                submissions.c.agency == tx.agency,
                submissions.c.patient_control_number == submission_lines.c.patient_control_number,
            ),
        )
    )
    tx.connection.execute(
        delete(claim_lines).where(
            claim_lines.c.agency == tx.agency,
            claim_lines.c.claim_id.in_(select(claims).where(closed)),
            ~exists().where(
                submissions.c.agency == tx.agency,
                submissions.c.claim_id == claim_lines.c.claim_id,
            ),
        )
    )


def bound(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Lines and the claims that own them: a row for each line ever proposed and not let go."""
    return read_frame(
        connection,
        select(claim_lines).where(
            claim_lines.c.agency == agency, claim_lines.c.recorded_at <= known_at
        ),
    )


def submitted(
    connection: Connection, agency: str, known_at: datetime, numbers: Collection[str] | None = None
) -> pl.DataFrame:
    """A row for each line of a submission: its number, the line's ordinal, key and charge.

    `numbers`: only submissions with these patient control numbers.
    """
    lines = _of_submissions(select(submission_lines), agency, known_at)
    if numbers is not None:
        lines = lines.where(submissions.c.patient_control_number.in_(numbers))
    return read_frame(connection, lines)


def keys_out(
    connection: Connection, agency: str, known_at: datetime, source_system: str | None = None
) -> pl.DataFrame:
    """The key of each line that was submitted and, as far as was known, not withdrawn."""
    line, withdrawn_at = submission_lines.c, submissions.c.withdrawn_at
    keys = select(line.source_system, line.encounter_id, line.line_number).distinct()
    if source_system is not None:
        keys = keys.where(line.source_system == source_system)
    is_out = or_(withdrawn_at.is_(None), withdrawn_at > known_at)
    return read_frame(connection, _of_submissions(keys, agency, known_at).where(is_out))


def _of_submissions(lines: Select[Any], agency: str, known_at: datetime) -> Select[Any]:
    return lines.join(
        submissions,
        and_(
            submissions.c.agency == submission_lines.c.agency,
            submissions.c.patient_control_number == submission_lines.c.patient_control_number,
        ),
    ).where(submissions.c.agency == agency, submissions.c.recorded_at <= known_at)


def _unbound(tx: Transaction, batch_id: str) -> Select[Any]:
    line, claim = submission_lines.c, batch_claims.c
    line_key = (line.source_system, line.encounter_id, line.line_number)
    already = exists().where(
        claim_lines.c.agency == line.agency,
        claim_lines.c.source_system == line.source_system,
        claim_lines.c.encounter_id == line.encounter_id,
        claim_lines.c.line_number == line.line_number,
        claim_lines.c.claim_id == claim.claim_id,
    )
    return (
        select(
            line.agency,
            *line_key,
            claim.claim_id,
            func.min(line.line_ordinal),
            literal(tx.recorded_at, UtcTime),
        )
        .join(
            batch_claims,
            and_(
                claim.agency == line.agency,
                claim.patient_control_number == line.patient_control_number,
            ),
        )
        .where(claim.batch_id == batch_id, ~already)
        .group_by(line.agency, *line_key, claim.claim_id)
    )
