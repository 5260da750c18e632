"""SIGKILL at boundaries: a process that dies at one of them, and the run of such a process.

A boundary is a commit of the ledger, an fsync or a rename, before it or behind it, and whatever
else the process names.
"""

import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

NEVER, KILLED = 0, -9
ANY = ""


def dying_after(boundaries: int, kind: str, *also: tuple[Any, str]) -> Counter[str]:
    """Let this process die at a boundary of a kind (`ANY`: whatever it is), which is the name of a
    call; `also`: owner and name of other calls that are some.

    What is returned counts those that were passed.
    """
    passed: Counter[str] = Counter()

    def step(name: str) -> None:
        passed[name] += 1
        if boundaries == (passed[kind] if kind else passed.total()):
            os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: Any, name: str) -> None:
        whole = getattr(owner, name)

        def noted(*arguments: Any, **named: Any) -> Any:
            step(name)
            result = whole(*arguments, **named)
            step(name)
            return result

        setattr(owner, name, noted)

    for owner, name in ((os, "fsync"), (Path, "replace"), *also):
        around(owner, name)
    event.listen(Engine, "commit", lambda _: step("commit"))
    return passed


@dataclass(frozen=True)
class Ended:
    """How a process ended: its code, and the boundaries that it passed or what it failed with."""

    returncode: int
    passed: Counter[str]
    stderr: str


def run(
    life: Callable[[Path, int, str], Counter[str]], root: Path, boundaries: int, kind: str = ANY
) -> Ended:
    """A life over a root, in a process that dies at a boundary or, with NEVER, at none.

    Each process is forked of one that has the modules loaded and has done nothing.
    """
    server = _server()
    ours, theirs = server.Pipe(duplex=False)
    process = server.Process(target=_lived, args=(life, theirs, root, boundaries, kind))
    process.start()
    theirs.close()
    try:
        passed, stderr = ours.recv()
    except EOFError:
        passed, stderr = Counter[str](), ""
    process.join()
    return Ended(process.exitcode or 0, passed, stderr)


@cache
def _server() -> ForkServerContext:
    """With the modules that lives take; the server does not look where this process does."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["pipelines.io.workspace", "outbox_life"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    return server


def _lived(
    life: Callable[[Path, int, str], Counter[str]],
    told: Connection,
    root: Path,
    boundaries: int,
    kind: str,
) -> None:
    os.environ["HOME"] = str(root)  # where no extension of DuckDB lies
    try:
        told.send((life(root, boundaries, kind), ""))
    except Exception as error:
        told.send((Counter(), repr(error)))
        raise


def told(ended: Ended) -> Counter[str]:
    """The boundaries that a process has passed that came to its end."""
    assert ended.returncode == 0, ended.stderr
    return ended.passed
