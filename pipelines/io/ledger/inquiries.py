"""What was asked of the payer, and which answers came about eligibility.

A request is known by its trace number, which holds nobody's data and comes back in the answer.
"""

import base64
import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Table, and_, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from pipelines.io.ledger import audit, control, users
from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.tables_inquiries import (
    eligibility_replies,
    eligibility_requests,
    inquiries,
)
from pipelines.io.ledger.transaction import Transaction

TRACE_LENGTH = 16  # base-32 characters: 80 bits of the digest


@dataclass(frozen=True, slots=True)
class Numbers:
    """What an inquiry takes before its file can be made."""

    inquiry_id: str
    ordinal: int
    interchange_control_number: int
    group_control_number: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class InquiryFile:
    """A rendered file, not yet recorded; `usage` is T or P."""

    usage: str
    file_name: str
    file_size: int
    file_sha256: str


@dataclass(frozen=True, slots=True)
class InquiryRow:
    """A written 270 or 276 file."""

    inquiry_id: str
    interchange_control_number: int
    file_name: str
    file_sha256: str
    request_count: int
    recorded_at: datetime


def trace_numbers(agency: str, inquiry_id: str, count: int) -> pl.Series:
    """Trace numbers of an inquiry's requests, in their order."""
    texts = (f"{agency}/{inquiry_id}/{position}" for position in range(count))
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    traces = [base64.b32encode(one).decode()[:TRACE_LENGTH] for one in digests]
    return pl.Series("trace_number", traces, pl.String)


def begin(tx: Transaction, kind: str = "270") -> Numbers:
    """Take numbers for an inquiry that `record` records in the same transaction.

    Needs the right to propose. Raises HeldByPolicyError without it or without a number left.
    """
    users.require(tx, "propose")
    last = tx.connection.execute(
        select(func.max(inquiries.c.ordinal)).where(inquiries.c.agency == tx.agency)
    ).scalar_one()
    ordinal = (last or 0) + 1
    inquiry_id = f"{tx.agency}-{kind}-{ordinal:06d}"
    return Numbers(
        inquiry_id,
        ordinal,
        control.take(tx, "interchange", inquiry_id=inquiry_id),
        control.take(tx, "group", inquiry_id=inquiry_id),
        tx.recorded_at,
    )


def record(tx: Transaction, numbers: Numbers, request_count: int, file: InquiryFile) -> InquiryRow:
    """Record a rendered file; what it asks is recorded beside it, in the same transaction."""
    made = InquiryRow(
        numbers.inquiry_id, numbers.interchange_control_number, file.file_name, file.file_sha256,
        request_count, tx.recorded_at,
    )  # fmt: skip
    tx.connection.execute(
        insert(inquiries).values(
            agency=tx.agency,
            ordinal=numbers.ordinal,
            usage=file.usage,
            group_control_number=numbers.group_control_number,
            file_size=file.file_size,
            asked_by=tx.user_id,
            **asdict(made),
        )
    )
    detail = {
        "inquiry_id": made.inquiry_id,
        "request_count": request_count,
        "file_sha256": file.file_sha256,
    }
    audit.append(tx, "inquiry_written", detail)
    return made


def record_requests(
    tx: Transaction, numbers: Numbers, requests: pl.DataFrame, file: InquiryFile, table: Table
) -> InquiryRow:
    """Record a rendered file and, in the table of its kind, each of its requests."""
    made = record(tx, numbers, requests.height, file)
    shared = {"agency": tx.agency, "inquiry_id": made.inquiry_id, "recorded_at": tx.recorded_at}
    own = [name for name in table.c.keys() if name not in shared]  # noqa: SIM118 - not a mapping
    rows = requests.select(own).iter_rows(named=True)
    tx.connection.execute(insert(table), [shared | row for row in rows])
    return made


def requests_known(
    connection: Connection, agency: str, known_at: datetime, table: Table
) -> pl.DataFrame:
    """Requests of a kind recorded until an instant: the columns of their table, and asked_at."""
    named = [one for one in table.c if one.name not in ("agency", "recorded_at")]
    mine = and_(table.c.agency == agency, table.c.recorded_at <= known_at)
    asked_at = table.c.recorded_at.label("asked_at")
    return read_frame(connection, select(*named, asked_at).where(mine))


def write(
    tx: Transaction, numbers: Numbers, requests: pl.DataFrame, file: InquiryFile
) -> InquiryRow:
    """Record a rendered 270 and its requests (trace_number, person_id, cin, month)."""
    return record_requests(tx, numbers, requests, file, eligibility_requests)


def written(connection: Connection, agency: str) -> list[InquiryRow]:
    """The agency's inquiries in order."""
    columns = [inquiries.c[name] for name in InquiryRow.__dataclass_fields__]
    statement = select(*columns).where(inquiries.c.agency == agency)
    return [InquiryRow(*row) for row in connection.execute(statement.order_by(inquiries.c.ordinal))]


def control_numbers(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """interchange_control_number and group_control_number of each inquiry, as far as known."""
    columns = (inquiries.c.interchange_control_number, inquiries.c.group_control_number)
    mine = and_(inquiries.c.agency == agency, inquiries.c.recorded_at <= known_at)
    return read_frame(connection, select(*columns).where(mine))


def record_replies(tx: Transaction, replies: pl.DataFrame) -> None:
    """Record which answers came: trace_number, file_id, row_number, outcome, reject_codes.

    Answers to what this agency never asked, and ones recorded before, are passed over.
    """
    asked = known(tx.connection, tx.agency, tx.recorded_at).select("trace_number")
    fresh = replies.join(asked, on="trace_number", how="semi")
    if fresh.is_empty():
        return
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    columns = ["trace_number", "file_id", "row_number", "outcome", "reject_codes"]
    rows = fresh.select(columns).to_dicts()
    shared = {"agency": tx.agency, "recorded_at": tx.recorded_at}
    tx.connection.execute(
        dialect.insert(eligibility_replies).on_conflict_do_nothing(),
        [shared | row for row in rows],
    )


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """Requests recorded until an instant, each with its newest reply (null without one).

    trace_number, inquiry_id, person_id, cin, month, asked_at, outcome, reject_codes, replied_at,
    file_id, row_number.
    """
    reply = eligibility_replies.c
    asked = requests_known(connection, agency, known_at, eligibility_requests)
    answered = and_(reply.agency == agency, reply.recorded_at <= known_at)
    replies = read_frame(
        connection,
        select(
            reply.trace_number,
            reply.outcome,
            reply.reject_codes,
            reply.recorded_at.label("replied_at"),
            reply.file_id,
            reply.row_number,
        ).where(answered),
    )
    newest = replies.sort("replied_at", "row_number").unique(
        "trace_number", keep="last", maintain_order=True
    )
    joined = asked.join(newest, on="trace_number", how="left")
    return joined.sort("asked_at", "inquiry_id", "trace_number")
