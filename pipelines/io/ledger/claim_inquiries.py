"""Which claims the payer was asked about (276), and when. Its answers (277) are facts in the lake.

Files, control numbers and trace numbers of inquiries are in `inquiries`.
"""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, select

from pipelines.io.ledger.frames import read_frame
from pipelines.io.ledger.inquiries import (
    InquiryFile,
    InquiryRow,
    Numbers,
    record_requests,
    requests_known,
)
from pipelines.io.ledger.submissions import with_claims
from pipelines.io.ledger.tables_claims import batch_claims, submissions
from pipelines.io.ledger.tables_inquiries import claim_inquiries
from pipelines.io.ledger.transaction import Transaction

KIND = "276"


def write(
    tx: Transaction, numbers: Numbers, requests: pl.DataFrame, file: InquiryFile
) -> InquiryRow:
    """Record a rendered file and its requests (trace_number, claim_id, patient_control_number)."""
    return record_requests(tx, numbers, requests, file, claim_inquiries)


def known(connection: Connection, agency: str, known_at: datetime) -> pl.DataFrame:
    """trace_number, inquiry_id, claim_id, patient_control_number, asked_at, as far as known."""
    return requests_known(connection, agency, known_at, claim_inquiries)


def frozen(connection: Connection, agency: str, numbers: list[str]) -> pl.DataFrame:
    """patient_control_number, claim_id, charge_amount and content of submissions as they went."""
    told = ("patient_control_number", "claim_id", "charge_amount")
    chosen = select(*(submissions.c[name] for name in told), batch_claims.c.content)
    return read_frame(
        connection,
        with_claims(chosen).where(
            submissions.c.agency == agency, submissions.c.patient_control_number.in_(numbers)
        ),
    )
