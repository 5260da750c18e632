"""`reentry findings` and `reentry worklist`: what is wrong, for whom, where."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.table import Table as Grid

from pipelines.commands.closed_findings import closed_contents
from pipelines.commands.finding_filters import filter_options, wanted
from pipelines.commands.finding_work import assign, note, show
from pipelines.commands.listing import (
    ROWS_SHOWN,
    Contents,
    ListGroup,
    fitting,
    formatted,
    hand_over,
    listing_options,
    of_facilities,
)
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.closing_causes import causes
from pipelines.io.closings import closed
from pipelines.io.findings import listed
from pipelines.io.publishing import write_worklist
from pipelines.io.workspace import View
from reports.findings_list import findings_csv, findings_workbook

_SHOWN = (
    "finding", "severity", "edit_id", "subject_id", "amount", "days_left", "age", "assignee",
    "row_number", "file",
)  # fmt: skip
_ID_SHOWN = 8  # characters: enough to name a finding by


@click.group("findings", cls=ListGroup)
def findings() -> None:
    """What keeps services from being paid, by dollars, and who works on it.

    Without a command: the list. Needs a complete run.
    """


for _command in (assign, note, show):
    findings.add_command(_command)


@findings.command("list")
@filter_options
@click.option("--closed", "is_closed", is_flag=True, help="Closed ones, and what closed each.")
@listing_options
@session_command
def list_(
    session: Session, form: str | None, path: Path | None, facility: str | None, *,
    is_closed: bool, **filters: Any,  # noqa: ANN401 - click's own values
) -> None:  # fmt: skip
    """List what keeps services from being paid, by dollars. Needs a complete run.

    With --closed: what no longer does, and all that may have closed it: the rows that changed what
    the edit reads, the code sets, policy, program, decision or day.
    """
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        rule = wanted(filters, view.as_of, is_closed=is_closed)
        if is_closed:
            every, hidden = closed(view)
            rows = of_facilities(view, every, facility).filter(rule)
            contents = closed_contents(rows, causes(view, rows), view)
        else:
            found = listed(view, session.known_until)
            hidden = found.withheld
            rows = of_facilities(view, found.rows, facility).filter(rule)
            contents = _contents(rows, view)
    remarks = list(_remarks(rows.height if chosen == "table" else 0, hidden))
    hand_over(session, chosen, path, contents, remarks)


def _contents(rows: pl.DataFrame, view: View) -> Contents:
    title = f"Findings {view.workspace.agency.id}, as of {view.as_of.isoformat()}"
    return Contents(
        rows.height,
        rows.to_dicts,
        lambda: _table(rows, view.as_of),
        lambda: findings_csv(rows),
        lambda: findings_workbook(fitting(rows), title, view.known_at),
    )


def _table(rows: pl.DataFrame, as_of: date) -> Grid:
    """The first rows; `age` in days, and an assignee's column only where there is one."""
    shown = rows.head(ROWS_SHOWN).with_columns(
        finding=pl.col("finding_id").str.head(_ID_SHOWN),
        age=(pl.lit(as_of) - pl.col("first_seen_on")).dt.total_days(),
    )
    columns = [name for name in _SHOWN if name != "assignee" or shown["assignee"].count()]
    return grid(f"Findings: {rows.height:,}", columns, shown.to_dicts())


def _remarks(listed_count: int, hidden: int) -> Iterator[str]:
    if listed_count > ROWS_SHOWN:
        yield (
            f"{listed_count - ROWS_SHOWN:,} more: use the filters, --to FILE or `reentry worklist`."
        )
    if hidden:
        yield f"{hidden:,} findings of Part 2 records are withheld: no consent in force."


@click.command("worklist")
@click.option("--to", "path", type=click.Path(path_type=Path), help="Where to write it.")
@session_command
def worklist(session: Session, path: Path | None) -> None:
    """Write the worklist workbook, issued to you."""
    with session.workspace() as workspace:
        written = [str(one) for one in write_worklist(workspace.last_view(), path)]
    session.show({"files": written})
    session.say("\n".join(written))
