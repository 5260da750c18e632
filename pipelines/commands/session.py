"""Session: the options of every command, the clock read once, and how results are printed."""

import functools
import getpass
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console, RenderableType
from rich.table import Table as Grid

from pipelines.commands.sheet import Sheet
from pipelines.io.home import Home
from pipelines.io.workspace import EVER, Workspace, known_until
from pipelines.partitions import HOME_VARIABLE

_FIRM = (int, float, Decimal, date)
_ANY_WIDTH = 1000  # of a file or a pipe: its reader cuts or wraps as it likes
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Session:
    """What a command was called with. `now` is the only reading of the clock."""

    root: Path
    agency: str | None
    as_of: date | None
    now: datetime
    user: str
    as_json: bool
    console: Console

    def seated(self, root: Path, agency: str, now: datetime, user: str) -> "Session":
        """The same session for another home, agency, now and user."""
        os.environ[HOME_VARIABLE] = str(root.resolve())
        return replace(self, root=root, agency=agency, now=now, user=user)

    @property
    def home(self) -> Home:
        return Home.open(self.root)

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        with Workspace.open(self.home, self.agency, now=self.now, user_id=self.user) as opened:
            yield opened

    @property
    def known_until(self) -> datetime:
        """Up to when what people recorded counts: the end of a past --as-of, else everything."""
        return EVER if self.as_of is None else known_until(self.as_of, self.now) or EVER

    def show(self, result: Any, table: Callable[[], RenderableType] | None = None) -> None:  # noqa: ANN401
        """Print a result: as JSON where asked for, else as a table or a sentence."""
        if self.as_json:
            click.echo(json.dumps(result, default=plain, indent=2, ensure_ascii=False))
        elif table is not None:
            made = table()
            if isinstance(made, str):  # its lines are as long as they are
                self.console.print(made, highlight=False, markup=False, soft_wrap=True)
            else:
                self.console.print(made)

    def say(self, sentence: str) -> None:
        """A sentence for people; left out of JSON."""
        if not self.as_json:
            self.console.print(sentence, highlight=False, soft_wrap=True)


def plain(value: object) -> object:
    """How JSON carries what it has no type for: dates and times in ISO form, money as text."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write a day as YYYY-MM-DD") from None


def instant(
    _: click.Context | None, __: click.Parameter | None, value: str | None
) -> datetime | None:
    """Parse an ISO instant with its offset; used by every option that takes one."""
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise click.BadParameter("write an instant with its offset, such as 2026-10-01T08:00:00Z")
    return read.astimezone(UTC)


_HOME = click.option(
    "--home", "root", type=click.Path(path_type=Path), envvar=HOME_VARIABLE, required=True,
    help=f"Folder of the installation; or set {HOME_VARIABLE}.",
)  # fmt: skip
_OPTIONS = (
    click.option("--agency", help="Agency to work on; default: the only one."),
    click.option("--as-of", callback=_day, help="Day for deadlines and states; default: today."),
    click.option("--now", callback=instant, help="Instant to take for now; default: the clock."),
    click.option("--user", default=None, help="Who you are; default: your login name."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)  # fmt: skip


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"


def _console() -> Console:
    console = Console(markup=False, emoji=False)  # `:B:` is of X12, not of people
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _ANY_WIDTH
    return console


def session_command(body: Command) -> Command:
    """Give a command the common options and hand it a Session as its first argument."""
    return _HOME(homeless_command(body))


def homeless_command(body: Command) -> Command:
    """The same for a command whose home is not there yet, and is its argument."""

    @functools.wraps(body)
    def command(
        agency: str | None, as_of: date | None, now: datetime | None, user: str | None, *,
        as_json: bool, root: Path = Path(), **options: Any,  # noqa: ANN401 - click's own values
    ) -> Any:  # fmt: skip # noqa: ANN401
        os.environ[HOME_VARIABLE] = str(root.resolve())
        session = Session(
            root,
            agency,
            as_of,
            now or datetime.now(UTC),
            user or _login(),
            as_json,
            _console(),
        )
        return body(session, **options)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command  # type: ignore[return-value] # click keeps the call's shape


def grid(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Grid:
    """A table for the terminal; numbers to the right, they and dates whole."""
    table = Sheet(title=title, title_justify="left", header_style="bold")
    headings = [name.removesuffix("_amount").replace("_", " ") for name in columns]
    for name, heading in zip(columns, headings, strict=True):
        right = any(isinstance(row.get(name), (int, float, Decimal)) for row in rows)
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    table.firm = {
        number: max(map(len, [*heading.split(), *(_cell(row.get(name)) for row in rows)]))
        for number, (name, heading) in enumerate(zip(columns, headings, strict=True))
        if all(isinstance(row.get(name), (*_FIRM, type(None))) for row in rows)
    }
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
