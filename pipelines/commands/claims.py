"""`reentry claims`: what has become of what was sent, one claim's life, silence, odd answers,
and the documents that go beside claims.
"""

from pathlib import Path
from typing import Any, Final

import click
import polars as pl

from contracts.derived import DERIVED
from pipelines.commands.claim_page import claim_page
from pipelines.commands.listing import ROWS_SHOWN, ListGroup, formatted, list_rows, listing_options
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.acknowledgements import submission_states
from pipelines.io.answered import answered
from pipelines.io.claim_inquiries import inquire, inquiry_path
from pipelines.io.claim_life import claim_life, overdue, statements
from pipelines.io.claim_states import claims_told
from pipelines.io.evaluation import planned_now
from pipelines.io.publishing import withheld
from pipelines.io.workspace import Workspace
from pipelines.stages.claims.attachments import STATUSES, tracked
from pipelines.stages.claims.cleanings import CLEANED, CLEANING, text_cleanings
from pipelines.x12.charset import CLEANINGS

_CLAIMS: Final = ("patient_control_number", "state", "dispute", "submitted_on", "charge_amount")
_SILENT: Final = (
    "patient_control_number", "state", "batch_id", "sent_on", "days_since_sent", "asked_on",
    "inquiry_due_on", "charge_amount",
)  # fmt: skip
_ANSWERS: Final = (
    "match", "contradiction", "answer", "level", "outcome", "verdict_code", "codes",
    "patient_control_number", "file", "row_number", "segment_ordinal",
)  # fmt: skip
_DOCUMENTS: Final = (
    "attachment_control_number", "status", "report_type_code", "transmission_code", "source",
    "patient_control_number", "state", "sent_on",
)  # fmt: skip


@click.group("claims", cls=ListGroup)
def claims() -> None:
    """What has become of what was sent. Without a command: every claim with its state."""


@claims.command("list")
@session_command
def list_(session: Session) -> None:
    """Every claim with its state."""
    with session.workspace() as workspace:
        rows = claims_told(workspace)
    session.show(rows, lambda: grid(f"Claims: {len(rows)}", _CLAIMS, rows[:ROWS_SHOWN]))


@claims.command("show")
@click.argument("claim", metavar="ID")
@session_command
def show(session: Session, claim: str) -> None:
    """One claim's whole life. ID: its id or a patient control number, or how either begins."""
    with session.workspace() as workspace:
        told = claim_life(workspace, claim, _plan(workspace))
    session.show(told, lambda: claim_page(told))


@claims.command("overdue")
@session_command
def overdue_(session: Session) -> None:
    """Claims that were sent and that the payer has not answered, the longest silent first."""
    with session.workspace() as workspace:
        rows = overdue(workspace, workspace.view_now(session.as_of)).to_dicts()
    due = sum(bool(row["is_due"]) for row in rows)
    title = f"Unanswered: {len(rows)} claims, of which {due} are due to be asked about"
    session.show(rows, lambda: grid(title, _SILENT, rows[:ROWS_SHOWN]))
    _say_rest(session, rows)


@claims.command("inquire")
@session_command
def inquire_(session: Session) -> None:
    """Write a 276 that asks about the claims that are due: `claims overdue` lists them.

    The file lies in the outbox, folder `status`; take the 277 that answers it as any X12 file.
    """
    with session.workspace() as workspace:
        rows = [
            {
                "inquiry_id": one.inquiry_id,
                "claims": one.request_count,
                "interchange_control_number": one.interchange_control_number,
                "file": inquiry_path(workspace, one.file_name),
                "sha256": one.file_sha256,
            }
            for one in inquire(workspace, workspace.view_now(session.as_of))
        ]
    session.show(rows)
    for row in rows:
        session.say(f"{row['claims']} claims asked about: {row['file']}")


@claims.command("answers")
@click.option("--foreign", is_flag=True, help="Of files in which nothing is ours.")
@click.option("--unmatched", is_flag=True, help="Naming a claim that we never sent.")
@click.option("--contradictory", is_flag=True, help="At odds with another, or with the ledger.")
@click.option("--duplicates", is_flag=True, help="Said before.")
@session_command
def answers(session: Session, **chosen: bool) -> None:
    """What the payer said that fits no claim or contradicts itself; with options, only such."""
    tests = {
        "foreign": pl.col("match") == "foreign",
        "unmatched": pl.col("match") == "unmatched",
        "contradictory": pl.col("contradiction").is_not_null(),
        "duplicates": pl.col("is_duplicate"),
    }
    named = [name for name, asked in chosen.items() if asked] or list(tests)[:3]
    with session.workspace() as workspace:
        said = statements(workspace.view_now())
    found = said.filter(pl.any_horizontal(tests[name] for name in named))
    rows = found.select("file", *DERIVED["acknowledgements"].names).to_dicts()
    title = f"Answers: {len(rows)} of {said.height} statements are {' or '.join(named)}"
    session.show(rows, lambda: grid(title, _ANSWERS, rows[:ROWS_SHOWN]))
    _say_rest(session, rows)


@claims.command("attachments")
@click.option("--status", type=click.Choice(STATUSES), multiple=True, help="Only these.")
@listing_options
@session_command
def attachments(
    session: Session, form: str | None, path: Path | None, status: tuple[str, ...]
) -> None:
    """Documents that claims name (PWK): which are sent, and which still are to be.

    They go by mail, fax or upload, never in the claim file; `sent_on` of the attachments feed says
    that one has gone.
    """
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        now = workspace.view_now(view.as_of)
        known = answered(now, submission_states(now))
        rows = tracked(view.derived("claims"), now.current("attachments"), known)
    rows = rows.filter(pl.col("status").is_in(list(status))) if status else rows
    list_rows(session, chosen, path, rows, "Attachments", _DOCUMENTS, view)


@claims.command("cleanings")
@click.option("--rule", type=click.Choice(CLEANINGS), multiple=True, help="Only these.")
@listing_options
@session_command
def cleaned(session: Session, form: str | None, path: Path | None, rule: tuple[str, ...]) -> None:
    """Values of the feeds that claims cannot carry as they are: by which rules each is cleaned.

    The value is in its feed alone. One that no rule makes fit holds its claim.
    """
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        facts = {feed: view.current(feed) for feed in CLEANED}
        facts["encounters"], hidden = withheld(view, facts["encounters"])
        rows = text_cleanings(facts)
    if rule:
        rows = rows.filter(pl.col("rules").list.set_intersection(list(rule)).list.len() > 0)
    note = f"{hidden:,} encounters of Part 2 are withheld: no consent in force."
    remarks = [note] if hidden else []
    list_rows(session, chosen, path, rows, "Cleanings", CLEANING.names(), view, remarks=remarks)


def _plan(workspace: Workspace) -> pl.DataFrame:
    """The plan of this moment; empty before the first run."""
    run = workspace.last_run()
    if run is None:
        return DERIVED["plan"].empty()
    seen = workspace.view(run)
    now = workspace.view_now(seen.as_of)
    return planned_now(now, seen)


def _say_rest(session: Session, rows: list[dict[str, Any]]) -> None:
    if len(rows) > ROWS_SHOWN:
        session.say(f"{len(rows) - ROWS_SHOWN} more: --json has them all.")
