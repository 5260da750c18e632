"""Tables beside the findings' lives: what each finding is of, and what people do about it."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text

from pipelines.io.ledger.metadata import agency, key, metadata, required
from pipelines.io.ledger.types import UtcTime

# A finding's id is a digest of its edit and subject: once told, it stays so for ever.
finding_subjects = Table(
    "finding_subjects",
    metadata,
    agency(is_key=True),
    key("finding_id"),
    required("edit_id", Text),
    required("subject", Text),
    required("subject_id", Text),
    required("recorded_at", UtcTime),
)

# A row holds an assignment, a note, or both. The newest assignment counts; no row is ever changed.
finding_work = Table(
    "finding_work",
    metadata,
    agency(is_key=True),
    key("finding_id"),
    key("recorded_at", UtcTime),
    Column("assignee", Text, ForeignKey("users.user_id")),
    Column("note", Text),
    Column("recorded_by", Text, ForeignKey("users.user_id"), nullable=False),
    CheckConstraint("assignee IS NOT NULL OR note IS NOT NULL", name="content"),
)
