"""A process that takes claims from the plan to the payer, whatever it finds, and dies on the way.

Every step looks at what is there first, so that it may be run again after any kill.
"""

from boundary_kills import asked, dying_after, tell
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


if __name__ == "__main__":
    root, *boundary = asked()
    passed = dying_after(*boundary)
    ledger = Ledger.open(f"sqlite:///{root / 'ledger.db'}", now=NOW)
    through(Life(ledger, root))
    ledger.close()
    tell(passed)
