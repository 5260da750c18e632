"""A process that takes claims from the plan to the payer, whatever it finds, and dies on the way.

Every step looks at what is there first, so that it may be run again after any kill.
"""

from collections import Counter
from pathlib import Path

from boundary_kills import dying_after
from outbox_life import AS_OF, NOW, Life

from contracts.errors import UsageError
from pipelines.io.ledger.ledger import Ledger


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


def to_the_payer(root: Path, boundaries: int, kind: str) -> Counter[str]:
    """What a process to kill does; the boundaries that it passed."""
    passed = dying_after(boundaries, kind)
    ledger = Ledger.open(f"sqlite:///{root / 'ledger.db'}", now=NOW)
    through(Life(ledger, root))
    ledger.close()
    return passed
