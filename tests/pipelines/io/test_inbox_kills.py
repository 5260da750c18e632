"""Inbox: what a kill leaves is made good by the next pass; two processes take each file once."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inbox_life import (
    AGENCY,
    FEED,
    SOUND,
    START,
    at_work,
    current,
    interchange,
    put,
    rows,
    state,
    take_all,
    told,
)

from pipelines.io import copies
from pipelines.io.home import Home
from pipelines.io.inbox import Inbox
from pipelines.io.lake import Lake
from pipelines.io.ledger import files

pytestmark = pytest.mark.usefixtures("lake_opened_once")


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it."""


def _kill(*_: object, **__: object) -> None:
    raise Killed


COMPARED_WITH_THE_FIRST, COMPARED_WITH_BOTH = (1, 0, 1), (0, 0, 2)
KILLS: list[tuple[str, Any, str, tuple[int, int, int]]] = [
    # where, and what then becomes of the rows of a later file that is taken first
    ("before the lake's transaction", Inbox, "_store", COMPARED_WITH_THE_FIRST),
    ("within the lake's transaction", Lake, "append", COMPARED_WITH_THE_FIRST),
    ("between lake and ledger", files, "accept", COMPARED_WITH_THE_FIRST),
    ("between ledger and archive", copies.Copy, "keep", COMPARED_WITH_BOTH),
    ("between archive and inbox", copies.Copy, "remove_landed", COMPARED_WITH_BOTH),
]


@pytest.mark.parametrize(("said", "owner", "step", "later"), KILLS)
def test_a_kill_at_any_step_is_made_good_by_the_next_pass(
    home: Home, monkeypatch: pytest.MonkeyPatch, said: str, owner: Any, step: str,
    later: tuple[int, int, int],
) -> None:  # fmt: skip
    put(home, rows("b 1", "c 1"), "0.csv")
    take_all(home)
    put(home, rows("a 1", "b 1", "c 3 whim", "c 2"), "1.csv")
    with at_work(home, hour=1) as workspace, monkeypatch.context() as fault:
        fault.setattr(owner, step, _kill)
        with pytest.raises(Killed):
            list(workspace.inbox.take_all())
        with workspace.ledger.read() as connection:
            begun = files.everything(connection, AGENCY)[-1]
    put(home, rows("b 1", "c 2"), "0.csv")
    assert told(take_all(home, hour=2)[0]) == ("accepted", *later), said
    kept = state(home)
    assert (begun.file_id, "accepted", begun.received_at, 4) in kept["files"]
    rows_of_it = [row[2:] for row in kept["facts"] if row[0] == begun.file_id]
    assert rows_of_it == [(1, "a", "1"), (4, "c", "2")]
    assert kept["inbox"] == []
    assert f"{FEED}/{begun.file_id}.csv" in kept["archive"]
    assert current(home) == {"a": "1", "b": "1", "c": "2"}


DIES = """
import os, signal, sys
from datetime import datetime
from pipelines.io.home import Home, Path
from pipelines.io.ledger import files
from pipelines.io.workspace import Workspace
files.accept = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
now = datetime.fromisoformat(sys.argv[2])
with Workspace.open(Home.open(Path(sys.argv[1])), "34", now=now, user_id="admin") as workspace:
    list(workspace.inbox.take_all())
"""
TAKES = DIES.replace("files.accept = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n", "")


def begin_process(home: Home, program: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", program, str(home.root), START.isoformat()]
    project = str(Path(__file__).parents[3])
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": project})


def test_a_process_that_dies_leaves_nothing_locked_and_nothing_doubled(home: Home) -> None:
    put(home, rows("a 1", "b 1"))
    assert begin_process(home, DIES).wait(120) == -9
    (outcome,) = take_all(home, hour=1)
    assert told(outcome) == ("accepted", 2, 0, 0)
    kept = state(home)
    assert len(kept["facts"]) == 2
    assert len(kept["archive"]) == 2  # and the copy that the kill has left
    with at_work(home) as workspace:
        assert copies.remove_left_behind(home.archive(AGENCY) / ".tmp", 2**40) == 1
        assert workspace.lake.is_whole()


def test_two_processes_over_one_inbox_take_each_file_once(home: Home) -> None:
    for number in range(4):
        put(home, rows(f"k{number} 1", f"m{number} 1"), f"{number}.csv")
    put(home, interchange(SOUND), "answers.txt", "x12")
    takers = [begin_process(home, TAKES) for _ in range(2)]
    assert [taker.wait(120) for taker in takers] == [0, 0]
    kept = state(home)
    assert [file[1] for file in kept["files"]] == ["accepted"] * 5
    assert len(kept["facts"]) == 8
    assert kept["inbox"] == []
    assert current(home) == {f"{letter}{n}": "1" for letter in "km" for n in range(4)}
