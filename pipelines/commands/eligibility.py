"""`reentry eligibility`: what changed in it, and asking the payer for it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import click
import polars as pl

from pipelines.commands.session import Session, session_command
from pipelines.io.eligibility import changed_since
from pipelines.io.publishing import source_files
from pipelines.io.workspace import end_of_day

_ROWS_SHOWN = 40
_KEY = ["stay_id", "starts_on"]


@click.group("eligibility")
def eligibility() -> None:
    """Coverage and the days it makes billable: what changed, and asking the payer."""


def _day(_: click.Context, __: click.Parameter, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write a day as YYYY-MM-DD") from None


@eligibility.command("changes")
@click.option("--since", required=True, callback=_day, help="Compare with what was known that day.")
@session_command
def changes(session: Session, since: date) -> None:
    """Stays whose billable days differ from what was known at the end of a day.

    Each run of days with the facts that changed it, file and row, and the service lines and dollars
    gained or lost.
    """
    with session.workspace() as workspace:
        view = workspace.view_now(session.as_of)
        found = changed_since(view, end_of_day(since))
        causes = found.causes.join(source_files(view), on="file_id", how="left")
    of_span = causes.group_by(_KEY).agg(
        pl.struct("feed", "feed_key", "change", "columns", "file", "file_id", "row_number")
        .sort()
        .alias("causes")
    )
    rows = found.spans.join(of_span, on=_KEY, how="left", maintain_order="left").to_dicts()
    told = {"since": end_of_day(since), "spans": rows, "lines": found.lines.to_dicts()}
    lines = [line for row in rows[:_ROWS_SHOWN] for line in _told(row)]
    session.show(told, lambda: "\n".join([f"Since the end of {since}:", *lines]))
    if len(rows) > _ROWS_SHOWN:
        session.say(f"{len(rows) - _ROWS_SHOWN} more: --json has them all.")
    session.say(_totals(found.spans))


def _told(row: dict[str, Any]) -> Iterator[str]:
    """A run of days and, below it, what turned it."""
    reasons = row["reasons_before"] if row["billable"] else row["reasons_after"]
    turned = "gained" if row["billable"] else "lost"
    yield (
        f"{row['stay_id']} at {row['facility_id']}  {row['starts_on']} to {row['ends_on']}  "
        f"{row['days']} days {turned} ({'was' if row['billable'] else 'now'}: "
        f"{', '.join(reasons)}), {row['line_count']} lines, {row['charge_amount']:,.2f}"
    )
    yield from (f"    {_cause(cause)}" for cause in row["causes"] or [])


def _cause(cause: dict[str, Any]) -> str:
    what = ", ".join(cause["columns"]) or cause["change"]
    return (
        f"{cause['feed']} {cause['feed_key']}: {what} ({cause['file']} row {cause['row_number']})"
    )


def _totals(spans: pl.DataFrame) -> str:
    gained, lost = (spans.filter(billable=one)["charge_amount"].sum() or 0 for one in (True, False))
    return f"In all {gained:,.2f} dollars gained, {lost:,.2f} lost."
