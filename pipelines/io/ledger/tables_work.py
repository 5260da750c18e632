"""Tables of people's work: findings' lives, worklists issued, decisions, publications."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from pipelines.io.ledger.metadata import agency, key, metadata, one_of, required
from pipelines.io.ledger.types import CanonicalJson, Cents, UtcTime

FINDING_CHANGES = ("opened", "closed")
DECISION_SUBJECTS = ("encounter", "claim", "denial", "bundle")

finding_events = Table(
    "finding_events",
    metadata,
    agency(is_key=True),
    key("finding_id"),
    key("recorded_at", UtcTime),
    required("event", Text),
    required("edit_id", Text),
    required("category", Text),
    required("severity", Text),
    Column("amount", Cents),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False),
    required("as_of", Date),
    one_of("event", FINDING_CHANGES),
)

worklist_issues = Table(
    "worklist_issues",
    metadata,
    key("issue_id"),
    agency(),
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=False),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False),
    required("recorded_at", UtcTime),
    UniqueConstraint("agency", "issue_id"),
)

decisions = Table(
    "decisions",
    metadata,
    agency(is_key=True),
    key("decision_id"),
    Column("issue_id", Text),
    required("subject", Text),
    required("subject_id", Text),
    required("action", Text),
    Column("field", Text),
    Column("value", Text),
    required("reason", Text),
    Column("decided_by", Text, ForeignKey("users.user_id"), nullable=False),
    required("decided_at", UtcTime),
    required("seen_version", Text),
    required("recorded_at", UtcTime),
    ForeignKeyConstraint(
        ["agency", "issue_id"],
        ["worklist_issues.agency", "worklist_issues.issue_id"],
        name="fk_decisions_issue",
    ),
    one_of("subject", DECISION_SUBJECTS),
    Index(None, "agency", "subject", "subject_id"),
)

publications = Table(
    "publications",
    metadata,
    key("publication_id"),
    agency(),
    required("report", Text),
    required("form", Text),
    required("period", Text),
    required("manifest", CanonicalJson),
    required("sha256", Text),
    required("published_by", Text),
    required("recorded_at", UtcTime),
    one_of("form", ("operational", "public")),
)
