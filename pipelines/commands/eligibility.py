"""`reentry eligibility`: what changed in it, what is overdue, and asking the payer for it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import click
import polars as pl

from contracts.errors import UsageError
from pipelines.commands.listing import ROWS_SHOWN
from pipelines.commands.session import Session, grid, session_command
from pipelines.io import inquiries
from pipelines.io.eligibility import changed_since
from pipelines.io.publishing import source_files
from pipelines.io.workspace import View, end_of_day

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
    gained or lost. With a past --as-of, as it was known at the end of that day.
    """
    with session.workspace() as workspace:
        view = workspace.view_on(session.as_of)
        if since > view.as_of:
            end = "today" if view.as_of == workspace.today() else f"--as-of {view.as_of}"
            raise UsageError("since_to_come", f"--since {since} is later than {end}.")
        found = changed_since(view, end_of_day(since))
        causes = _sourced(view, found.causes)
    of_span = causes.group_by(_KEY).agg(
        pl.struct("feed", "feed_key", "change", "columns", "file", "file_id", "row_number")
        .sort()
        .alias("causes")
    )
    rows = found.spans.join(of_span, on=_KEY, how="left", maintain_order="left").to_dicts()
    told = {"since": end_of_day(since), "spans": rows, "lines": found.lines.to_dicts()}
    lines = [line for row in rows[:ROWS_SHOWN] for line in _told(row)]
    session.show(told, lambda: "\n".join([f"Since the end of {since}:", *lines]))
    if len(rows) > ROWS_SHOWN:
        session.say(f"{len(rows) - ROWS_SHOWN} more: --json has them all.")
    session.say(_totals(found.spans))


_REQUESTS = (
    "trace_number", "cin", "month", "asked_on", "days_waiting", "outcome", "reject_codes",
)  # fmt: skip


@eligibility.command("request")
@session_command
def request(session: Session) -> None:
    """Write a 270 that asks about people in custody whose month is unverified or release is near.

    The file lies in the outbox, folder `eligibility`; take the 271 that answers it as any X12 file.
    """
    with session.workspace() as workspace:
        asked = inquiries.request(workspace, workspace.view_now(session.as_of))
        rows = [
            {
                "inquiry_id": one.inquiry_id,
                "requests": one.request_count,
                "interchange_control_number": one.interchange_control_number,
                "file": inquiries.requests_path(workspace, one.file_name),
                "sha256": one.file_sha256,
            }
            for one in asked.written
        ]
    held = asked.held.to_dicts()
    session.show({"written": rows, "held": held})
    for row in rows:
        session.say(f"{row['requests']} people asked about: {row['file']}")
    for row in held:
        session.say(f"{row['person_id']} is held: {row['column_name']}: {row['reason']}.")
    if not rows and not held:
        session.say(
            "Nobody to ask about: everybody in custody with a Medi-Cal number is verified for the "
            "month, or was asked about a short while ago."
        )


@eligibility.command("unanswered")
@session_command
def unanswered(session: Session) -> None:
    """Requests that the payer has not answered, or only rejected, the oldest first.

    A rejection is told with the payer's codes (AAA03 of its 271), its own and those of the levels
    above.
    """
    with session.workspace() as workspace:
        found = inquiries.unanswered(workspace.view_on(session.as_of))
    told = found.select("inquiry_id", "person_id", *_REQUESTS, "file_id", "row_number").to_dicts()
    session.show(told, lambda: grid(f"Unanswered: {len(told)}", _REQUESTS, told[:ROWS_SHOWN]))


_GAPS = ("gap", "stay_id", "facility_id", "due_on", "days_left", "file", "row_number")
_TIMELINE = ("occurred_on", "event", "detail", "stay_id", "feed", "file", "row_number")


@eligibility.command("gaps")
@session_command
def gaps(session: Session) -> None:
    """What is overdue in the enrollment of people in custody or just released, the oldest first."""
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        found = _sourced(view, view.derived("enrollment_gaps")).sort("due_on", "stay_id")
    rows = found.to_dicts()
    session.show(rows, lambda: grid(f"Overdue: {len(rows)}", _GAPS, rows[:ROWS_SHOWN]))
    if len(rows) > ROWS_SHOWN:
        session.say(f"{len(rows) - ROWS_SHOWN} more: --json has them all.")


@eligibility.command("timeline")
@click.argument("stay_id")
@session_command
def timeline(session: Session, stay_id: str) -> None:
    """What happened to a person's Medi-Cal in the episode of a stay, each with its file and row."""
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        mine = pl.col("stay_ids").list.contains(stay_id)
        episode = view.derived("custody_episodes").filter(mine).select("episode_id")
        if episode.is_empty():
            raise UsageError("stay_unknown", "no stay has this stay_id. Check its writing.")
        events = view.derived("enrollment_timeline").join(episode, on="episode_id")
        rows = _sourced(view, events).sort("event_number").to_dicts()
    session.show(rows, lambda: grid(f"Enrollment: {len(rows)} events", _TIMELINE, rows))


def _sourced(view: View, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.join(source_files(view), on="file_id", how="left")


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
