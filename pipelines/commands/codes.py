"""`reentry codes`: which editions of which code sets are at hand, and how well they are known."""

from datetime import datetime
from pathlib import Path

import click

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.code_imports import Import, import_edition

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


DAY = click.DateTime(formats=["%Y-%m-%d"])


@codes.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--edition", required=True, help="Id of the edition, such as 2026-10.")
@click.option("--effective", type=DAY, required=True, help="First day on which it is in force.")
@click.option("--until", type=DAY, help="Last day; left out: open.")
@click.option("--status", type=click.Choice(["verified", "unverified", "illustrative"]),
              default="unverified", show_default=True)  # fmt: skip
@click.option("--source", required=True, help="Where the file is from.")
@session_command
def import_(
    session: Session, name: str, file: Path, edition: str, effective: datetime,
    until: datetime | None, status: str, source: str,
) -> None:  # fmt: skip
    """Take an edition of code set NAME from FILE, which has the set's own columns."""
    told = Import(name, edition, effective.date(), until.date() if until else None, status, source)
    with session.workspace() as workspace:
        folder = workspace.home.root / "codesets"
        taken = import_edition(folder, file, told, session.now)
    session.show({"set": taken.set_name, "edition": taken.edition, "sha256": taken.sha256})
    session.say(f"{taken.set_name}, edition {taken.edition}: in force from {effective.date()}.")
