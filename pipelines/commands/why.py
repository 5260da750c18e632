"""`reentry why`: everything that keeps one service from being paid, and what to do first."""

import click

from contracts.errors import UsageError
from contracts.feeds import DEFAULTS
from pipelines.commands.session import Session, session_command
from pipelines.io.why import Told, nearest
from pipelines.io.why import why as asked
from pipelines.io.why_case import Key


@click.command("why")
@click.argument("encounter_id", metavar="ENCOUNTER")
@click.argument("line_number", metavar="LINE")
@click.option(
    "--source-system", default=DEFAULTS["source_system"], show_default=True,
    help="The system that documented it.",
)  # fmt: skip
@session_command
def why(session: Session, encounter_id: str, line_number: str, source_system: str) -> None:
    """What keeps a service line from being paid, from its file to the payer's answer.

    Received or quarantined, what was decided, the gates of its day, its findings, its
    authorization, its claim and the plan, its batch and submission; then what stands in the way
    first and who does what.
    """
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        key = Key(source_system, encounter_id, int(line_number) if line_number.isdecimal() else 0)
        try:
            told = asked(view, key, session.known_until)
        except UsageError as error:
            if error.code == "key_unknown" and (near := nearest(view, key)):
                click.echo(f"Nearest: {', '.join(near)}", err=True)
            raise
    session.show(told.as_json(), lambda: _page(told))


def _page(told: Told) -> str:
    lines = [f"Service line {told.subject_id}"]
    for section in told.sections:
        if section.lines:
            lines += [
                "",
                section.name.replace("_", " ").capitalize(),
                *(f"  {line}" for line in section.lines),
            ]
    return "\n".join([*lines, "", told.sentence])
