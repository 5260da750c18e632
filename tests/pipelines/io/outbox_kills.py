"""A process that takes claims from the plan to the payer, whatever it finds, and dies on the way.

Every step looks at what is there first, so that it may be run again after any kill.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from outbox_life import AS_OF, NOW, Life
from sqlalchemy import Engine, event

from contracts.errors import UsageError
from pipelines.io.ledger.ledger import Ledger


def dying_after(boundaries: int) -> list[int]:
    """Let this process die at a boundary: a commit, an fsync or a rename, before or behind it.

    The list holds how many were passed.
    """
    passed = [0]

    def step(*_: Any) -> None:
        passed[0] += 1
        if passed[0] == boundaries:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: Any, name: str) -> None:
        whole = getattr(owner, name)

        def noted(*arguments: Any, **named: Any) -> Any:
            step()
            result = whole(*arguments, **named)
            step()
            return result

        setattr(owner, name, noted)

    around(os, "fsync")
    around(Path, "replace")
    event.listen(Engine, "commit", step)
    return passed


def through(life: Life) -> None:
    """Propose, approve, write, send: all that is to be done."""
    told = life.plan()
    try:
        life.box("ann").propose(*told, life.policy, AS_OF, life.code_sets)
    except UsageError as nothing:
        if nothing.code != "nothing_to_propose":
            raise
    for batch in life.box("bob").batches("proposed"):
        life.box("bob").approve(batch.batch_id)
    for batch in life.box("bob").batches("approved"):
        life.write(batch.batch_id)
    for batch in life.box("bob").batches("written"):
        life.box("bob").sent(batch.batch_id)


if __name__ == "__main__":
    root, boundaries = Path(sys.argv[1]), int(sys.argv[2])
    passed = dying_after(boundaries)
    ledger = Ledger.open(f"sqlite:///{root / 'ledger.db'}", now=NOW)
    through(Life(ledger, root))
    ledger.close()
    sys.stdout.write(str(passed[0]))
