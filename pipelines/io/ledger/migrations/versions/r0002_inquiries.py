"""What is asked of the payer about eligibility; its interchanges take control numbers, too."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from pipelines.io.ledger import triggers

revision = "0002"
down_revision = "0001"

_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
_APPEND_ONLY = ("inquiries", "eligibility_requests", "eligibility_replies")


def upgrade() -> None:
    """Make the tables, then open the control numbers to them."""
    _make_inquiries()
    _make_requests()
    _make_replies()
    _open_control_numbers()
    dialect = op.get_bind().dialect.name
    for table in (*_APPEND_ONLY, *(() if dialect == "postgresql" else ("control_numbers",))):
        _keep(dialect, table)


def _keep(dialect: str, table: str) -> None:
    op.execute(triggers.no_update(dialect, table))
    op.execute(triggers.no_delete(dialect, table))
    if dialect == "postgresql":
        op.execute(triggers.no_truncate(table))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, autoincrement=False)


def _of_agency() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["agency"], ["agencies.agency"])


def _make_inquiries() -> None:
    op.create_table(
        "inquiries",
        _text("inquiry_id"),
        _text("agency"),
        _integer("ordinal"),
        _text("usage"),
        _integer("interchange_control_number"),
        _integer("group_control_number"),
        _text("file_name"),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        _text("file_sha256"),
        _integer("request_count"),
        _text("asked_by"),
        sa.Column("recorded_at", _TIME, nullable=False),
        _of_agency(),
        sa.UniqueConstraint("agency", "ordinal"),
        sa.CheckConstraint("usage IN ('T', 'P')", name="usage"),
        sa.PrimaryKeyConstraint("inquiry_id"),
    )


def _make_requests() -> None:
    op.create_table(
        "eligibility_requests",
        *map(_text, ("agency", "trace_number", "inquiry_id", "person_id", "cin", "month")),
        sa.Column("recorded_at", _TIME, nullable=False),
        _of_agency(),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.inquiry_id"]),
        sa.PrimaryKeyConstraint("agency", "trace_number"),
    )
    index = op.f("ix_eligibility_requests_agency_cin_month")
    op.create_index(index, "eligibility_requests", ["agency", "cin", "month"])


def _make_replies() -> None:
    op.create_table(
        "eligibility_replies",
        *map(_text, ("agency", "trace_number", "file_id")),
        _integer("row_number"),
        _text("outcome"),
        sa.Column("recorded_at", _TIME, nullable=False),
        _of_agency(),
        sa.CheckConstraint(
            "outcome IN ('active', 'spend_down', 'inactive', 'rejected', 'unanswered')",
            name="outcome",
        ),
        sa.PrimaryKeyConstraint("agency", "trace_number", "file_id", "row_number"),
    )


def _open_control_numbers() -> None:
    """A number is taken by a batch or by an inquiry. SQLite makes the table anew for that."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    place: dict[str, Any] = {"insert_after": "batch_id"} if is_sqlite else {}
    with op.batch_alter_table("control_numbers") as table:
        table.alter_column("batch_id", existing_type=sa.Text(), nullable=True)
        table.add_column(sa.Column("inquiry_id", sa.Text()), **place)
        table.create_foreign_key(
            "fk_control_numbers_inquiry_id",
            "inquiries",
            ["inquiry_id"],
            ["inquiry_id"],
            deferrable=True,
            initially="DEFERRED",
        )
        table.create_check_constraint("taker", "(batch_id IS NULL) <> (inquiry_id IS NULL)")
