"""`reentry denials appeal`, `inquire`, `record`, `disputes`, `show`, `packet`: arguing a denial.

What may be decided is judged like any decision; here it is only asked for and told. The command
line finds `denials` here, whole.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import polars as pl

from contracts.disputes import EVENTS, KINDS, STATES
from contracts.errors import RefusedInputError, UsageError
from pipelines.commands.decisions import tell_replaced
from pipelines.commands.denials import denials
from pipelines.commands.listing import formatted, list_rows, listing_options
from pipelines.commands.session import Session, session_command
from pipelines.io import deciding
from pipelines.io import disputes as rim
from pipelines.io.home import write_private
from pipelines.io.packets import packet_of
from pipelines.io.why_payment import in_words
from pipelines.io.workspace import local_day
from reports.packet import letter_text, packet_page

_SHOWN: Final = (
    "denial_id", "claim_id", "line_ordinal", "kind", "state", "amount", "sent_on", "awaits",
    "due_on", "days_left",
)  # fmt: skip
_LISTED: Final = (
    "dispute_id", *_SHOWN, "deadline_on", "remitted_on", "moved_on", "reference", "opened_by",
    "reason",
)  # fmt: skip
_DAY: Final = click.DateTime(formats=["%Y-%m-%d"])


def _opening(name: str, kind: str, told: str) -> None:
    @denials.command(name, help=told)
    @click.argument("denial_ids", metavar="ID...", nargs=-1, required=True)
    @click.option("--reason", required=True, help="Why, in a few words.")
    @session_command
    def command(session: Session, denial_ids: tuple[str, ...], reason: str) -> None:
        _open(session, kind, denial_ids, reason)


_opening(
    "appeal", "appeal",
    "Open an appeal of denials, by the beginning of an id. Needs the right to decide.\n\n"
    "It blocks replacements of their claims until its end is recorded.",
)  # fmt: skip
_opening(
    "inquire", "inquiry",
    "Open a claim inquiry about denials. Needs the right to decide.\n\n"
    "It blocks replacements of their claims until its end is recorded.",
)  # fmt: skip


def _open(session: Session, kind: str, wanted: tuple[str, ...], reason: str) -> None:
    with session.workspace() as workspace:
        known = workspace.last_view().derived("denials")["denial_id"]
        ids = [rim.found(known, one) for one in wanted]
        outcome = deciding.make(
            workspace, "denial", ids, kind, field=None, value=None, reason=reason
        )
        opened = rim.standing(workspace.view_now()).filter("is_open")
    if outcome.refused.height:
        first = outcome.refused.row(0, named=True)
        told = f"denial {first['subject_id']}: {first['why']} {first['remedy']}"
        raise RefusedInputError(first["code"], told)
    rows = opened.filter(pl.col("denial_id").is_in(ids)).select(_SHOWN).to_dicts()
    earlier = outcome.replaced.rows_by_key("subject_id", named=True, include_key=True)
    session.show([row | {"replaced": earlier[row["denial_id"]]} for row in rows])
    for row in rows:
        session.say(f"{row['kind'].capitalize()} of {row['denial_id']}: send by {row['due_on']}.")
    tell_replaced(session, outcome)
    session.say("The packet: reentry denials packet ID --to FOLDER. Once sent: record ID sent.")


@denials.command("record")
@click.argument("denial_id", metavar="ID")
@click.argument("event", type=click.Choice(EVENTS))
@click.option("--on", "day", type=_DAY, help="The day of it; default: today.")
@click.option("--reference", help="The payer's number of it, or the post's.")
@click.option("--note", help="What there is to say about it.")
@session_command
def record(
    session: Session, denial_id: str, event: str, day: datetime | None, reference: str | None,
    note: str | None,
) -> None:  # fmt: skip
    """Record what became of an inquiry or appeal. Needs the right to decide.

    Upheld: the denial stands. Overturned: the payer pays; the remittance follows.
    """
    with session.workspace() as workspace:
        on = workspace.today() if day is None else day.date()
        whole, kind = rim.record(workspace, denial_id, event, on, reference, note)
        rows = rim.standing(workspace.view_now()).filter(denial_id=whole).tail(1)
    session.show(rows.select(_SHOWN).to_dicts())
    session.say(f"{kind.capitalize()} of {whole}: {event} on {on}.")


@denials.command("disputes")
@click.option("--kind", type=click.Choice(KINDS))
@click.option("--state", type=click.Choice(STATES))
@click.option("--all", "everything", is_flag=True, help="Those that are closed, too.")
@listing_options
@session_command
def disputes(
    session: Session, form: str | None, path: Path | None, *, everything: bool,
    **wanted: str | None,
) -> None:  # fmt: skip
    """Inquiries and appeals that are open: what each waits for, the first due first."""
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.view_on(session.as_of)
        every = rim.standing(view)
        held = every if everything or wanted["state"] else every.filter("is_open")
        named = {name: value for name, value in wanted.items() if value}
        rows = held.filter(**named).sort("due_on", "denial_id", nulls_last=True).select(_LISTED)
    list_rows(session, chosen, path, rows, "Disputes", _SHOWN, view)


@denials.command("show")
@click.argument("denial_id", metavar="ID")
@session_command
def show(session: Session, denial_id: str) -> None:
    """One denial: what was sent, what came back, what proves it, and what is argued about it.

    Needs the right to view or decide.
    """
    told = _gathered(session, denial_id)
    session.show(told, lambda: _page(told))


@denials.command("packet")
@click.argument("denial_id", metavar="ID")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path),
              help="Where the packet is written, for you alone.")  # fmt: skip
@session_command
def packet(session: Session, denial_id: str, folder: Path) -> None:
    """Write what an inquiry or appeal needs on one page to print, its letter also as text.

    Needs the right to view or decide.
    """
    told = _gathered(session, denial_id)
    if folder.is_file():
        raise UsageError("no_folder", "--to names a file. Name a folder.")
    stem = f"{told['kind']}-{told['denial']['denial_id']}"
    made = {f"{stem}.html": packet_page(told), f"{stem}.txt": letter_text(told).encode()}
    paths = [str(write_private(folder / name, content)) for name, content in made.items()]
    session.show({"files": paths, "deadline_on": told["deadline_on"], "missing": told["missing"]})
    session.say("\n".join(paths))
    for what in told["missing"]:
        session.say(f"Still missing: {what}")


def _gathered(session: Session, denial_id: str) -> dict[str, Any]:
    """The packet. Raises UsageError for a day gone by: it holds what is known now."""
    with session.workspace() as workspace:
        if session.as_of is not None and session.as_of < workspace.today():
            told = "a denial is shown with all that is known of it now. Leave out --as-of."
            raise UsageError("as_of_past", told)
        return packet_of(workspace, workspace.last_view(session.as_of), denial_id)


def _page(told: dict[str, Any]) -> str:
    denial = told["denial"]
    ids = f"line {denial['line_ordinal']}, claim {denial['claim_id']}"
    until = f"until {told['deadline_on'] or 'no day that is set'}"
    step = f"{denial['category']}: {denial['next_step']} ({denial['owner']})"
    lines = [
        f"Denial {denial['denial_id']}: {denial['amount']:,.2f} of {ids}",
        f"{step}; {told['kind']} {until}",
        *(line for one in told["sections"]["came_back"] for line in in_words(one)),
        *(f"[{'x' if one['is_there'] else ' '}] {one['what']}" for one in told["checklist"]),
        *(f"{one['occurred_on']}  {one['kind']} {one['event']}" for one in told["events"]),
        *(_decided(one) for one in told["decisions"]),
    ]
    return "\n".join(lines)


def _decided(one: dict[str, Any]) -> str:
    """A decision of the denial's life, and whether it still holds."""
    place = f"; {one['replaced_by']} took its place" if one["replaced_by"] else ""
    day = local_day(one["decided_at"])
    return f"{day}  decided {one['decision_id']}: {one['action']} by {one['decided_by']}{place}"
