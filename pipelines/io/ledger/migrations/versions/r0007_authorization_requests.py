"""Orders that the payer was asked to authorize (278): each under a trace number of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from pipelines.io.ledger import triggers

revision = "0007"
down_revision = "0006"

_TABLE = "authorization_requests"
_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_TEXTS = ("agency", "trace_number", "inquiry_id", "order_id", "person_id")


def upgrade() -> None:
    """Make the table and keep its rows."""
    op.create_table(
        _TABLE,
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agencies.agency"]),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.inquiry_id"]),
        sa.PrimaryKeyConstraint("agency", "trace_number"),
    )
    op.create_index(
        op.f("ix_authorization_requests_agency_order_id"), _TABLE, ["agency", "order_id"]
    )
    dialect = op.get_bind().dialect.name
    op.execute(triggers.no_update(dialect, _TABLE))
    op.execute(triggers.no_delete(dialect, _TABLE))
    if dialect == "postgresql":
        op.execute(triggers.no_truncate(_TABLE))
