"""SIGKILL at boundaries: a process that dies at one of them, and the run of such a process.

A boundary is a commit of the ledger, an fsync or a rename, before it or behind it, and whatever
else the process names.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

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


def asked() -> tuple[Path, int, str]:
    """What `run` asks of a script: over which root, and where to die."""
    _, root, boundaries, kind = sys.argv
    return Path(root), int(boundaries), kind


def tell(passed: Counter[str]) -> None:
    sys.stdout.write(json.dumps(passed))


def told(ended: subprocess.CompletedProcess[str]) -> Counter[str]:
    """The boundaries that a process has passed that came to its end."""
    assert ended.returncode == 0, ended.stderr
    return Counter(json.loads(ended.stdout))


def run(
    script: str, root: Path, boundaries: int, kind: str = ANY
) -> subprocess.CompletedProcess[str]:
    """A script beside this one, over a root, that dies at a boundary or, with NEVER, at none."""
    path = Path(__file__).with_name(script)
    return subprocess.run(
        [sys.executable, str(path), str(root), str(boundaries), kind],
        check=False, capture_output=True, text=True,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin", "POLARS_MAX_THREADS": "1",
             "HOME": str(root)},
    )  # fmt: skip
