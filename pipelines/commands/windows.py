"""`reentry windows`: on which days of a stay services are billable, and why not on the others."""

from decimal import Decimal
from typing import Any

import click
import polars as pl

from contracts.errors import UsageError
from pipelines.commands.listing import ROWS_SHOWN
from pipelines.commands.session import Session, grid, session_command
from pipelines.commands.stay_page import stay_page
from pipelines.io.eligibility import policies_compared, stay_explained
from pipelines.io.publishing import source_files
from pipelines.io.workspace import View

_SHOWN = ("stay_id", "window_number", "facility_id", "starts_on", "ends_on", "state", "reasons")
_TOLD = (
    "stay_id", "person_id", "facility_id", "window_number", "starts_on", "ends_on", "state",
    "reasons", "policy",
)  # fmt: skip
_DAYS = ("stay_id", "day", "billable", "reasons")
_STAYS = (
    "stay_id", "facility_id", "days_gained", "days_lost", "lines_gained", "gained_amount",
    "lines_lost", "lost_amount",
)  # fmt: skip


@click.command("windows")
@click.argument("compare", required=False, type=click.Choice(["compare"]))
@click.option("--stay", "stay_id", help="Explain one stay: its day line and every boundary.")
@click.option("--days", is_flag=True, help="Every day from booking to release or as-of.")
@session_command
def windows(session: Session, compare: str | None, stay_id: str | None, *, days: bool) -> None:
    """The windows of each stay: the hull of the days on which services are billable.

    As the last complete run found them. `compare` tells what the other window policy would change:
    stays, days, service lines and dollars. It compares whether a day is billable; other findings of
    a line stay as they are.
    """
    if compare and (stay_id is not None or days):
        raise click.UsageError("compare takes neither --stay nor --days.")
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        if compare:
            _tell_of_policy(view)
            _compare(session, view)
        elif stay_id is not None and not days:
            _tell_of_policy(view)
            told, found = stay_explained(view, stay_id)
            page = stay_page(told, found, source_files(view), view.as_of)
            session.show(page.as_json(), page.as_text)
        else:
            _list(session, view, stay_id, days=days)


def _tell_of_policy(view: View) -> None:
    """What is judged anew follows policy.toml as it is now, what the run wrote as it was then."""
    if view.run.policy_hash != view.workspace.policy.digest:
        click.echo(
            "policy.toml has changed since that run: days and services are judged by it as it is "
            "now, the windows are the run's. `reentry run` makes them one.",
            err=True,
        )


def _list(session: Session, view: View, stay_id: str | None, *, days: bool) -> None:
    name, columns = ("billable_days", _DAYS) if days else ("prerelease_windows", _TOLD)
    rows = view.derived(name).select(columns)
    if stay_id is not None:
        rows = _of_stay(view, rows, stay_id)
    title = f"{'Days' if days else 'Windows'}: {rows.height}"
    shown = _DAYS if days else _SHOWN
    session.show(
        rows.to_dicts() if session.as_json else [],
        lambda: grid(title, shown, rows.head(ROWS_SHOWN).to_dicts()),
    )
    if rows.height > ROWS_SHOWN:
        session.say(f"{rows.height - ROWS_SHOWN} more: use --stay or --json.")


def _of_stay(view: View, rows: pl.DataFrame, stay_id: str) -> pl.DataFrame:
    """A stay's rows; none where its days are still to come. Raises UsageError if it is unknown."""
    if view.derived("prerelease_windows").filter(stay_id=stay_id).is_empty():
        raise UsageError("stay_unknown", "the last run knew no such stay. Check its writing.")
    return rows.filter(stay_id=stay_id)


def _compare(session: Session, view: View) -> None:
    found = policies_compared(view)
    waiting = found.lines.filter("waits", "other_billable")
    totals = {
        "gained_amount": _sum(found.stays, "gained_amount"),
        "lost_amount": _sum(found.stays, "lost_amount"),
        "waiting_amount": _sum(waiting, "charge_amount"),
    }
    told: dict[str, Any] = {"policy": found.policy, "other": found.other} | totals
    told |= {"stays": found.stays.to_dicts(), "lines": found.lines.to_dicts()}
    dearest = found.stays.sort(
        pl.max_horizontal("gained_amount", "lost_amount"), "stay_id", descending=[True, False]
    )
    title = f"{found.other} instead of {found.policy}: {found.stays.height} stays differ"
    session.show(told, lambda: grid(title, _STAYS, dearest.head(ROWS_SHOWN).to_dicts()))
    session.say(
        f"In all {totals['gained_amount']:,.2f} dollars gained, of which "
        f"{totals['waiting_amount']:,.2f} would wait for a final release, and "
        f"{totals['lost_amount']:,.2f} lost."
    )


def _sum(rows: pl.DataFrame, column: str) -> Decimal:
    return sum(rows[column], Decimal("0.00"))
