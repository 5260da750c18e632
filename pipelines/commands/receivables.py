"""`reentry receivables`: what is owed, for how long, how well it is collected, what is at risk."""

from pathlib import Path

import click

from pipelines.commands.receivable_parts import show_parts, to_workbook, written
from pipelines.commands.session import Session, session_command
from pipelines.io.receivables import SECTIONS
from pipelines.io.receivables import receivables as sections_of


@click.command("receivables")
@click.option("--section", type=click.Choice(SECTIONS), help="Only this part.")
@to_workbook
@session_command
def receivables(session: Session, section: str | None, path: Path | None) -> None:
    """What was charged, paid, adjusted, denied and is open, and what becomes of it.

    Needs a complete run. Dollars are of lines in effect: charged = paid + adjusted + denied + open.
    """
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        every = sections_of(view)
        title = f"Receivables {workspace.agency.id}, as of {view.as_of.isoformat()}"
    parts = {name: frame for name, frame in every.items() if section in (None, name)}
    if path is not None:
        session.show(written(session, path, parts, title, view.known_at))
    elif session.as_json:
        session.show({name: frame.to_dicts() for name, frame in parts.items()})
    else:
        show_parts(session, parts)
