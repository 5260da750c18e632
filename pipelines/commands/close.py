"""`reentry close`: a month's receivables frozen, looked up, and compared with what is known now."""

import re
from pathlib import Path
from typing import Any, Final

import click
import polars as pl

from contracts.fields import INSTANT
from pipelines.commands.listing import ListGroup, formatted, list_rows, listing_options
from pipelines.commands.receivable_parts import show_parts, to_workbook, written
from pipelines.commands.session import Session, grid, session_command
from pipelines.io import books
from pipelines.io.ledger.month_closes import MonthClose
from pipelines.stages.receivables.closing import thawed

_MONTH: Final = re.compile(r"\d.*")
_LISTED: Final = pl.Schema(
    {
        "month": pl.String(), "ordinal": pl.Int64(), "run_id": pl.String(),
        "closed_by": pl.String(), "closed_at": INSTANT, "reason": pl.String(),
        "figures_sha256": pl.String(),
    }
)  # fmt: skip
_SHOWN: Final = ("month", "ordinal", "closed_by", "closed_at", "reason")
_CHANGES: Final = ("section", "row", "figure", "closed", "now", "change")


class CloseGroup(ListGroup):
    """A group that closes where a month is named first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`reentry close 2026-09` means `reentry close month 2026-09`."""
        named = bool(args) and _MONTH.fullmatch(args[0])
        return super().parse_args(ctx, ["month", *args] if named else args)


@click.group("close", cls=CloseGroup)
def close() -> None:
    """Month-end: `reentry close 2026-09` freezes the receivables of a month.

    Without a month or command: the months that are closed.
    """


@close.command("month")
@click.argument("month", metavar="YYYY-MM")
@click.option("--reopen", "reason", help="Why a closed month is closed again with other figures.")
@to_workbook
@session_command
def month(session: Session, month: str, reason: str | None, path: Path | None) -> None:
    """Freeze the figures of a month that is over. Needs the right to publish.

    Closed again with the same figures nothing changes; with others it is refused without --reopen.
    """
    with session.workspace() as workspace:
        made = books.close(workspace, month, reason)
    told = _told(made.close) | {"is_new": made.is_new} | made.cautions
    if path is not None:
        told |= _written(session, made.close, path)
    session.show(told | {"figures": made.close.figures})
    session.say(f"{month} closed." if made.is_new else f"{month} was closed before: same figures.")
    for what, count in made.cautions.items():
        if count:
            session.say(f"Of the month wait for a person: {count:,} {what.replace('_', ' ')}.")


@close.command("list")
@listing_options
@session_command
def list_(session: Session, form: str | None, path: Path | None) -> None:
    """The months that are closed, and by whom."""
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        told = [_told(one) for one in books.closes(workspace)]
        rows = pl.DataFrame(told, schema=_LISTED, infer_schema_length=None)
        view = workspace.view_now()
    list_rows(session, chosen, path, rows, "Closed months", _SHOWN, view)


@close.command("show")
@click.argument("month", metavar="YYYY-MM")
@to_workbook
@session_command
def show(session: Session, month: str, path: Path | None) -> None:
    """The figures of a month as they were closed last."""
    with session.workspace() as workspace:
        kept = books.closed(workspace, month)
    if path is not None:
        session.show(_written(session, kept, path))
    elif session.as_json:
        session.show(_told(kept) | {"manifest": kept.manifest, "figures": kept.figures})
    else:
        show_parts(session, thawed(kept.figures))
        session.say(f"Closed by {kept.closed_by}, {kept.recorded_at.isoformat()}.")


@close.command("compare")
@click.argument("month", metavar="YYYY-MM")
@session_command
def compare(session: Session, month: str) -> None:
    """What of a closed month's figures is otherwise as known now, and what came after."""
    with session.workspace() as workspace:
        told = books.compared(workspace, month)
    session.show(told, lambda: grid(f"Changed since: {len(told['changes'])}", _CHANGES,
                                    told["changes"]))  # fmt: skip
    if told["came_after"] and not session.as_json:
        session.show(None, lambda: grid("Came after", books.LATE, told["came_after"]))


def _told(kept: MonthClose) -> dict[str, Any]:
    names = ("month", "ordinal", "run_id", "closed_by", "reason", "figures_sha256")
    return {name: getattr(kept, name) for name in names} | {"closed_at": kept.recorded_at}


def _written(session: Session, kept: MonthClose, path: Path) -> dict[str, Any]:
    title = f"Receivables {kept.agency} of {kept.month}, as closed"
    return written(session, path, thawed(kept.figures), title, kept.recorded_at)
