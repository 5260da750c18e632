"""Claims that the payer was asked about (276): each under a trace number that comes back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from pipelines.io.ledger import triggers

revision = "0006"
down_revision = "0005"

_TABLE = "claim_inquiries"
_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_TEXTS = ("agency", "trace_number", "inquiry_id", "claim_id", "patient_control_number")


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
    index = op.f("ix_claim_inquiries_agency_patient_control_number")
    op.create_index(index, _TABLE, ["agency", "patient_control_number"])
    dialect = op.get_bind().dialect.name
    op.execute(triggers.no_update(dialect, _TABLE))
    op.execute(triggers.no_delete(dialect, _TABLE))
    if dialect == "postgresql":
        op.execute(triggers.no_truncate(_TABLE))
