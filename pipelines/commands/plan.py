"""`reentry plan`: what would go out, what waits for what, and what is lost to the filing limit."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import polars as pl
from rich.console import Group

from contracts.errors import UsageError
from contracts.fields import field_of
from pipelines.commands import plan_what_if
from pipelines.commands.listing import (
    ROWS_SHOWN,
    Contents,
    fitting,
    formatted,
    hand_over,
    listing_options,
    of_facilities,
)
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.evaluation import CALENDAR, planned_now
from pipelines.io.lateness import with_lateness
from pipelines.io.workspace import View, Workspace
from pipelines.stages.plan.summary import summary
from reports.plan_list import plan_csv, plan_workbook

_SUMMARY: Final = (
    "action", "facility_id", "claims", "charge_amount", "expected_amount", "deadline_on", "send_by",
)  # fmt: skip
_PLAN: Final = (
    "action", "patient_control_number", "facility_id", "charge_amount", "expected_amount",
    "deadline_on", "send_by", "reasons",
)  # fmt: skip
_LOST: Final = (
    "claim_id", "facility_id", "charge_amount", "expected_amount", "deadline_on", "late_cause",
    "late_detail",
)  # fmt: skip
_TOLD: Final = (
    "action", "claim_id", "patient_control_number", "frequency_code", "facility_id", "route",
    "charge_amount", "expected_amount", "deadline_on", "reasons", "replaces",
)  # fmt: skip
ACTIONS: Final = field_of("plan", "action").allowed


@click.command("plan")
@click.option("--action", type=click.Choice(ACTIONS), multiple=True, help="Only these actions.")
@click.option("--facility", multiple=True, help="Only these facilities.")
@click.option("--reason", multiple=True, help="Only claims with one of these reasons.")
@click.option(
    "--late", is_flag=True, help="Only claims whose filing limit passed before they went."
)
@click.option(
    "--what-if",
    "words",
    multiple=True,
    metavar="WORD",
    help="What would differ: a policy.toml, NAME=VALUE of policy, STAY=YYYY-MM-DD "
    "(its release) or CODE_SET=FILE. Writes nothing.",
)
@click.option(
    "--effective",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="With --what-if CODE_SET=FILE: the first day of that edition.",
)
@listing_options
@session_command
def plan(
    session: Session, form: str | None, path: Path | None, action: tuple[str, ...],
    facility: tuple[str, ...], reason: tuple[str, ...], words: tuple[str, ...],
    effective: datetime | None, *, late: bool,
) -> None:  # fmt: skip
    """What would be sent, changed or held: the last run's claims against the ledger as it is.

    Expected payment is rate by timeliness, empty where no rate is known. A claim past its filing
    limit has the cause that made it late among its reasons.
    """
    if words:
        _refuse_filters(form, path, action, facility, reason, late)
        with session.workspace() as workspace:
            view = workspace.view_on(session.as_of)
            plan_what_if.show(session, view, words, effective and effective.date())
        return
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        rows = of_facilities(view, told(workspace, view), *facility).filter(
            pl.col("action").is_in(list(action)) if action else pl.lit(value=True),
            *([pl.col("reasons").list.set_intersection(list(reason)).list.len() > 0]
              if reason else []),
            *([pl.col("late_cause").is_not_null()] if late else []),
        )  # fmt: skip
        remarks = list(_remarks(rows, view, is_table=chosen == "table"))
    hand_over(session, chosen, path, _contents(rows, view), remarks)


def _refuse_filters(*given: object) -> None:
    if any(given):
        raise UsageError("what_if", "--what-if goes with --effective and --json alone.")


def told(workspace: Workspace, seen: View) -> pl.DataFrame:
    """The plan of this moment, for the claims of a run, with what made late claims late."""
    now = workspace.view_now(seen.as_of)
    lines = seen.derived("claim_lines")
    rows = with_lateness(planned_now(now, seen), now, lines)
    cause = pl.concat_list("late_cause").list.drop_nulls()
    return rows.with_columns(pl.col("reasons").list.concat(cause)).sort(
        "action", "deadline_on", "claim_id"
    )


def _contents(rows: pl.DataFrame, view: View) -> Contents:
    title = f"Plan {view.workspace.agency.id}, as of {view.as_of.isoformat()}"
    return Contents(
        rows.height,
        lambda: rows.select(_TOLD).to_dicts(),
        lambda: _tables(rows),
        lambda: plan_csv(rows),
        lambda: plan_workbook(fitting(rows), summary(rows), title, view.known_at),
    )


def _tables(rows: pl.DataFrame) -> Group:
    title = f"Plan: {rows.height:,} claims by action and facility"
    tables = [
        grid(f"Plan: {rows.height:,} claims", _PLAN, _first(rows)),
        grid(title, _SUMMARY, summary(rows).to_dicts()),
    ]
    lost = rows.filter(pl.col("late_cause").is_not_null())
    if lost.height:
        title = f"Lost to the filing limit, or cut by it: {lost.height:,} claims"
        tables.insert(1, grid(title, _LOST, _first(lost)))
    return Group(*tables)


def _first(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return rows.head(ROWS_SHOWN).to_dicts()


def _remarks(rows: pl.DataFrame, view: View, *, is_table: bool) -> Iterator[str]:
    if is_table and rows.height > ROWS_SHOWN:
        yield f"{rows.height - ROWS_SHOWN:,} more: use the filters, --to FILE or --json."
    unpriced = rows["expected_amount"].is_null().sum()
    if is_table and unpriced:
        yield f"{unpriced:,} claims have no expected payment: no rate is known, or no facts."
    if view.codes([CALENDAR])[CALENDAR].is_empty():
        yield (
            "Nobody can say by when to send: the payer's cut-off calendar is unset. Load it with "
            f"`reentry codes import {CALENDAR}`."
        )
