"""A home whose ledger and lake catalog lie in PostgreSQL: the same line, the same results."""

import json
import os
import subprocess
import sys
from pathlib import Path

from pipelines.io.home import Home

NOW = "2026-10-31T18:00:00Z"


def reentry(home: Path, user: str, *words: str) -> str:
    """A command, as a person would type it."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *words, "--now", NOW, "--user", user],
        env=os.environ | {"REENTRY_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    reentry(root, "biller", "run")
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
