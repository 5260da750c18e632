"""`reentry decisions`: what people decided on the worklist comes back and is looked up."""

from pathlib import Path

import click
import polars as pl

from contracts.decisions import ACTIONS
from contracts.errors import RefusedInputError
from pipelines.commands.listing import ROWS_SHOWN
from pipelines.commands.session import Session, grid, session_command
from pipelines.io import deciding
from pipelines.io.decided import decisions_known
from pipelines.io.deciding import Outcome
from pipelines.io.ledger import users
from pipelines.io.ledger.worklists import READERS
from pipelines.io.workspace import local_day
from pipelines.stages.decisions.in_force import in_force
from reports.words import counted

_TOLD = (
    "decision_id", "subject", "subject_id", "action", "field", "value", "reason", "decided_by",
    "decided_at",
)  # fmt: skip
_SHOWN = ("decided_at", "decided_by", "subject", "subject_id", "action", "field", "reason")
_EVERY_ACTION = tuple(dict.fromkeys(one for some in ACTIONS.values() for one in some))


@click.group("decisions")
def decisions() -> None:
    """Decisions of people: take a returned worklist, decide one, list them."""


@decisions.command("take")
@click.argument("file", type=click.Path(path_type=Path))
@session_command
def take(session: Session, file: Path) -> None:
    """Record the decisions of a worklist that was issued to you. Needs the right to decide."""
    with session.workspace() as workspace:
        outcome = deciding.take(workspace, file)
    _tell(session, outcome)


@decisions.command("make")
@click.argument("subject", type=click.Choice([*ACTIONS, deciding.BUNDLE]))
@click.argument("subject_id")
@click.argument("action")
@click.option("--field", help="For correct and set.")
@click.option("--value", help="For correct and set.")
@click.option("--reason", required=True, help="Why, in a few words.")
@session_command
def make(
    session: Session, subject: str, subject_id: str, action: str, *,
    field: str | None, value: str | None, reason: str,
) -> None:  # fmt: skip
    """Decide about one service line, claim, denial, or bundle that makes a claim (STAY/BUNDLE), as
    it is now.
    """
    with session.workspace() as workspace:
        outcome = deciding.make(
            workspace, subject, [subject_id], action, field=field, value=value, reason=reason
        )
    if outcome.refused.is_empty():  # recorded, now or before
        _tell(session, outcome)
        return
    first = outcome.refused.row(0, named=True)
    raise RefusedInputError(first["code"], f"{first['why']} {first['remedy']}")


@decisions.command("list")
@click.option("--action", type=click.Choice(_EVERY_ACTION), help="Only this decision.")
@click.option("--subject", type=click.Choice(list(ACTIONS)))
@click.option("--all", "everything", is_flag=True, help="Those that others replaced, too.")
@session_command
def list_(session: Session, action: str | None, subject: str | None, *, everything: bool) -> None:
    """Decisions in force, the latest first; with --as-of, those in force at the end of that day.

    Needs the right to view or decide: reasons and values may be a person's.
    """
    with session.workspace() as workspace:
        with workspace.ledger.read() as connection:
            users.check(connection, workspace.user_id, *READERS)
        known = decisions_known(workspace.view_on(session.as_of))
    held = known if everything else pl.concat([in_force(known, s).drop("track") for s in ACTIONS])
    wanted = {name: text for name, text in (("action", action), ("subject", subject)) if text}
    rows = held.filter(**wanted).sort("decided_at", "decision_id", descending=True).select(_TOLD)
    told = rows.to_dicts()
    session.show(told, lambda: grid(f"Decisions: {len(told)}", _SHOWN, told[:ROWS_SHOWN]))
    if len(told) > ROWS_SHOWN:
        session.say(f"{len(told) - ROWS_SHOWN} more: use --action, --subject or --json.")


@decisions.command("refused")
@session_command
def refused(session: Session) -> None:
    """The workbooks of decisions that were not taken. Needs the right to view or decide."""
    with session.workspace() as workspace:
        with workspace.ledger.read() as connection:
            users.check(connection, workspace.user_id, *READERS)
        paths = [str(path) for path in deciding.refusals(workspace)]
    session.show({"files": paths})
    session.say("\n".join(paths) or "None.")


def _tell(session: Session, outcome: Outcome) -> None:
    counts = outcome.refused["code"].value_counts(sort=True).rows()
    session.show(
        {
            "recorded": outcome.recorded_count, "repeated": outcome.repeated_count,
            "refused": outcome.refused.height, "refused_by_rule": dict(counts),
            "refusals": outcome.path and str(outcome.path),
            "replaced": outcome.replaced.to_dicts(),
        }
    )  # fmt: skip
    done = counted(outcome.recorded_count, "decision", "decisions")
    session.say(f"{done} recorded." if outcome.recorded_count else "Nothing new was recorded.")
    if outcome.repeated_count:
        again = counted(outcome.repeated_count, "decision was", "decisions were")
        session.say(f"{again} recorded before: nothing changes.")
    tell_replaced(session, outcome)
    for code, count in counts:
        session.say(f"  not taken: {counted(count, 'row', 'rows')}, {code.replace('_', ' ')}")
    if outcome.path:
        session.say(f"Reasons and remedies: {outcome.path}")
    if outcome.recorded_count:
        session.say("They take effect with the next `reentry run`.")


def tell_replaced(session: Session, outcome: Outcome) -> None:
    """Say which earlier decisions hold no more, since the new ones have taken their place."""
    for row in outcome.replaced.head(ROWS_SHOWN).iter_rows(named=True):
        what = " ".join(filter(None, (row["action"], row["field"], "of", row["subject"])))
        whose = f"by {row['decided_by']} on {local_day(row['decided_at'])}"
        session.say(f"  in place of an earlier one: {what} {row['subject_id']} {whose}")
    left_out = outcome.replaced.height - ROWS_SHOWN
    if left_out > 0:
        session.say(f"  and of {left_out:,} more: --json names them all.")
