"""Stories: what the tests of the whole line share. Homes made through the front door, and what a
home holds once it has been used.
"""

import fcntl
import hashlib
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from typed_commands import Told, typed

import pipelines.defs.gathered  # noqa: F401 - partitions are read once: before a home is named
from contracts.derived import DERIVED
from pipelines.io.home import Home
from pipelines.io.lake import Lake
from pipelines.io.ledger import runs
from pipelines.io.workspace import EVER, Workspace, open_lake
from pipelines.partitions import HOME_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
AGENCY, BILLER, APPROVER = "demo", "biller", "approver"
NOW = "2026-10-31T18:00:00Z"
STAYS = 120  # the fewest that hold every kind of fault
# A name with a typographic apostrophe, accents and a letter that no accent leads back to ASCII.
WRITTEN_NAME, WIRE_NAME = "O\u2019B\u00e9\u0142a\u00f1o", "O'BELANO"
UNWRITABLE_NAME = (
    "\u0418\u0432\u0430\u043d\u043e\u0432\u0430"  # of a script that X12 does not carry
)
RENAMED_PEOPLE = 12


def words_of(home: Path, words: tuple[str, ...], user: str, now: str) -> list[str]:
    return [*words, "--home", str(home), "--user", user, "--now", now]


def reentry(home: Path, *words: str, user: str = BILLER, now: str = NOW) -> Told:
    """Run a command of a home in this process."""
    return typed(home, *words_of(home, words, user, now))


def done(home: Path, *words: str, user: str = BILLER, now: str = NOW) -> Any:
    """The JSON of a command that must succeed."""
    told = reentry(home, *words, "--json", user=user, now=now)
    assert told.exit_code == 0, told
    return told.json


def spawned(home: Path, *words: str, user: str = BILLER, now: str = NOW) -> subprocess.Popen[str]:
    """A command in a process of its own, leader of its group."""
    named = os.environ | {HOME_VARIABLE: str(home), "COLUMNS": "200"}
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *words_of(home, words, user, now)],
        cwd=ROOT, env=named, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(process: subprocess.Popen[str]) -> Told:
    out, err = process.communicate(timeout=300)
    return Told(process.returncode, out, err)


def killed(process: subprocess.Popen[str], after: float) -> bool:
    """SIGKILL to the whole group once it has used so many seconds of processor time, which a busy
    machine stretches less than the clock's. False where it had ended by itself.
    """
    while process.poll() is None and _processor_seconds(process.pid) < after:
        time.sleep(0.01)
    was_running = process.poll() is None
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return was_running


