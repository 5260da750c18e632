"""`reentry batch`: from the plan to a written 837P, with two people's consent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from contracts.errors import UsageError
from pipelines.commands.batch_preview import contents
from pipelines.commands.listing import formatted, hand_over, listing_options
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.evaluation import CARE_BUNDLES, code_set_status, planned_again, planned_now
from pipelines.io.ledger import batch_claims, batches
from pipelines.io.ledger.batches import BatchRow
from pipelines.io.outbox.commands import Outbox, Written
from pipelines.io.outbox.rendering import frozen_content
from pipelines.io.workspace import View, Workspace
from pipelines.stages.claims.code_rules import CODE_SETS
from pipelines.stages.claims.validation import violations
from pipelines.x12.claim_forms import FORMS

_COLUMNS = (
    "batch_id", "state", "usage", "claims", "charge_amount", "interchange_control_number", "file",
    "proposed_by", "approved_by",
)  # fmt: skip


def outbox(workspace: Workspace) -> Outbox:
    """The agency's outbox in the hands of the workspace's user."""
    path = workspace.home.outbox(workspace.agency.id)
    return Outbox(workspace.ledger, path, workspace.agency, workspace.user_id)


def told(batch: BatchRow) -> dict[str, Any]:
    """A batch as `reentry batch list --json` tells it."""
    return {
        "batch_id": batch.batch_id,
        "state": batch.state,
        "usage": batch.usage,
        "claim_form": batch.claim_form,
        "route": batch.route,
        "claims": batch.claim_count,
        "charge_amount": batch.charge_amount,
        "interchange_control_number": batch.interchange_control_number,
        "file": batch.file_name,
        "sha256": batch.file_sha256,
        "proposed_by": batch.proposed_by,
        "approved_by": batch.approved_by,
    }


def proposed(workspace: Workspace) -> list[BatchRow]:
    """Propose what the last run's claims need, as the ledger stands now."""
    seen = workspace.last_view()
    now = workspace.view_now(seen.as_of)
    return outbox(workspace).propose(
        planned_now(now, seen),
        seen.derived("claim_lines"),
        workspace.policy,
        seen.as_of,
        code_set_status(workspace, seen),
        seen.codes([CARE_BUNDLES])[CARE_BUNDLES],
    )


def written(workspace: Workspace, batch_ids: Sequence[str], now: View) -> list[Written]:
    """Write approved batches, less the claims that facts no longer support."""
    status = code_set_status(workspace, now)
    plan = planned_again(now)
    bundles = now.codes([CARE_BUNDLES])[CARE_BUNDLES]
    return outbox(workspace).write(batch_ids, plan, workspace.policy, now.as_of, status, bundles)


def write_batch(biller: Session, approver: Session) -> None:
    """Propose, approve and write what is new."""
    with biller.workspace() as workspace:
        try:
            made = proposed(workspace)
        except UsageError as nothing:
            if nothing.code != "nothing_to_propose":
                raise
            made = []
    with approver.workspace() as workspace:
        for batch in made:
            outbox(workspace).approve(batch.batch_id)
    with biller.workspace() as workspace:
        written(workspace, [batch.batch_id for batch in made], workspace.view_now(biller.as_of))


def outgoing(workspace: Workspace) -> list[Path]:
    """The files that the outbox holds."""
    folder = workspace.home.outbox(workspace.agency.id)
    return sorted(path for path in folder.glob("[!.]*") if path.is_file())


@click.group("batch")
def batch() -> None:
    """Batches of claims: propose, approve, write, sent, withdraw."""


def _show(session: Session, rows: list[dict[str, Any]]) -> None:
    session.show(rows, lambda: grid("Batches", _COLUMNS, rows) if rows else "No batch.")


@batch.command("propose")
@session_command
def propose(session: Session) -> None:
    """Freeze what the plan would send. Needs the right to propose."""
    with session.workspace() as workspace:
        _show(session, [told(row) for row in proposed(workspace)])


@batch.command("approve")
@click.argument("batch_id")
@session_command
def approve(session: Session, batch_id: str) -> None:
    """Approve a batch that somebody else proposed. Needs the right to approve."""
    with session.workspace() as workspace:
        _show(session, [told(outbox(workspace).approve(batch_id))])


@batch.command("write")
@click.argument("batch_ids", metavar="BATCH_ID...", nargs=-1, required=True)
@session_command
def write(session: Session, batch_ids: tuple[str, ...]) -> None:
    """Plan again from the facts, then write the files: all of them, or none where one is refused.

    Needs the right to write.
    """
    with session.workspace() as workspace:
        chosen = list(dict.fromkeys(batch_ids))
        done = written(workspace, chosen, workspace.view_now(session.as_of))
    rows = [
        told(one.batch) | {"path": one.path and str(one.path), "left": one.left} for one in done
    ]
    session.show(rows, lambda: grid("Batches", _COLUMNS, rows))
    for one in done:
        session.say(str(one.path or f"{one.batch.batch_id}: every claim left it, nothing written."))
        for claim_id, reason in one.left.items():
            session.say(f"  left the batch: claim {claim_id}, {reason}")


@batch.command("sent")
@click.argument("batch_id")
@session_command
def sent(session: Session, batch_id: str) -> None:
    """Record that the file has gone to the payer."""
    with session.workspace() as workspace:
        _show(session, [told(outbox(workspace).sent(batch_id))])


def _said(_: click.Context, __: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("say why, in a few words")
    return value.strip()


@batch.command("withdraw")
@click.argument("batch_id")
@click.option("--reason", required=True, callback=_said, help="Why, in a few words.")
@session_command
def withdraw(session: Session, batch_id: str, reason: str) -> None:
    """Give a batch up before it is sent; its control numbers stay used."""
    with session.workspace() as workspace:
        _show(session, [told(outbox(workspace).withdraw(batch_id, reason))])


@batch.command("list")
@session_command
def list_(session: Session) -> None:
    """List batches."""
    with session.workspace() as workspace:
        _show(session, [told(row) for row in outbox(workspace).batches()])


@batch.command("show")
@click.argument("batch_id")
@listing_options
@session_command
def show(session: Session, form: str | None, path: Path | None, batch_id: str) -> None:
    """A batch's claims and the rules that any of them breaks; `--to FILE.xlsx` is its preview:
    facilities, procedures, claims, lines, nobody's name.
    """
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        seen = workspace.view_now(session.as_of)
        with workspace.ledger.read() as connection:
            # Of this agency, or refused.
            found = batches.get(connection, workspace.agency.id, batch_id)
            claims = batch_claims.carried(connection, batch_id)
        content = frozen_content(claims)
        broken = violations(content, FORMS[found.claim_form], seen.codes(CODE_SETS))
    hand_over(session, chosen, path, contents(told(found), claims, content, broken, seen.known_at))
