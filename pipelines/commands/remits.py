"""`reentry remits`: the payer's payments, whether they balance, and what one of them says."""

from pathlib import Path
from typing import Final

import click
import polars as pl

from pipelines.commands.listing import ListGroup, formatted, list_rows, listing_options
from pipelines.commands.remits_page import remits_page
from pipelines.commands.session import Session, session_command
from pipelines.io.payments import listed, settled
from pipelines.io.remittance_page import DEPOSITS, UNMATCHED, remittance_page, unmatched

# What `--json` promises to other programs.
_PROMISED: Final = ("trace_number", "file", "paid_on", "amount", "state", "claims", "difference")
_SHOWN: Final = (
    "trace_number", "paid_on", "amount", "state", "level", "difference", "claims", "file",
)  # fmt: skip
_LISTED: Final = (
    "trace_number", "payer_name", "paid_on", "amount", "state", "level", "place_segment",
    "difference", "claims", "lines", "claims_amount", "provider_amount", "file", "row_number",
)  # fmt: skip


@click.group("remits", cls=ListGroup)
def remits() -> None:
    """The payer's payments (835): which balance to the cent and are posted.

    Without a command: the list, newest first.
    """


@remits.command("list")
@listing_options
@session_command
def list_(session: Session, form: str | None, path: Path | None) -> None:
    """Every remittance: posted, quarantined with the difference, or a duplicate."""
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.view_on(session.as_of)
        rows = _counted(listed(view, settled(view))).select(_LISTED)
    list_rows(session, chosen, path, rows, "Remittances", _SHOWN, view, _PROMISED)


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.rename({"claim_count": "claims", "line_count": "lines"}).with_columns(
        difference=pl.when(pl.col("level").is_null()).then(0).otherwise("difference")
    )


@remits.command("show")
@click.argument("trace_number", metavar="TRACE")
@session_command
def show(session: Session, trace_number: str) -> None:
    """One payment: its balances, what is out, what waits for a person, what is beside claims."""
    with session.workspace() as workspace:
        told = remittance_page(workspace.view_on(session.as_of), trace_number)
    session.show(told, lambda: remits_page(told))


@remits.command("unmatched")
@listing_options
@session_command
def unmatched_(session: Session, form: str | None, path: Path | None) -> None:
    """What was paid and could not be posted to a line, the dearest first, with candidates."""
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.view_on(session.as_of)
        rows = unmatched(view, settled(view).postings)
        shown = [name for name in UNMATCHED if name not in ("modifiers", "row_number")]
    list_rows(session, chosen, path, rows, "Unmatched", shown, view)


@remits.command("deposits")
@listing_options
@session_command
def deposits(session: Session, form: str | None, path: Path | None) -> None:
    """Deposits against payments by trace number: matched, different, missing or unexplained."""
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.view_on(session.as_of)
        rows = settled(view).deposits.select(DEPOSITS)
    list_rows(session, chosen, path, rows, "Deposits", DEPOSITS, view)
