"""A process that takes the payer's answers in, and dies on the way.

Beside the boundaries of every process: each row set that goes into the lake, each transaction of
the lake, and the removal of a file.
"""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from boundary_kills import dying_after
from outbox_life import LATER

from pipelines.io.home import Home
from pipelines.io.lake import Lake
from pipelines.io.workspace import Workspace

AGENCY = "sac"
OF_INTAKE = ((Lake, "append"), (Lake, "transact"), (Path, "unlink"))


def taken_in(root: Path, boundaries: int, kind: str) -> Counter[str]:
    """What a process to kill does; the boundaries that it passed."""
    later = LATER + timedelta(minutes=boundaries)  # no two lives are of one moment
    with Workspace.open(Home.open(root), AGENCY, now=later, user_id="sue") as workspace:
        passed = dying_after(boundaries, kind, *OF_INTAKE)
        for _ in workspace.inbox.take_all():
            pass
    return passed
