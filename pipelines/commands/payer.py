"""`reentry simulate-payer`: the synthetic payer's answers to what was sent, in a sandbox."""

from collections import Counter
from datetime import date, datetime
from typing import Any

import click
import polars as pl

from contracts.feeds import RESPONSES
from pipelines.commands.session import Session, grid, session_command
from pipelines.demo.payer.post import Delivered, deliver
from pipelines.io.workspace import Workspace

SEED = 1
CAME_BACK = ("answer", "sets", "claims", "rejected", "denied", "paid_amount")
_ORDER = {kind: place for place, kind in enumerate(("TA1", "999", "277CA", "277", "835"))}
ON = click.DateTime(formats=["%Y-%m-%d"])


@click.command("simulate-payer")
@click.option("--until", type=ON, required=True, help="Last day of the payer's answers.")
@click.option("--seed", default=SEED, show_default=True, help="Same seed, same answers.")
@click.option(
    "--mischief",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of answers lost, doubled, late, split or contradicted.",
)
@session_command
def simulate_payer(session: Session, until: datetime, seed: int, mischief: float) -> None:
    """Lay a synthetic payer's answers to sent batches into the inbox. Sandboxes only.

    TA1 and 999 come on the day, a 277CA on the next, 835s on Thursdays. Rates are illustrative.
    """
    done = answer(session, until.date(), seed, mischief)
    rows = told(done)
    session.show(
        {"files": [str(path) for path in done.laid], "kinds": rows, "known": done.known},
        lambda: grid("Answers", ("kind", "files"), rows) if rows else "No new answer.",
    )
    session.say(f"{len(done.laid)} files laid into the inbox, {done.known} delivered before.")


def answer(session: Session, until: date, seed: int = SEED, mischief: float = 0.0) -> Delivered:
    """The payer's answers until a day, laid into the inbox."""
    with session.workspace() as workspace:
        return deliver(workspace, until, seed, mischief)


def came_back(workspace: Workspace) -> list[dict[str, Any]]:
    """Answers of the simulated payer that were taken: files, claims in them and dollars paid."""
    sets = workspace.lake.read_files(RESPONSES, workspace.view_now().answers)
    body = pl.col("body")
    paid = body.str.extract(r"\nBPR\*\w\*([\d.]+)").str.to_decimal(scale=2)
    return (
        sets.group_by(answer=_kind())
        .agg(
            sets=pl.len(),
            claims=body.str.count_matches(r"\n(CLP|REF\*EJ)\*|\nNM1\*QC\*.*\nTRN").sum(),
            rejected=body.str.count_matches(r"\nTRN\*2\*.*\nSTC\*A[3-8]").sum(),
            denied=body.str.count_matches(r"\nCLP\*[^*]*\*4\*").sum(),
            paid_amount=paid.sum(),
        )
        .sort(pl.col("answer").replace_strict(_ORDER, default=len(_ORDER)), "answer")
        .to_dicts()
    )


def _kind() -> pl.Expr:
    is_acknowledgement = pl.col("implementation").str.starts_with("005010X214")
    return pl.when(is_acknowledgement).then(pl.lit("277CA")).otherwise("transaction_set")


def told(done: Delivered) -> list[dict[str, object]]:
    """How many files of each kind are new, in order of arrival."""
    kinds = Counter(path.name.split("-")[1] for path in done.laid)
    return [{"kind": kind, "files": count} for kind, count in kinds.items()]
