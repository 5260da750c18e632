"""The migration makes what the tables say; the database itself keeps keys and rows."""

import logging
import re
import sqlite3
import stat
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledger_staff import NOW
from sqlalchemy import Engine, create_engine

from contracts.errors import UsageError
from pipelines.io.ledger import (
    tables_claims,
    tables_findings,
    tables_inquiries,
    tables_intake,
    tables_receivables,
    tables_work,
)
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.ledger.metadata import metadata
from pipelines.io.ledger.migrate import HEAD

TABLES = (
    tables_claims.batches,
    tables_findings.finding_work,
    tables_inquiries.inquiries,
    tables_intake.files,
    tables_receivables.disputes,
    tables_work.decisions,
)


def stored_sql(engine: Engine) -> dict[str, list[str]]:
    """Each table's and index's DDL as SQLite keeps it, clause by clause, in any order."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL "
            "AND type <> 'trigger' AND name <> 'alembic_version'"
        )
        # A table that a migration made anew has its name in quotes.
        return {name: sorted(re.split(r",?\s*\n\s*", sql.replace('"', ""))) for name, sql in found}


def test_the_migrated_tables_are_the_declared_tables(ledger: Ledger) -> None:
    assert set(TABLES) <= set(metadata.tables.values())
    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_so_are_their_checks_and_partial_keys_which_alembic_does_not_compare(
    ledger: Ledger,
) -> None:
    declared = create_engine("sqlite://")
    metadata.create_all(declared)
    assert stored_sql(ledger.engine) == stored_sql(declared)


def test_the_version_that_the_program_wants_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "pipelines.io.ledger:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_upgrading_twice_changes_nothing_and_sets_no_logging(ledger_url: str) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").level)
    first = Ledger.create_or_upgrade(ledger_url, now=NOW)
    second = Ledger.create_or_upgrade(ledger_url, now=NOW)
    assert stored_sql(first.engine) == stored_sql(second.engine)
    assert (root.level, list(root.handlers), logging.getLogger("alembic").level) == before


def test_the_file_is_the_owners_alone_and_safe_against_power_loss(
    ledger_url: str, tmp_path: Path
) -> None:
    made = Ledger.create_or_upgrade(ledger_url, now=NOW)
    with made.write("34", "init") as tx:
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        pragmas = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


@pytest.mark.parametrize(
    ("revision", "code", "remedy"),
    [
        ("0000", "ledger_older", "reentry init HOME"),
        ("0009", "ledger_newer", "Install the version"),
    ],
)
def test_a_ledger_of_another_version_is_refused(
    ledger_url: str, tmp_path: Path, revision: str, code: str, remedy: str
) -> None:
    Ledger.create_or_upgrade(ledger_url, now=NOW).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    with pytest.raises(UsageError, match=remedy) as caught:
        Ledger.open(ledger_url, now=NOW)
    assert caught.value.code == code


def test_upgrading_refuses_a_newer_ledger_too(ledger_url: str, tmp_path: Path) -> None:
    Ledger.create_or_upgrade(ledger_url, now=NOW).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '0009'")
    with pytest.raises(UsageError, match="Install the version"):
        Ledger.create_or_upgrade(ledger_url, now=NOW)


def test_opening_a_ledger_that_is_not_there_makes_none(ledger_url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reentry init HOME"):
        Ledger.open(ledger_url, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_older(ledger_url: str, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    with pytest.raises(UsageError, match="version none"):
        Ledger.open(ledger_url, now=NOW)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/x", "ledger.db"])
def test_only_a_sqlite_file_or_postgresql_is_a_ledger(url: str) -> None:
    with pytest.raises(UsageError, match=r"reentry\.toml"):
        Ledger.open(url, now=NOW)


def test_now_needs_a_zone(ledger_url: str) -> None:
    with pytest.raises(UsageError, match="time zone"):
        Ledger.create_or_upgrade(ledger_url, now=datetime(2026, 10, 1))  # noqa: DTZ001


def test_a_ledger_of_the_first_version_keeps_its_numbers_and_their_triggers(
    ledger_url: str, tmp_path: Path
) -> None:
    """Control numbers given before inquiries existed stay given."""
    config = Config()
    config.set_main_option("script_location", "pipelines.io.ledger:migrations")
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    rows = """
        INSERT INTO agencies VALUES ('34', 'x', NULL, 0, 'x');
        INSERT INTO batches (batch_id, agency, ordinal, state, usage, claim_form, route,
            proposed_by, proposed_at, claim_count, charge_amount)
            VALUES ('b', '34', 1, 'sent', 'T', 'professional', 'r', 'u', 'x', 0, 0);
        INSERT INTO control_numbers VALUES ('34', 'group', 7, 'b', 'x');"""
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw, raw:
        raw.executescript(rows)
    Ledger.create_or_upgrade(ledger_url, now=NOW).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        kept = raw.execute("SELECT * FROM control_numbers").fetchall()
        assert kept == [("34", "group", 7, "b", None, "x")]
        with pytest.raises(sqlite3.IntegrityError, match="keeps its rows"):
            raw.execute("DELETE FROM control_numbers")
