"""Where each submission's claim stands in its set, by segment: faults are told by position."""

import sqlalchemy as sa
from alembic import op

from pipelines.io.ledger import triggers

revision = "0005"
down_revision = "0004"

_TABLE = "submission_places"


def upgrade() -> None:
    """Make the table and keep its rows. Submissions written before have no row."""
    op.create_table(
        _TABLE,
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("first_segment", sa.Integer(), nullable=False),
        sa.Column("last_segment", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.submission_id"]),
        sa.PrimaryKeyConstraint("submission_id"),
    )
    dialect = op.get_bind().dialect.name
    op.execute(triggers.no_update(dialect, _TABLE))
    op.execute(triggers.no_delete(dialect, _TABLE))
    if dialect == "postgresql":
        op.execute(triggers.no_truncate(_TABLE))
