"""`reentry codes`: which editions of which code sets are at hand, new ones, what they change."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import polars as pl

from codesets.editions import Edition
from codesets.formats.catalogue import AUTO, NAMES
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.code_changes import Difference, difference
from pipelines.io.code_imports import Import, import_edition, record_import

_COLUMNS = ("set", "edition", "effective_from", "effective_to", "rows", "status", "in_force")
_CODES_SHOWN = 20


@click.group("codes")
def codes() -> None:
    """Code sets and their editions."""


@codes.command("list")
@session_command
def list_(session: Session) -> None:
    """List every edition; `in_force` marks the one that answers for the as-of day."""
    with session.workspace() as workspace:
        day = session.as_of or workspace.today()
        sets = workspace.code_sets
        editions = sets.catalogue().to_dicts()
        answering = {name: sets.edition_on(name, day) for name in {row["set"] for row in editions}}
        rows = [row | {"in_force": _is(answering[row["set"]], row)} for row in editions]
    session.show(rows, lambda: grid("Code sets", _COLUMNS, rows))


def _is(edition: Edition | None, row: dict[str, Any]) -> bool:
    mark = (row["edition"], row["is_shipped"])
    return edition is not None and (edition.edition, edition.is_shipped) == mark


DAY = click.DateTime(formats=["%Y-%m-%d"])


@codes.command("import")
@click.argument("name")
@click.argument("files", nargs=-1, required=True,
                type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@click.option("--edition", required=True, help="Id of the edition, such as 2026-10.")
@click.option("--effective", type=DAY, required=True, help="First day on which it is in force.")
@click.option("--until", type=DAY, help="Last day; left out: open.")
@click.option("--format", "form", type=click.Choice(NAMES), default=AUTO, show_default=True,
              help="Layout of the file; own: a CSV or Parquet in the set's columns.")  # fmt: skip
@click.option("--status", type=click.Choice(["verified", "unverified", "illustrative"]),
              default="unverified", show_default=True)  # fmt: skip
@click.option("--source", required=True, help="Where the file is from.")
@session_command
def import_(
    session: Session, name: str, files: tuple[Path, ...], edition: str, effective: datetime,
    until: datetime | None, form: str, status: str, source: str,
) -> None:  # fmt: skip
    """Take an edition of code set NAME from FILES: as published, or in the set's own columns."""
    last = until.date() if until else None
    told = Import(name, edition, effective.date(), last, status, source, form)
    with session.workspace() as workspace:
        taken = import_edition(workspace.home.root / "codesets", files, told, session.now)
        record_import(workspace, taken)
        compares = workspace.code_sets.before(taken) is not None
        found = difference(workspace, name, [edition]) if compares else None
        answering = workspace.code_sets.edition_on(name, told.effective_from)
    if session.as_json:
        head = {"set": name, "edition": edition, "rows": taken.rows, "sha256": taken.sha256}
        session.show(head | {"difference": _plain(found) if found else None})
    session.say(
        f"{name}, edition {edition}: {taken.rows:,} rows, in force from {told.effective_from}."
    )
    if answering is not None and answering.edition != edition:
        session.say(f"It does not answer on that day: edition {answering.edition} does.")
    if found:
        _print(session, found)


@codes.command("diff")
@click.argument("name")
@click.option("--edition", "editions", multiple=True,
              help="One: against the edition before it. Two: first to second.")  # fmt: skip
@session_command
def diff(session: Session, name: str, editions: tuple[str, ...]) -> None:
    """Show what an edition of code set NAME adds, ends and changes, and what of ours it touches."""
    if len(editions) > 2:  # noqa: PLR2004 - a difference has two sides
        raise click.BadParameter("name one edition or two", param_hint="--edition")
    with session.workspace() as workspace:
        found = difference(workspace, name, editions)
    if session.as_json:
        session.show(_plain(found))
    _print(session, found)


def _plain(found: Difference) -> dict[str, Any]:
    touches = None if found.touches is None else [asdict(touch) for touch in found.touches]
    return {
        "set": found.after.set_name,
        "before": found.before.edition,
        "after": found.after.edition,
        "effective_from": found.after.effective_from,
        **found.counts(),
        "codes": found.changes.to_dicts(),
        "touches": touches,
    }


def _print(session: Session, found: Difference) -> None:
    if session.as_json:
        return
    counts = ", ".join(f"{count:,} {name}" for name, count in found.counts().items())
    session.say(f"{found.before.edition} to {found.after.edition}: {counts}.")
    harmless_last = found.changes.sort(pl.col("change") == "added", maintain_order=True)
    rows = harmless_last.head(_CODES_SHOWN).to_dicts()
    if rows:
        session.console.print(grid("Codes", tuple(found.changes.columns), rows))
    if found.changes.height > len(rows):
        session.say(f"{found.changes.height - len(rows):,} more: use --json.")
    _print_touches(session, found)


def _print_touches(session: Session, found: Difference) -> None:
    day = found.after.effective_from
    if found.touches is None:
        session.say("What of ours it touches is counted once a run is complete.")
    elif not found.touches:
        session.say("No column of ours uses this set by code: nothing is counted.")
    else:
        rows = [asdict(touch) for touch in found.touches]
        title = f"Ours with an ended or changed code on {day} or later"
        session.console.print(grid(title, ("feed", "column", "rows", "claims"), rows))
