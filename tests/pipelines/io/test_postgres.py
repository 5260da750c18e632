"""A home whose ledger and lake catalog lie in PostgreSQL: the same line, the same results."""

import json
import os
import subprocess
import sys
from pathlib import Path

from typed_commands import typed

from pipelines.io.home import Home

NOW = "2026-10-31T18:00:00Z"


def reentry(home: Path, user: str, *words: str) -> str:
    """A command that must succeed."""
    told = typed(home, *words, "--now", NOW, "--user", user)
    assert told.exit_code == 0, told
    return told.out


def run(home: Path) -> None:
    """In a process of its own: one process knows the agencies of one home."""
    words = ("run", "--now", NOW, "--user", "biller")
    subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *words],
        env=os.environ | {"REENTRY_HOME": str(home)}, check=True, capture_output=True,
    )  # fmt: skip


def through_the_line(root: Path, agency: str, server: str | None) -> dict[str, object]:
    """A small county from files to a written batch; its claims and what verification says."""
    home = Home.init(root, agency, "58", sandbox=True)
    if server is not None:
        text = home.settings_path.read_text()
        places = f'[ledger]\nurl = "postgresql+psycopg://{server}"\n'
        places += f'[lake]\ncatalog_url = "postgresql://{server}"\n'
        home.settings_path.write_text(text.replace("[agency.", places + "[agency.", 1))
    reentry(root, "biller", "init", str(root))
    reentry(root, "biller", "users", "set", "boss", "--right", "approve")
    reentry(root, "biller", "generate", "--stays", "40", "--seed", "3", "--fault-rate", "0")
    run(root)
    (batch,) = json.loads(reentry(root, "biller", "batch", "propose", "--json"))
    reentry(root, "boss", "batch", "approve", batch["batch_id"])
    reentry(root, "biller", "batch", "write", batch["batch_id"])
    claims = json.loads(reentry(root, "biller", "claims", "--json"))
    checks = json.loads(reentry(root, "biller", "verify", "--json"))
    assert all(check["holds"] for check in checks)
    return {claim["patient_control_number"]: claim["charge_amount"] for claim in claims}


def test_postgresql_gives_the_claims_that_sqlite_gives(tmp_path: Path, server: str) -> None:
    in_files = through_the_line(tmp_path / "files", "a-b_1", None)
    in_server = through_the_line(tmp_path / "server", "a-b_1", server)
    assert in_files
    assert in_server == in_files
    assert not list((tmp_path / "server").rglob("catalog.db"))
    assert not (tmp_path / "server" / "ledger.db").exists()
