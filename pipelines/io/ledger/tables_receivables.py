"""Tables of money that is argued about or counted: disputes with their events, months closed."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
)

from contracts.disputes import EVENTS, KINDS
from pipelines.io.ledger.metadata import agency, key, metadata, one_of, required
from pipelines.io.ledger.types import CanonicalJson, Cents, UtcTime

# What was disputed as it was then: of a denial that was overturned nothing is left in the lake.
disputes = Table(
    "disputes",
    metadata,
    agency(is_key=True),
    key("dispute_id"),
    required("denial_id", Text),
    required("claim_id", Text),
    required("submission_id", Text),
    required("line_ordinal", Integer),
    required("kind", Text),
    required("amount", Cents),
    required("remitted_on", Date),
    required("deadline_on", Date),
    required("recorded_at", UtcTime),
    ForeignKeyConstraint(
        ["agency", "dispute_id"],
        ["decisions.agency", "decisions.decision_id"],
        name="fk_disputes_decision",
    ),
    one_of("kind", KINDS),
    Index(None, "agency", "claim_id"),
)

dispute_events = Table(
    "dispute_events",
    metadata,
    agency(is_key=True),
    key("dispute_id"),
    key("recorded_at", UtcTime),
    required("event", Text),
    required("occurred_on", Date),
    Column("reference", Text),  # the payer's number of the dispute, or the post's
    Column("note", Text),
    required("recorded_by", Text),
    ForeignKeyConstraint(
        ["agency", "dispute_id"],
        ["disputes.agency", "disputes.dispute_id"],
        name="fk_dispute_events_dispute",
    ),
    one_of("event", EVENTS),
)

month_closes = Table(
    "month_closes",
    metadata,
    agency(is_key=True),
    key("month"),
    key("ordinal", Integer),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False),
    required("figures", CanonicalJson),
    required("figures_sha256", Text),
    required("manifest", CanonicalJson),
    required("closed_by", Text),
    Column("reason", Text),  # why a closed month was closed again
    required("recorded_at", UtcTime),
    CheckConstraint("ordinal = 1 OR reason IS NOT NULL", name="reopened"),
)
