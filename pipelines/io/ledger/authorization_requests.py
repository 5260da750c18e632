"""Which orders the payer was asked to authorize (278), and when. Its answers are facts in the lake.

Files, control numbers and trace numbers of inquiries are in `inquiries`.
"""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, and_, insert, select

from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.inquiries import InquiryFile, InquiryRow, Numbers, record
from pipelines.io.ledger.tables_inquiries import authorization_requests
from pipelines.io.ledger.transaction import Transaction

KIND = "278"
_REQUEST = ("trace_number", "order_id", "person_id")


def write(
    tx: Transaction, numbers: Numbers, requests: pl.DataFrame, file: InquiryFile
) -> InquiryRow:
    """Record a rendered file and its requests (trace_number, order_id, person_id)."""
    made = record(tx, numbers, requests.height, file)
    shared = {"agency": tx.agency, "inquiry_id": made.inquiry_id, "recorded_at": tx.recorded_at}
    rows = requests.select(_REQUEST).iter_rows(named=True)
    tx.connection.execute(insert(authorization_requests), [shared | row for row in rows])
    return made


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """trace_number, inquiry_id, order_id, person_id, asked_at, as far as known."""
    asked = authorization_requests.c
    columns = (asked.trace_number, asked.inquiry_id, asked.order_id, asked.person_id)
    mine = and_(asked.agency == agency, asked.recorded_at <= known_at)
    return read_frame(connection, select(*columns, asked.recorded_at.label("asked_at")).where(mine))
