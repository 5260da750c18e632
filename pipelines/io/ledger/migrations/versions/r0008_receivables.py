"""Disputes of denials with what became of them, and months that were closed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from pipelines.io.ledger import triggers

revision = "0008"
down_revision = "0007"

_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the three tables and keep their rows."""
    _make_disputes()
    _make_dispute_events()
    _make_month_closes()
    dialect = op.get_bind().dialect.name
    for table in ("disputes", "dispute_events", "month_closes"):
        op.execute(triggers.no_update(dialect, table))
        op.execute(triggers.no_delete(dialect, table))
        if dialect == "postgresql":
            op.execute(triggers.no_truncate(table))


def _column(kind: type[sa.types.TypeEngine[Any]], *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind(), nullable=False) for name in names]


def _recorded_at() -> sa.Column[Any]:
    return sa.Column("recorded_at", _TIME, nullable=False)


def _make_disputes() -> None:
    op.create_table(
        "disputes",
        *_column(sa.Text, "agency", "dispute_id", "denial_id", "claim_id", "submission_id"),
        *_column(sa.Integer, "line_ordinal"),
        *_column(sa.Text, "kind"),
        *_column(sa.BigInteger, "amount"),
        *_column(sa.Date, "remitted_on", "deadline_on"),
        _recorded_at(),
        sa.ForeignKeyConstraint(["agency"], ["agencies.agency"]),
        sa.ForeignKeyConstraint(
            ["agency", "dispute_id"],
            ["decisions.agency", "decisions.decision_id"],
            name="fk_disputes_decision",
        ),
        sa.CheckConstraint("kind IN ('inquiry', 'appeal')", name="kind"),
        sa.PrimaryKeyConstraint("agency", "dispute_id"),
    )
    op.create_index(op.f("ix_disputes_agency_claim_id"), "disputes", ["agency", "claim_id"])


def _make_dispute_events() -> None:
    events = "'sent', 'acknowledged', 'answered', 'upheld', 'overturned', 'withdrawn'"
    op.create_table(
        "dispute_events",
        *_column(sa.Text, "agency", "dispute_id"),
        _recorded_at(),
        *_column(sa.Text, "event"),
        *_column(sa.Date, "occurred_on"),
        sa.Column("reference", sa.Text()),
        sa.Column("note", sa.Text()),
        *_column(sa.Text, "recorded_by"),
        sa.ForeignKeyConstraint(["agency"], ["agencies.agency"]),
        sa.ForeignKeyConstraint(
            ["agency", "dispute_id"],
            ["disputes.agency", "disputes.dispute_id"],
            name="fk_dispute_events_dispute",
        ),
        sa.CheckConstraint(f"event IN ({events})", name="event"),
        sa.PrimaryKeyConstraint("agency", "dispute_id", "recorded_at"),
    )


def _make_month_closes() -> None:
    op.create_table(
        "month_closes",
        *_column(sa.Text, "agency", "month"),
        *_column(sa.Integer, "ordinal"),
        *_column(sa.Text, "run_id", "figures", "figures_sha256", "manifest", "closed_by"),
        sa.Column("reason", sa.Text()),
        _recorded_at(),
        sa.ForeignKeyConstraint(["agency"], ["agencies.agency"]),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"]),
        sa.CheckConstraint("ordinal = 1 OR reason IS NOT NULL", name="reopened"),
        sa.PrimaryKeyConstraint("agency", "month", "ordinal"),
    )
