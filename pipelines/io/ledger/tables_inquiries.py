"""Tables of what is asked of the payer, 270 and 276 files with their requests, and of replies."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from pipelines.io.ledger.metadata import agency, key, metadata, one_of, required
from pipelines.io.ledger.types import UtcTime

OUTCOMES = ("active", "spend_down", "inactive", "rejected", "unanswered")

inquiries = Table(
    "inquiries",
    metadata,
    key("inquiry_id"),
    agency(),
    required("ordinal", Integer),
    required("usage", Text),
    required("interchange_control_number", Integer),
    required("group_control_number", Integer),
    required("file_name", Text),
    required("file_size", BigInteger),
    required("file_sha256", Text),
    required("request_count", Integer),
    required("asked_by", Text),
    required("recorded_at", UtcTime),
    UniqueConstraint("agency", "ordinal"),
    one_of("usage", ("T", "P")),
)

eligibility_requests = Table(
    "eligibility_requests",
    metadata,
    agency(is_key=True),
    key("trace_number"),
    Column("inquiry_id", Text, ForeignKey("inquiries.inquiry_id"), nullable=False),
    required("person_id", Text),
    required("cin", Text),
    required("month", Text),
    required("recorded_at", UtcTime),
    Index(None, "agency", "cin", "month"),
)

claim_inquiries = Table(
    "claim_inquiries",
    metadata,
    agency(is_key=True),
    key("trace_number"),
    Column("inquiry_id", Text, ForeignKey("inquiries.inquiry_id"), nullable=False),
    required("claim_id", Text),
    required("patient_control_number", Text),
    required("recorded_at", UtcTime),
    Index(None, "agency", "patient_control_number"),
)

authorization_requests = Table(
    "authorization_requests",
    metadata,
    agency(is_key=True),
    key("trace_number"),
    Column("inquiry_id", Text, ForeignKey("inquiries.inquiry_id"), nullable=False),
    required("order_id", Text),
    required("person_id", Text),
    required("recorded_at", UtcTime),
    Index(None, "agency", "order_id"),
)

# Several answers may come to one request; each is kept, and none is expected to have been asked.
eligibility_replies = Table(
    "eligibility_replies",
    metadata,
    agency(is_key=True),
    key("trace_number"),
    key("file_id"),
    key("row_number", Integer),
    required("outcome", Text),
    required("recorded_at", UtcTime),
    Column("reject_codes", Text),  # AAA03, joined by |
    one_of("outcome", OUTCOMES),
)
