"""`reentry codes`: which editions of which code sets are at hand, and how well they are known."""

import click

from pipelines.commands.session import Session, grid, session_command

_COLUMNS = ("set", "edition", "effective_from", "effective_to", "rows", "status", "in_force")


@click.group("codes")
def codes() -> None:
    """Code sets and their editions."""


@codes.command("list")
@session_command
def list_(session: Session) -> None:
    """List every edition; `in_force` marks the one that answers for the as-of day."""
    with session.workspace() as workspace:
        day = session.as_of or workspace.today()
        rows = [
            row | {"in_force": _covers(row, day)}
            for row in workspace.code_sets.catalogue().to_dicts()
        ]
    session.show(rows, lambda: grid("Code sets", _COLUMNS, rows))


def _covers(row: dict[str, object], day: object) -> bool:
    start, end = row["effective_from"], row["effective_to"]
    return (start is None or start <= day) and (end is None or day <= end)  # type: ignore[operator]
