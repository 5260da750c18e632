"""Tables of what goes out: control numbers, batches with their frozen claims, submissions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from pipelines.io.ledger.metadata import agency, key, metadata, one_of, required
from pipelines.io.ledger.types import Cents, UtcTime

BATCH_STATES = ("proposed", "approved", "writing", "written", "sent", "withdrawn")
SUBMISSION_STATES = ("written", "sent", "withdrawn")
CONTROL_KINDS = ("interchange", "group")

batches = Table(
    "batches",
    metadata,
    key("batch_id"),
    agency(),
    required("ordinal", Integer),
    required("state", Text),
    required("usage", Text),
    required("claim_form", Text),
    required("route", Text),
    required("proposed_by", Text),
    required("proposed_at", UtcTime),
    Column("approved_by", Text),
    Column("approved_at", UtcTime),
    Column("created_at", UtcTime),
    Column("interchange_control_number", Integer),
    Column("group_control_number", Integer),
    Column("written_at", UtcTime),
    Column("file_name", Text),
    Column("file_size", BigInteger),
    Column("file_sha256", Text),
    required("claim_count", Integer),
    required("charge_amount", Cents),
    Column("sent_at", UtcTime),
    Column("sent_by", Text),
    Column("withdrawn_at", UtcTime),
    Column("withdrawn_by", Text),
    Column("withdraw_reason", Text),
    UniqueConstraint("agency", "ordinal"),
    one_of("state", BATCH_STATES),
    one_of("usage", ("T", "P")),
)

control_numbers = Table(
    "control_numbers",
    metadata,
    agency(is_key=True),
    key("kind"),
    key("number", Integer),
    Column("batch_id", Text, ForeignKey("batches.batch_id")),
    # An inquiry is written with its numbers, in one transaction.
    Column(
        "inquiry_id",
        Text,
        ForeignKey("inquiries.inquiry_id", deferrable=True, initially="DEFERRED"),
    ),
    required("recorded_at", UtcTime),
    one_of("kind", CONTROL_KINDS),
    CheckConstraint("number BETWEEN 1 AND 999999999", name="number"),
    CheckConstraint("(batch_id IS NULL) <> (inquiry_id IS NULL)", name="taker"),
)

# A claim-level change replaces each line by a submission of its own: `part` numbers them within
# the batch. Every entry has a part 1, so the open index admits a claim to one open batch only.
batch_claims = Table(
    "batch_claims",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True),
    key("claim_id"),
    key("part", Integer),
    required("position", Integer),
    agency(),
    required("submission_number", Integer),
    required("patient_control_number", Text),
    required("frequency_code", Text),
    Column("replaces_submission_id", Text, ForeignKey("submissions.submission_id")),
    required("content", Text),
    required("content_hash", Text),
    required("row_hash", Text),
    required("charge_amount", Cents),
    required("is_open", Boolean),
    Column("left_reason", Text),
    Column("closed_at", UtcTime),
    UniqueConstraint("batch_id", "position"),
    CheckConstraint("part >= 1", name="part"),
    CheckConstraint("is_open = (closed_at IS NULL)", name="closed"),
    Index(
        "uq_batch_claims_open_claim",
        "agency",
        "claim_id",
        "part",
        unique=True,
        sqlite_where=text("is_open"),
        postgresql_where=text("is_open"),
    ),
    Index(
        "uq_batch_claims_open_number",
        "agency",
        "patient_control_number",
        unique=True,
        sqlite_where=text("is_open"),
        postgresql_where=text("is_open"),
    ),
)

claim_lines = Table(
    "claim_lines",
    metadata,
    agency(is_key=True),
    key("source_system"),
    key("encounter_id"),
    key("line_number", Integer),
    required("claim_id", Text),
    required("line_ordinal", Integer),
    required("recorded_at", UtcTime),
    Index(None, "agency", "claim_id"),
)

submissions = Table(
    "submissions",
    metadata,
    key("submission_id"),
    agency(),
    required("claim_id", Text),
    required("submission_number", Integer),
    required("patient_control_number", Text),
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False, index=True),
    required("usage", Text),
    required("claim_form", Text),
    required("frequency_code", Text),
    required("content_hash", Text),
    required("row_hash", Text),
    required("charge_amount", Cents),
    required("state", Text),
    required("interchange_control_number", Integer),
    required("group_control_number", Integer),
    required("set_control_number", Text),
    required("set_position", Integer),
    Column("replaces_submission_id", Text, ForeignKey("submissions.submission_id")),
    required("created_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("withdrawn_at", UtcTime),
    required("recorded_at", UtcTime),
    UniqueConstraint("agency", "patient_control_number"),
    UniqueConstraint("agency", "claim_id", "submission_number"),
    UniqueConstraint(
        "agency",
        "interchange_control_number",
        "group_control_number",
        "set_control_number",
        "set_position",
        name="uq_submissions_place",
    ),
    one_of("state", SUBMISSION_STATES),
)

# Where the claim stands in its set, ST = 1, as a 999 counts: faults are told by position.
submission_places = Table(
    "submission_places",
    metadata,
    Column("submission_id", Text, ForeignKey("submissions.submission_id"), primary_key=True),
    required("first_segment", Integer),
    required("last_segment", Integer),
)

submission_lines = Table(
    "submission_lines",
    metadata,
    agency(is_key=True),
    key("patient_control_number"),
    key("line_ordinal", Integer),
    required("source_system", Text),
    required("encounter_id", Text),
    required("line_number", Integer),
    required("charge_amount", Cents),
)
