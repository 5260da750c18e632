"""An outbox's life, an inbox's lake opened once, and a PostgreSQL of the tests' own, for what must
hold there as it does in SQLite.
"""

import logging
import os
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from inbox_life import AGENCY, LAKES
from outbox_life import Life, a_ledger

from pipelines.io import gate
from pipelines.io.home import Home
from pipelines.io.outbox import refusals
from pipelines.io.workspace import open_lake

PLACES = (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, where PostgreSQL is installed."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(path.parent for place in PLACES for path in place.glob("*/bin/initdb"))
    return found[-1] if found else None


@pytest.fixture
def lake_opened_once(home: Home) -> Iterator[None]:
    """For the inbox of this home: to open a lake costs more than all the rest."""
    with open_lake(home, AGENCY) as LAKES[home.root]:
        yield
    del LAKES[home.root]


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


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    ledger = a_ledger(tmp_path)
    yield Life(ledger, tmp_path)
    ledger.close()


@pytest.fixture
def gate_in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same pyx12, without the second that a process of its own takes to begin."""
    monkeypatch.setattr(refusals, "check_837", lambda paths: [gate._check(path) for path in paths])
    with warnings.catch_warnings():
        yield
    logging.disable(logging.NOTSET)
