"""A home whose ledger and lake catalog lie in PostgreSQL: the same line, the same results."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.io.home import Home

NOW = "2026-10-31T18:00:00Z"
PLACES = (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, where PostgreSQL is installed."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(path.parent for place in PLACES for path in place.glob("*/bin/initdb"))
    return found[-1] if found else None


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL of its own on loopback: `user@host:port/database`."""
    bin_ = programs()
    if bin_ is None:
        assert not os.environ.get("CI"), "install Debian's postgresql: .ci/run does"
        pytest.skip("PostgreSQL is not installed on this machine; .ci/run installs it")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has 100 characters
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_owner = []
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        shutil.chown(folder, "postgres", "postgres")
        as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def run(*words: str) -> None:
        subprocess.run([*as_owner, *words], check=True, capture_output=True, cwd=folder)

    run(str(bin_ / "initdb"), "-D", f"{folder}/data", "-A", "trust", "-U", "postgres")
    control = (str(bin_ / "pg_ctl"), "-D", f"{folder}/data", "-w")
    run(*control, "-l", f"{folder}/log", "-o", options, "start")
    try:
        yield f"postgres@127.0.0.1:{port}/postgres"
    finally:
        run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder)


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
