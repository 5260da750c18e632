"""Why the payer rejected a request: the codes beside the outcome of its reply."""

import sqlalchemy as sa
from alembic import op

from pipelines.io.ledger import triggers

revision = "0004"
down_revision = "0003"

_TABLE = "eligibility_replies"


def upgrade() -> None:
    """Replies recorded before have none. SQLite makes the table anew, without its triggers."""
    dialect = op.get_bind().dialect.name
    with op.batch_alter_table(_TABLE, recreate="auto" if _alters(dialect) else "always") as table:
        table.add_column(sa.Column("reject_codes", sa.Text()))
    if not _alters(dialect):
        op.execute(triggers.no_update(dialect, _TABLE))
        op.execute(triggers.no_delete(dialect, _TABLE))


def _alters(dialect: str) -> bool:
    return dialect == "postgresql"
