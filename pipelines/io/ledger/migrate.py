"""Bringing a ledger's tables to this version, and refusing any other version's.

The steps themselves are in `migrations/versions/`.
"""

from sqlalchemy import Connection, inspect, text

from contracts.errors import UsageError

HEAD = "0008"
_LOCK = 7_733_839


def upgrade(connection: Connection) -> None:
    """Run what is missing, inside the caller's transaction.

    Raises:
        UsageError: when the ledger is newer than this version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _refuse_newer(revision(connection))
    from alembic import command  # noqa: PLC0415 -- a third of a second that only init spends
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "pipelines.io.ledger:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """The version of a ledger's tables; None for a database without them."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def require_current(connection: Connection) -> None:
    """Pass only a ledger with this version's tables.

    Raises:
        UsageError: when it is older or newer.
    """
    found = revision(connection)
    _refuse_newer(found)
    if found != HEAD:
        raise UsageError(
            "ledger_older",
            f"the ledger's tables are version {found or 'none'}, this program needs {HEAD}. "
            "Run reentry init HOME: it upgrades them.",
        )


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > HEAD:
        raise UsageError(
            "ledger_newer",
            f"the ledger's tables are version {found}, this program knows {HEAD}. "
            "Install the version of reentry-ledger that wrote them.",
        )
