"""`reentry verify` and `reentry maintain`: what must hold, and what the lake need not keep."""

from dataclasses import asdict

import click

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.maintenance import maintain as maintain_lake
from pipelines.io.verification import verify as checks

_COLUMNS = ("check", "holds", "looked_at", "first_break")


@click.command("verify")
@session_command
def verify(session: Session) -> None:
    """Check the audit chain and the conservation of rows and money. Exit code 5 on a break."""
    with session.workspace() as workspace:
        rows = [asdict(verdict) for verdict in checks(workspace)]
    session.show(rows, lambda: grid("Verification", _COLUMNS, rows))
    if not all(row["holds"] for row in rows):
        raise click.exceptions.Exit(5)


@click.command("maintain")
@session_command
def maintain(session: Session) -> None:
    """Let old snapshots and orphaned files of the lake go; what readers need stays."""
    with session.workspace() as workspace:
        done = maintain_lake(workspace)
    session.show(done)
    session.say(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in done.items()))
