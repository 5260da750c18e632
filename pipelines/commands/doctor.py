"""`reentry doctor`: is this home fit to hold health records and to run?"""

from dataclasses import asdict

import click

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.examination import examine


@click.command("doctor")
@session_command
def doctor(session: Session) -> None:
    """Check modes, versions, extensions, database and disk. Exit code 5 when something is wrong."""
    rows = [asdict(finding) for finding in examine(session.home, session.now)]
    session.show(rows, lambda: grid("Doctor", ("check", "is_well", "found", "remedy"), rows))
    if not all(row["is_well"] for row in rows):
        raise click.exceptions.Exit(5)
