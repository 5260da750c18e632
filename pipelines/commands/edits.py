"""`reentry edits`: which rules there are, how severe in this home, and what they last found."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import click

from contracts.edit_policy import SEVERITIES
from contracts.policy import Policy
from pipelines.commands.confusion import confusion
from pipelines.commands.finding_filters import choices, no_such_edit
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.workspace import Workspace
from pipelines.stages.edits.catalogue import ALL_EDITS
from pipelines.stages.edits.edit import Edit
from pipelines.stages.edits.in_force import severity_in_force, with_policy

COUNTS = ("evaluated_count", "finding_count", "not_evaluated_count")
_SHOWN = ("edit", "category", "severity", "owner", *COUNTS)
_CHOSEN = ("severity", "category", "owner")


@click.group("edits")
def edits() -> None:
    """The rules that services and stays are judged by."""


edits.add_command(confusion)


@edits.command("list")
@click.option("--category", type=choices("category"), help="Only this category.")
@click.option(
    "--severity", type=click.Choice(SEVERITIES), help="Only this severity, as in force; or off."
)
@click.option("--owner", type=choices("owner"), help="Only what this role can mend.")
@session_command
def list_(session: Session, **chosen: str | None) -> None:
    """List the edits as policy has them, with the counts of the last run."""
    wanted = {name: chosen[name] for name in _CHOSEN if chosen[name]}
    rows = [row for row in _told(session) if wanted.items() <= row.items()]
    session.show(rows, lambda: grid(f"Edits: {len(rows)}", _SHOWN, rows))


@edits.command("show")
@click.argument("edit_id", metavar="ID")
@session_command
def show(session: Session, edit_id: str) -> None:
    """Show one edit: its words, its source, what policy has set of it."""
    row = next((row for row in _told(session) if row["edit"] == edit_id), None)
    if row is None:
        raise no_such_edit(edit_id)
    lines = [{"of": name.replace("_", " "), "told": _plain(row[name])} for name in row]
    session.show(row, lambda: grid(edit_id, ("of", "told"), lines))


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _told(session: Session) -> list[dict[str, Any]]:
    with session.workspace() as workspace:
        day = session.as_of or workspace.today()
        counts, policy = _counts(workspace, session.as_of), workspace.policy
    return [_row(edit, policy, day) | counts.get(edit.id, {}) for edit in ALL_EDITS.values()]


def _counts(workspace: Workspace, as_of: date | None) -> Mapping[str, dict[str, Any]]:
    """Of the last complete run; of none, nothing."""
    run = workspace.last_run(as_of)
    if run is None:
        return {}
    rows = workspace.view(run).derived("edit_counts").iter_rows(named=True)
    return {row["edit_id"]: {name: row[name] for name in COUNTS} for row in rows}


def _row(edit: Edit, policy: Policy, day: date) -> dict[str, Any]:
    """As in force on the day; `shipped_severity` where policy has another."""
    setting = policy.edit_setting(edit.id, day)
    held = with_policy({edit.id: edit}, policy, day).get(edit.id, edit)
    return {
        "edit": edit.id,
        "category": edit.category,
        "severity": severity_in_force(edit, policy, day),
        "shipped_severity": edit.severity,
        "is_federal": edit.is_federal,
        "owner": edit.owner,
        "message": edit.message,
        "remedy": edit.remedy,
        "source": edit.source,
        "policy_source": None if setting is None else setting.source,
        "services_from": held.valid_from,
        "services_to": held.valid_to,
        **dict.fromkeys(COUNTS),
    }
