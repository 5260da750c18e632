"""DDL of the triggers that keep written rows as they are, for SQLite and PostgreSQL.

Which tables and columns are kept so is told by the migration that makes them.
"""

from collections.abc import Sequence

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_keeps_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% keeps its rows as they are', TG_TABLE_NAME; END $$
"""


def no_update(dialect: str, table: str, columns: Sequence[str] = ()) -> str:
    """A trigger that refuses to change a row, or these columns of it."""
    scope = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    return _trigger(dialect, table, "no_update", scope)


def no_delete(dialect: str, table: str) -> str:
    """A trigger that refuses to remove a row."""
    return _trigger(dialect, table, "no_delete", "DELETE")


def no_truncate(table: str) -> str:
    """PostgreSQL's third way to lose rows, which row triggers do not see."""
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_keeps_row()"
    )


def _trigger(dialect: str, table: str, name: str, scope: str) -> str:
    start = f"CREATE TRIGGER {table}_{name} BEFORE {scope} ON {table} FOR EACH ROW"
    if dialect == "postgresql":
        return f"{start} EXECUTE FUNCTION ledger_keeps_row()"
    return f"{start} BEGIN SELECT RAISE(ABORT, '{table} keeps its rows as they are'); END"
