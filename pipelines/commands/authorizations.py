"""`reentry authorizations`: what each grants, what is left, and what is still to be asked for."""

from pathlib import Path
from typing import Final

import click
import polars as pl

from contracts.errors import UsageError
from contracts.fields import field_of
from pipelines.commands.listing import ROWS_SHOWN, ListGroup, formatted, list_rows, listing_options
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.authorizations import (
    ask_for_authorizations,
    requests_known,
    requests_path,
    responses,
)
from pipelines.io.publishing import source_files, withheld
from pipelines.io.workspace import View
from reports.words import counted

_SHOWN: Final = (
    "authorization_number", "procedure_code", "standing", "units_granted", "units_used",
    "units_left", "ends_on", "days_left", "attention",
)  # fmt: skip
_USES: Final = (
    "service_date", "source_system", "encounter_id", "line_number", "procedure_code", "units",
    "units_left", "verdict", "faults",
)  # fmt: skip
_ATTENTION: Final = field_of("authorization_balances", "attention").allowed
_NEEDED: Final = (
    "order_id", "procedure_code", "ordered_on", "reason", "waiting_count", "amount", "deadline_on",
    "facility_id", "file", "row_number",
)  # fmt: skip


@click.group("authorizations", cls=ListGroup)
def authorizations() -> None:
    """What the payer authorized, how far it is used, and what is still to be asked for.

    Without a command: the list. Needs a complete run.
    """


@authorizations.command("list")
@click.option(
    "--standing", type=click.Choice(field_of("authorization_balances", "standing").allowed)
)
@click.option(
    "--attention",
    type=click.Choice([*_ATTENTION, "any"]),
    help="What wants looking at.",
)
@click.option("--person", help="A person_id.")
@listing_options
@session_command
def list_(
    session: Session, form: str | None, path: Path | None, standing: str | None,
    attention: str | None, person: str | None,
) -> None:  # fmt: skip
    """Each authorization with its units granted, used and left, the first to end first."""
    wanted = {"standing": standing, "person_id": person}
    rule = [pl.col(name) == value for name, value in wanted.items() if value]
    if attention:
        looks = pl.col("attention").list
        rule.append(looks.len() > 0 if attention == "any" else looks.contains(attention))
    _list(session, form, path, "authorization_balances", ("ends_on",), _SHOWN, rule)


@authorizations.command("needed")
@listing_options
@session_command
def needed(session: Session, form: str | None, path: Path | None) -> None:
    """Orders of services that need an authorization and have none, the dearest first.

    The dollars are those of documented lines that wait for it.
    """
    _list(session, form, path, "authorizations_needed", ("amount",), _NEEDED, [])


@authorizations.command("show")
@click.argument("number", metavar="AUTHORIZATION_NUMBER")
@session_command
def show(session: Session, number: str) -> None:
    """One authorization: its parts, and every service line that names it, in service order."""
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        parts = _of_number(view, "authorization_balances", number)
        lines = _of_number(view, "authorization_uses", number)
        if parts.is_empty() and lines.is_empty():
            raise UsageError(
                "authorization_unknown",
                "no authorization and no service line has this number. `reentry authorizations` "
                "lists them; a Part 2 record without a consent in force is withheld.",
            )
    drawn = lines.sort("service_date", "encounter_id", "line_number").to_dicts()
    told = {"parts": parts.to_dicts(), "uses": drawn}
    session.show(told, lambda: grid(f"Authorization {number}", _SHOWN[1:], told["parts"]))
    if not session.as_json:
        session.show(None, lambda: grid(f"Lines that name it: {len(drawn)}", _USES, drawn))


@authorizations.command("request")
@session_command
def request(session: Session) -> None:
    """Ask the payer for what orders want and nobody has asked for. Needs the right to propose.

    A 278 in the outbox, folder `authorizations`, where the payer's route takes it (takes_278 in
    reentry.toml); else a sheet to enter by hand. Take the 278 that answers it as any X12 file.
    """
    with session.workspace() as workspace:
        run_view = workspace.last_view()
        wanted = run_view.derived("authorizations_needed")
        asked = ask_for_authorizations(workspace, workspace.view_now(session.as_of), wanted)
        paths = [requests_path(workspace, one.file_name) for one in asked.written]
    files = [str(path) for path in (*paths, *([asked.sheet] if asked.sheet else []))]
    held = asked.held.to_dicts()
    session.show({"files": files, "requests": asked.count, "held": held})
    for path in files:
        session.say(f"{counted(asked.count, 'request', 'requests')}: {path}")
    for row in held:
        session.say(f"Order {row['order_id']} is held: {row['column_name']}: {row['reason']}.")
    if not files and not held:
        session.say("Nothing to ask for: every order has its authorization, or was asked for.")


_ANSWERED: Final = (
    "order_id", "asked_on", "outcome", "authorization_number", "decision_reason", "reject_codes",
    "starts_on", "ends_on", "units", "file", "row_number",
)  # fmt: skip


@authorizations.command("requests")
@session_command
def requests(session: Session) -> None:
    """What was asked by 278, and what the payer said of each; the oldest first.

    A response that decides and is not among the authorizations leaves something out: whose it is,
    its days or its units.
    """
    with session.workspace() as workspace:
        view = workspace.view_on(session.as_of)
        asked = requests_known(view).drop("person_id")
        told = responses(view).drop("order_id", "asked_on", "person_id")
        both = asked.join(told, on="trace_number", how="left")
        rows = both.join(source_files(view), on="file_id", how="left").sort("asked_on", "order_id")
        listed = rows.select("trace_number", "inquiry_id", *_ANSWERED).to_dicts()
    session.show(listed, lambda: grid(f"Requests: {len(listed)}", _ANSWERED, listed[:ROWS_SHOWN]))


def _of_number(view: View, table: str, number: str) -> pl.DataFrame:
    rows = view.derived(table, where="authorization_number = ?", values=[number])
    return _shown(view, rows)[0]


def _list(
    session: Session, form: str | None, path: Path | None, table: str, order: tuple[str, ...],
    columns: tuple[str, ...], rule: list[pl.Expr],
) -> None:  # fmt: skip
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        rows, hidden = _shown(view, view.derived(table).filter(pl.lit(True), *rule))
        dearest = order == ("amount",)
        rows = rows.sort(*order, rows.columns[0], descending=[dearest, False], nulls_last=True)
    name = table.replace("_", " ").capitalize()
    note = f"{hidden:,} Part 2 records are withheld: no consent in force."
    remarks = [note] if hidden else []
    list_rows(session, chosen, path, rows, name, columns, view, remarks=remarks)


def _shown(view: View, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    shown, hidden = withheld(view, rows)
    return shown.join(source_files(view), on="file_id", how="left").drop("file_id"), hidden