def _processor_seconds(group: int) -> float:
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # After the command's name: state, parent, group, ...; from 11 on four sums of ticks.
            values = stat.read_text().rpartition(")")[2].split()
            ticks += sum(map(int, values[11:15])) if int(values[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """Processor time of a command that must succeed, with the processes that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = finished(process)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert told.exit_code == 0, told
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Homes:
    """Homes at the stations of the line, each made once from the one before and then only copied.

    landed: files in the inbox; derived: after a run; approved: a batch waits; written: it is out.
    All workers share `folder`, in which nobody opens a home that is made: even to look at one
    writes beside its databases, and another worker may be copying it. `own` is this worker's.
    """

    def __init__(self, folder: Path, own: Path) -> None:
        self._folder, self._own = folder, own

    def at(self, station: str) -> Path:
        """This worker's home to look at. Take a copy before changing anything."""
        home = self._own / station
        return home if home.exists() else copied(self._made(station), home)

    def copy(self, station: str, target: Path) -> Path:
        return copied(self._made(station), target)

    def _made(self, station: str) -> Path:
        home, ready = self._folder / station, self._folder / f"{station}.ready"
        with (self._folder / f"{station}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():
                shutil.rmtree(home, ignore_errors=True)
                _MADE[station](self, home)
                ready.touch()
        return home


def copied(home: Path, target: Path) -> Path:
    """A copy of a home: it works wherever it lies."""
    shutil.copytree(home, target, copy_function=_copy)
    return target


def _copy(source: str, target: str) -> None:
    # What nothing ever writes to again need not be copied.
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _landed(_: Homes, home: Path) -> None:
    told = typed(home, "init", str(home), "--agency", AGENCY, "--sandbox", "--now", NOW,
                 "--user", BILLER)  # fmt: skip
    assert told.exit_code == 0, told
    done(home, "generate", "--stays", str(STAYS))
    done(home, "users", "set", APPROVER, "--right", "view", "--right", "approve")
    (people,) = (home / "inbox" / AGENCY / "people").iterdir()
    frame = pl.read_csv(people, infer_schema=False)
    number = pl.int_range(pl.len())
    renamed = (
        pl.when(number < RENAMED_PEOPLE)
        .then(pl.lit(WRITTEN_NAME))
        .when(number < 2 * RENAMED_PEOPLE)
        .then(pl.lit(UNWRITABLE_NAME))
        .otherwise("last_name")
    )
    frame.with_columns(last_name=renamed).write_csv(people)


def _derived(homes: Homes, home: Path) -> None:
    homes.copy("landed", home)
    done(home, "run")


def _approved(homes: Homes, home: Path) -> None:
    homes.copy("derived", home)
    (batch,) = done(home, "batch", "propose")
    done(home, "batch", "approve", batch["batch_id"], user=APPROVER)


def _written(homes: Homes, home: Path) -> None:
    homes.copy("approved", home)
    done(home, "batch", "write", "demo-000001")


_MADE: dict[str, Callable[[Homes, Path], None]] = {
    "landed": _landed,
    "derived": _derived,
    "approved": _approved,
    "written": _written,
}


@contextmanager
def opened(home: Path, now: str = NOW) -> Iterator[Workspace]:
    """The agency's workspace, to look at what commands left."""
    at = datetime.fromisoformat(now)
    with Workspace.open(Home.open(home), AGENCY, now=at, user_id=BILLER) as workspace:
        yield workspace


@contextmanager
def lake_of(home: Path) -> Iterator[Lake]:
    with open_lake(Home.open(home), AGENCY) as lake:
        yield lake


def tables(home: Path, run_id: str | None = None) -> dict[str, pl.DataFrame]:
    """Every derived table of a run, else of the last complete one, in order of its key."""
    with opened(home) as workspace, workspace.ledger.read() as connection:
        run = runs.get(connection, AGENCY, run_id) if run_id else workspace.last_view().run
        view = workspace.view(run)
        return {name: view.derived(name).sort(table.key) for name, table in DERIVED.items()}


def differing(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> list[str]:
    """Tables that are not the same row by row."""
    return [name for name in DERIVED if not one[name].equals(other[name])]


def submitted(home: Path) -> list[dict[str, Any]]:
    """What the ledger says was submitted: claim, number, charge, place, in order of the file."""
    with opened(home) as workspace:
        rows = workspace.submissions(EVER)
    order = ["interchange_control_number", "set_control_number", "set_position"]
    return rows.sort(order).to_dicts()


def ledger_rows(home: Path) -> dict[str, list[Any]]:
    """Every row of the ledger, less the agency's clock, which any look at a file moves."""
    with sqlite3.connect(home / "ledger.db") as ledger:
        names = ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = {
            name: ledger.execute(f"SELECT * FROM {name}").fetchall()
            for (name,) in sorted(names)
            if name != "agencies"
        }
    ledger.close()
    return rows


def reports(home: Path) -> dict[str, bytes]:
    """Reports that the same manifest gives again byte for byte; the worklist bears an issue id."""
    found = sorted(home.glob("reports/*/*/services-delivered-*"))
    return {path.name: path.read_bytes() for path in found}


def interchanges(home: Path) -> list[Path]:
    return sorted((home / "outbox" / AGENCY).glob("*.x12"))


def digests(home: Path) -> dict[str, str]:
    """SHA-256 of every file of a home, less what SQLite keeps beside an open database."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def settings_replaced(home: Path, old: str, new: str) -> None:
    """Edit reentry.toml as a person would."""
    path = home / "reentry.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
