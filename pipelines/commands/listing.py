"""Listing: how a command hands over a list, as a table on the terminal or in a file's format.

Choosing the format and writing the file belong here; what the list holds does not.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import polars as pl
from rich.console import RenderableType

from contracts.errors import UsageError
from pipelines.commands.session import Command, Session, grid, plain
from pipelines.io.home import write_private
from pipelines.io.workspace import View
from reports.list_file import ROWS_MOST, list_csv, list_workbook

ROWS_SHOWN: Final = 40
FORMATS: Final = ("table", "csv", "xlsx", "json")


class ListGroup(click.Group):
    """A group that lists where no command of it is named; the options are the list's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`reentry findings --severity reject` means `reentry findings list --severity reject`."""
        asks_for_help = bool(args) and args[0] in ctx.help_option_names
        if not asks_for_help and (not args or args[0].startswith("-")):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list's options, then the commands."""
        click.Command.format_options(self.commands["list"], ctx, formatter)
        self.format_commands(ctx, formatter)


def listing_options(command: Command) -> Command:
    """Options `--format` and `--to`: handed on as `form` and `path`."""
    path = click.Path(dir_okay=False, path_type=Path)
    to = click.option("--to", "path", type=path, help="Write it to a file, for you alone.")
    form = click.option(
        "--format", "form", type=click.Choice(FORMATS), help="Default: table, or FILE's ending."
    )
    return form(to(command))


@dataclass(frozen=True)
class Contents:
    """A list in each of its forms, made when asked for; `count` is of its rows."""

    count: int
    as_rows: Callable[[], list[dict[str, Any]]]
    as_table: Callable[[], RenderableType]
    as_csv: Callable[[], bytes]
    as_xlsx: Callable[[], bytes]


def formatted(session: Session, form: str | None, path: Path | None) -> str:
    """The format that is wanted. Raises UsageError where options contradict each other."""
    if session.as_json and form not in {None, "json"}:
        raise UsageError("format", f"--json and --format {form} ask for two formats. Give one.")
    named = "json" if session.as_json else form
    if path is not None and named is None:
        named = path.suffix.lower().removeprefix(".")
        if named not in FORMATS:
            raise UsageError("format", "name a file that ends in .csv, .xlsx or .json.")
    chosen = named or "table"
    ending = "" if path is None else path.suffix.lower().removeprefix(".")
    if ending in FORMATS and ending != chosen != "table":
        raise UsageError("format", f"{chosen} is asked for, and the file ends in .{ending}.")
    if chosen == "table" and path is not None:
        raise UsageError("format", "--to FILE takes csv, xlsx or json: a table is for the screen.")
    if chosen == "xlsx" and path is None:
        raise UsageError("format", "--format xlsx needs --to FILE.")
    return chosen


def hand_over(
    session: Session, form: str, path: Path | None, contents: Contents, remarks: Sequence[str] = ()
) -> None:
    """Print or write the list, with remarks for people; JSON and CSV on the screen stay bare.

    A file is written by temporary name, fsync and rename, with mode 0600.
    """
    if path is not None:
        write_private(path, _bytes(form, contents))
        said = [f"{path}: {contents.count:,} rows", *remarks]
        click.echo("\n".join(said))
    elif form == "table":
        session.show(None, contents.as_table)
        for remark in remarks:
            session.say(remark)
    else:
        click.echo(_bytes(form, contents).decode(), nl=False)
        for remark in remarks if form == "csv" else ():
            click.echo(remark, err=True)


def fitting(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, if one sheet holds them; raises UsageError where it does not."""
    if rows.height > ROWS_MOST:
        raise UsageError("too_many", f"a sheet holds {ROWS_MOST:,} rows. Filter, or write CSV.")
    return rows


def list_rows(
    session: Session, form: str, path: Path | None, rows: pl.DataFrame, name: str,
    shown: Sequence[str], view: View, promised: Sequence[str] | None = None,
    remarks: Sequence[str] = (),
) -> None:  # fmt: skip
    """Hand over a list of `rows` called `name`: on the terminal the first of them with the columns
    `shown`, in files all of them with every column; JSON has the columns `promised`, else all.
    """
    title = f"{name} {view.workspace.agency.id}, as of {view.as_of.isoformat()}"
    told = rows if promised is None else rows.select(promised)
    contents = Contents(
        rows.height,
        told.to_dicts,
        lambda: grid(f"{name}: {rows.height:,}", shown, rows.head(ROWS_SHOWN).to_dicts()),
        lambda: list_csv(rows),
        lambda: list_workbook(fitting(rows), name, title, view.known_at),
    )
    left_out = rows.height - ROWS_SHOWN if form == "table" else 0
    more = [f"{left_out:,} more: use the filters or --to FILE."] if left_out > 0 else []
    hand_over(session, form, path, contents, [*more, *remarks])


def of_facilities(view: View, rows: pl.DataFrame, *facility_ids: str | None) -> pl.DataFrame:
    """The rows of these facilities; all where none is named.

    Raises UsageError for one that neither the facilities feed nor a row names.
    """
    wanted = [one for one in facility_ids if one is not None]
    if not wanted:
        return rows
    named = view.current("facilities")["facility_id"]
    known = pl.concat([named, rows["facility_id"]]).drop_nulls().unique().sort().to_list()
    unknown = [one for one in wanted if one not in known]
    if unknown:
        told = f"there is no facility {unknown[0]}. There are: {', '.join(known) or 'none yet'}."
        raise UsageError("no_such_facility", told)
    return rows.filter(pl.col("facility_id").is_in(wanted))


def _bytes(form: str, contents: Contents) -> bytes:
    if form == "csv":
        return contents.as_csv()
    if form == "xlsx":
        return contents.as_xlsx()
    told = json.dumps(contents.as_rows(), default=plain, indent=2, ensure_ascii=False)
    return f"{told}\n".encode()
