"""`reentry findings assign`, `note` and `show`: who works on a finding, and all about one."""

from collections.abc import Iterable, Iterator
from typing import Any

import click

from pipelines.commands.session import Session, session_command
from pipelines.io import findings as io
from pipelines.io.finding_page import FindingPage, finding_page
from pipelines.io.ledger import users
from pipelines.io.ledger.worklists import READERS
from pipelines.io.workspace import local_day


@click.command("assign")
@click.argument("named", metavar="FINDING_ID...", nargs=-1, required=True)
@click.option("--to", "assignee", required=True, help="The user who is to work on it.")
@click.option("--note", "text", help="A note on each of them.")
@session_command
def assign(session: Session, named: tuple[str, ...], assignee: str, text: str | None) -> None:
    """Give open findings to somebody to work on. Needs the right to decide.

    An id may be cut short as long as it names one finding. The newest assignment counts.
    """
    with session.workspace() as workspace:
        view = workspace.last_view()
        ids = io.resolved(view, named)
        io.require_open(view, ids)
        io.assign(workspace, ids, assignee, text)
    session.show({"finding_ids": ids, "assignee": assignee})
    session.say(f"Assigned to {assignee}: {', '.join(ids)}")


@click.command("note")
@click.argument("named", metavar="FINDING_ID")
@click.argument("text")
@session_command
def note(session: Session, named: str, text: str) -> None:
    """Add a note to a finding. Needs the right to decide.

    A note stays as it is written. It is as private as a worklist: it may name a person.
    """
    with session.workspace() as workspace:
        view = workspace.last_view()
        (finding_id,) = io.resolved(view, [named])
        finding_page(view, finding_id)  # one that may not be shown gets no note
        recorded_at = io.add_note(workspace, finding_id, text)
    session.show({"finding_id": finding_id, "recorded_at": recorded_at})
    session.say(f"Noted on {finding_id}.")


@click.command("show")
@click.argument("named", metavar="FINDING_ID")
@session_command
def show(session: Session, named: str) -> None:
    """All about one finding: words, source, deadline, life, assignment and notes.

    Needs the right to view or decide: notes may name a person.
    """
    with session.workspace() as workspace:
        with workspace.ledger.read() as connection:
            users.check(connection, workspace.user_id, *READERS)
        view = workspace.last_view(session.as_of)
        (finding_id,) = io.resolved(view, [named])
        page = finding_page(view, finding_id, session.known_until)
    session.show(page.as_json(), lambda: "\n".join(_lines(page)))


def _lines(page: FindingPage) -> Iterator[str]:
    width = max(len(name) for name in page.facts)
    for name, value in page.facts.items():
        if name == "closed_by":
            yield from (f"{'closed by':<{width}}  {cause['detail']}" for cause in value)
        elif value is not None:
            yield f"{name.replace('_', ' '):<{width}}  {value}"
    yield from _titled("Life", map(_turn, page.life))
    yield from _titled("Work", map(_entry, page.work))


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = [f"  {line}" for line in lines]
    if told:
        yield from ("", title, *told)


def _turn(row: dict[str, Any]) -> str:
    return f"{row['as_of']}  {row['event']} by run {row['run_id']}"


def _entry(row: dict[str, Any]) -> str:
    given = f"assigned to {row['assignee']}" if row["assignee"] else None
    said = "; ".join(part for part in (given, row["note"]) if part)
    return f"{local_day(row['recorded_at'])}  {row['recorded_by']}: {said}"
