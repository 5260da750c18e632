"""`reentry status`: where the agency stands."""

from typing import Any

import click
from rich.console import Group
from rich.table import Table

from pipelines.commands.session import Session, grid, session_command
from pipelines.io.summary import status as summarize


@click.command("status")
@session_command
def status(session: Session) -> None:
    """What came in, what was found, what was sent, what it is worth."""
    with session.workspace() as workspace:
        told = summarize(workspace)
    session.show(told)
    if not session.as_json:
        session.console.print(page(told))


def page(told: dict[str, Any]) -> Group:
    """The status as a page for the terminal."""
    rows = [{"feed": feed} | counts for feed, counts in told["rows"].items() if counts["received"]]
    found = [
        {"category": category, **counts, "all": sum(counts.values())}
        for category, counts in told["findings"].items()
    ]
    return Group(
        f"As of {told['as_of'] or 'no run yet'}, known at {told['known_at'] or '-'}",
        _pairs("Files", told["files"]),
        grid("Rows", ("feed", "received", "accepted", "quarantined", "duplicate"), rows),
        grid("Findings", ("category", "reject", "hold", "warn", "all"), found),
        _pairs("Claims", told["claims"]),
        _pairs("Batches", told["batches"]),
        _pairs("Dollars of claims in effect", told["money"]),
        *(f"Warning: {warning}" for warning in (told["last_run"] or {}).get("warnings", [])),
    )


def _pairs(title: str, counts: dict[str, Any]) -> Table:
    return grid(title, tuple(counts), [counts] if counts else [])
