"""Which orders the payer was asked to authorize (278), and when. Its answers are facts in the lake.

Files, control numbers and trace numbers of inquiries are in `inquiries`.
"""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from pipelines.io.ledger.inquiries import (
    InquiryFile,
    InquiryRow,
    Numbers,
    record_requests,
    requests_known,
)
from pipelines.io.ledger.tables_inquiries import authorization_requests
from pipelines.io.ledger.transaction import Transaction

KIND = "278"


def write(
    tx: Transaction, numbers: Numbers, requests: pl.DataFrame, file: InquiryFile
) -> InquiryRow:
    """Record a rendered file and its requests (trace_number, order_id, person_id)."""
    return record_requests(tx, numbers, requests, file, authorization_requests)


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """trace_number, inquiry_id, order_id, person_id, asked_at, as far as known."""
    return requests_known(connection, agency, known_at, authorization_requests)
