"""Tables of who and what came in: agencies and their clocks, users, files, runs, audit events."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pipelines.io.ledger.metadata import agency, key, metadata, one_of, required
from pipelines.io.ledger.types import CanonicalJson, UtcTime

FILE_STATES = ("receiving", "accepted", "refused")

agencies = Table(
    "agencies",
    metadata,
    key("agency"),
    required("last_recorded_at", UtcTime),
    Column("last_received_at", UtcTime),
    required("audit_sequence", Integer),
    required("audit_digest", Text),
)

users = Table(
    "users",
    metadata,
    key("user_id"),
    required("rights", CanonicalJson),
    required("is_active", Boolean),
    required("recorded_at", UtcTime),
)

files = Table(
    "files",
    metadata,
    key("file_id", String(16)),
    agency(),
    required("sha256", Text),
    required("ordinal", Integer),
    required("feed", Text),
    required("file_name", Text),
    required("size_bytes", BigInteger),
    required("received_at", UtcTime),
    required("state", Text),
    Column("refusal_code", Text),
    Column("refusal_message", Text),
    Column("mapping_hash", Text),
    Column("row_count", Integer),
    Column("accepted_count", Integer),
    Column("quarantined_count", Integer),
    Column("duplicate_count", Integer),
    required("recorded_at", UtcTime),
    UniqueConstraint("agency", "sha256", "ordinal"),
    UniqueConstraint("agency", "received_at"),
    one_of("state", FILE_STATES),
    CheckConstraint(
        "row_count = accepted_count + quarantined_count + duplicate_count", name="counts"
    ),
)

runs = Table(
    "runs",
    metadata,
    key("run_id"),
    agency(),
    required("as_of", Date),
    required("known_at", UtcTime),
    Column("lake_snapshot", BigInteger),
    required("fingerprint", Text),
    required("is_complete", Boolean),
    required("policy_hash", Text),
    required("codesets_hash", Text),
    required("code_version", Text),
    required("warnings", CanonicalJson),
    required("counts", CanonicalJson),
    required("recorded_at", UtcTime),
    Column("completed_at", UtcTime),
    Column("findings_recorded_at", UtcTime),
    CheckConstraint("NOT is_complete OR lake_snapshot IS NOT NULL", name="snapshot"),
)

audit_events = Table(
    "audit_events",
    metadata,
    agency(is_key=True),
    key("sequence", Integer),
    required("recorded_at", UtcTime),
    required("user_id", Text),
    required("event", Text),
    required("detail", CanonicalJson),
    required("previous_digest", Text),
    required("digest", Text),
)
