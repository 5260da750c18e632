"""`reentry doctor`: is this home fit to hold health records and to run?"""

from dataclasses import asdict

import click

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.examination import Sign, examine


def _told(sign: Sign) -> dict[str, object]:
    """A sign as a row; a remedy only where one is needed."""
    return asdict(sign) | ({"remedy": ""} if sign.is_well else {})


@click.command("doctor")
@session_command
def doctor(session: Session) -> None:
    """Check modes, versions, extensions, database and disk. Exit code 5 when something is wrong."""
    rows = [_told(sign) for sign in examine(session.home, session.now)]
    session.show(rows, lambda: grid("Doctor", ("check", "is_well", "found", "remedy"), rows))
    if not all(row["is_well"] for row in rows):
        raise click.exceptions.Exit(5)
