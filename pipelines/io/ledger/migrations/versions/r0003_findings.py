"""What each finding is of, and what people do about it: assignments and notes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from pipelines.io.ledger import triggers

revision = "0003"
down_revision = "0002"

_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the two tables and keep their rows."""
    _make_subjects()
    _make_work()
    dialect = op.get_bind().dialect.name
    for table in ("finding_subjects", "finding_work"):
        op.execute(triggers.no_update(dialect, table))
        op.execute(triggers.no_delete(dialect, table))
        if dialect == "postgresql":
            op.execute(triggers.no_truncate(table))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _make_subjects() -> None:
    op.create_table(
        "finding_subjects",
        *map(_text, ("agency", "finding_id", "edit_id", "subject", "subject_id")),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agencies.agency"]),
        sa.PrimaryKeyConstraint("agency", "finding_id"),
    )


def _make_work() -> None:
    op.create_table(
        "finding_work",
        *map(_text, ("agency", "finding_id")),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("assignee", sa.Text()),
        sa.Column("note", sa.Text()),
        _text("recorded_by"),
        sa.ForeignKeyConstraint(["agency"], ["agencies.agency"]),
        sa.ForeignKeyConstraint(["assignee"], ["users.user_id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.user_id"]),
        sa.CheckConstraint("assignee IS NOT NULL OR note IS NOT NULL", name="content"),
        sa.PrimaryKeyConstraint("agency", "finding_id", "recorded_at"),
    )
