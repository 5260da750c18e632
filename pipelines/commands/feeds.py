"""`reentry feeds`: which tables a county delivers, their columns, and empty ones to fill."""

from pathlib import Path
from typing import Any

import click

from contracts.errors import UsageError
from contracts.feeds import COMMON, FEEDS
from contracts.mapping import Mapping
from contracts.tables import Column, Table
from pipelines.commands.session import Session, grid, session_command
from pipelines.io import mappings
from pipelines.io.home import write_private
from reports import feed_template

_FEED = click.argument("feed", type=click.Choice(list(FEEDS)), metavar="FEED")
_TEMPLATES = {"csv": feed_template.as_csv, "xlsx": feed_template.as_workbook}
_SHOWN = ("column", "kind", "required", "allowed", "privacy", "mapped_from", "meaning")


@click.group("feeds")
def feeds() -> None:
    """What files may hold: the feeds and their columns."""


@feeds.command("list")
@session_command
def list_(session: Session) -> None:
    """List every feed with its key, and the version of the agency's mapping where there is one."""
    rows = [_listed(table, _mapping(session, name)) for name, table in FEEDS.items()]
    shown = ("feed", "key", "columns", "mapping", "meaning")
    session.show(rows, lambda: grid("Feeds", shown, rows))


def _mapping(session: Session, feed: str) -> Mapping | None:
    home = session.home
    return mappings.read(home, home.agency(session.agency).id, feed)


def _listed(table: Table, mapping: Mapping | None) -> dict[str, Any]:
    return {
        "mapping": mapping and mapping.version,
        "feed": table.name,
        "key": table.key,
        "columns": len(table.columns),
        "required": sum(not column.is_optional for column in table.columns),
        "meaning": table.meaning,
    }


@feeds.command("show")
@_FEED
@session_command
def show(session: Session, feed: str) -> None:
    """Show the columns of FEED: kind, required or not, values, meaning, what is mapped."""
    mapping = _mapping(session, feed) or Mapping()
    rows = [_column(column, mapping) for column in (*FEEDS[feed].columns, *COMMON)]
    session.show(rows, lambda: grid(FEEDS[feed].meaning, _SHOWN, [_for_people(r) for r in rows]))


def _column(column: Column, mapping: Mapping) -> dict[str, Any]:
    field = column.field
    return {
        "column": column.name,
        "kind": field.kind.value,
        "is_key": column.is_key,
        "required": not column.is_optional,
        "allowed": list(field.allowed),
        "pattern": field.pattern,
        "privacy": field.privacy.value,
        "mapped_from": mapping.read_for(column.name),
        "meaning": field.meaning,
    }


def _for_people(row: dict[str, Any]) -> dict[str, Any]:
    required = "key" if row["is_key"] else "yes" if row["required"] else ""
    return row | {"required": required, "mapped_from": ", ".join(row["mapped_from"])}


@feeds.command("template")
@_FEED
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path),
              help="Where to write it; default: in the agency's reports.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(list(_TEMPLATES)),
              help="Default: as the name of --to ends, else csv.")  # fmt: skip
@session_command
def template(session: Session, feed: str, to: Path | None, form: str | None) -> None:
    """Write an empty file of FEED: a header as CSV, or a workbook whose header has notes."""
    ending = to.suffix.lower().removeprefix(".") if to else ""
    chosen = form or ending or "csv"
    if chosen not in _TEMPLATES or ending not in ("", chosen):
        raise UsageError("template_kind", "name a file that ends in .csv or .xlsx.")
    content = _TEMPLATES[chosen](FEEDS[feed])
    path = write_private(to or _usual(session, f"{feed}.{chosen}"), content)
    session.show({"feed": feed, "format": chosen, "path": str(path)})
    session.say(f"{path}: an empty {feed}. Filled, it goes to the inbox as it is.")


def _usual(session: Session, name: str) -> Path:
    home = session.home
    return home.reports(home.agency(session.agency).id) / "templates" / name
