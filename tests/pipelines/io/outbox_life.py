"""A ledger, staff and an outbox around the claim county, what lies in it; a process to kill."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from claim_county import AS_OF, agency, assembled, drawn_lines, policy

from pipelines.io.ledger import batch_claims, batches, submissions, users
from pipelines.io.ledger.ledger import Ledger
from pipelines.io.outbox import writing
from pipelines.io.outbox.commands import Outbox
from pipelines.stages.plan.planning import plan

NOW = datetime(2026, 5, 1, 17, 0, tzinfo=UTC)
LATER = datetime(2026, 5, 2, 17, 0, tzinfo=UTC)
STAFF = {"ann": ["propose"], "bob": ["approve", "write"], "sue": ["propose", "approve", "write"]}
THREE = """
encounter | day | units | charge | code
E1        | 1   | 1     | 100.00 | 99213
E2        | 2   | 250   | 99.99  | 90834
E3        | 3   | 1     | 50.50  | 80053
"""
TOTAL = Decimal("250.49")
TWO = THREE.replace("E3        | 3   | 1     | 50.50  | 80053\n", "")
CHANGED = THREE.replace("50.50", "50.51")
ADDED = THREE + "E4        | 4   | 1     | 10.00  | 80053\n"
STEPS = ("leave_changed", "start", "make_files", "finish", "publish")


def a_ledger(folder: Path) -> Ledger:
    made = Ledger.create_or_upgrade(f"sqlite:///{folder / 'ledger.db'}", now=NOW)
    with made.write("sac", "init") as tx:
        users.save(tx, "ada", ["admin"])
    with made.write("sac", "ada") as tx:
        for user_id, rights in STAFF.items():
            users.save(tx, user_id, rights)
    return made


class Life:
    """One agency's claims from service lines to outbox, with lines drawn anew at each step."""

    def __init__(self, ledger: Ledger, folder: Path, **settings: Any) -> None:
        self.ledger = ledger
        self.folder = folder / "outbox" / "sac"
        self.agency = agency(**settings)
        self.policy = policy()
        self.code_sets = {"rates": "illustrative"}

    def box(self, user: str) -> Outbox:
        return Outbox(self.ledger, self.folder, self.agency, user)

    def plan(self, lines: str = THREE, **changes: Any) -> Any:
        """The plan and the claim lines behind it."""
        claims, claim_lines = assembled(drawn_lines(lines), **changes)
        with self.ledger.read() as connection:
            known = submissions.known(connection, "sac", LATER)
            out = known.with_columns(
                is_not_found=pl.lit(False), asked_on=pl.lit(None, pl.Date), dispute=pl.lit("none")
            )
            waiting = batch_claims.known(connection, "sac", LATER)
        return plan(claims, out, waiting, self.policy, AS_OF, self.agency), claim_lines

    def propose(self, lines: str = THREE, user: str = "ann", **changes: Any) -> str:
        told = self.plan(lines, **changes)
        (batch,) = self.box(user).propose(*told, self.policy, AS_OF, self.code_sets)
        return batch.batch_id

    def approved(self, lines: str = THREE) -> str:
        batch_id = self.propose(lines)
        return self.box("bob").approve(batch_id).batch_id

    def write(self, batch_id: str, lines: str = THREE, **changes: Any) -> Any:
        told, _ = self.plan(lines, **changes)
        box = self.box("bob")
        (written,) = box.write([batch_id], told, self.policy, AS_OF, self.code_sets)
        return written


def files(life: Life) -> list[str]:
    """Everything in the outbox but its lock."""
    paths = (path for path in life.folder.rglob("*") if path.is_file() and path.name != ".lock")
    return sorted(str(path.relative_to(life.folder)) for path in paths)


def state(life: Life, batch_id: str) -> str:
    with life.ledger.read() as connection:
        return batches.get(connection, "sac", batch_id).state


def submitted(life: Life) -> pl.DataFrame:
    with life.ledger.read() as connection:
        return submissions.known(connection, "sac", LATER)


def segments(path: Path, name: str) -> list[list[str]]:
    rows = [text.strip().split("*") for text in path.read_text().split("~")]
    return [row for row in rows if row[0] == name]


def spoiling(name: str) -> Callable[..., Any]:
    """Rendering that breaks the files that have `name` in theirs."""
    whole = writing.render_to

    def spoiled(path: Path, *arguments: Any) -> Any:
        rendered = whole(path, *arguments)
        if name in path.name:
            path.write_text(path.read_text().replace(":B:1*", ":Q:1*"))
        return rendered

    return spoiled


def killed_after(step: str) -> None:
    """Let this process die as soon as the step of writing has ended."""
    whole = getattr(writing, step)

    def step_then_death(*arguments: Any, **named: Any) -> None:
        whole(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(writing, step, step_then_death)


if __name__ == "__main__":
    root, batch_id, step = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    killed_after(step)
    Life(Ledger.open(f"sqlite:///{root / 'ledger.db'}", now=NOW), root).write(batch_id)
