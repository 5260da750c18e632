"""`reentry denials`: what the payer refused, why, who mends it until when, and what we had said."""

from pathlib import Path
from typing import Final

import click
import polars as pl

from contracts.fields import field_of
from pipelines.commands.listing import (
    ListGroup,
    formatted,
    list_rows,
    listing_options,
    of_facilities,
)
from pipelines.commands.session import Session, grid, session_command
from pipelines.io.denials import map_coverage
from pipelines.io.disputes import disputed, standing
from pipelines.io.publishing import source_files, withheld
from pipelines.io.workspace import View

# What `--json` promises to other programs.
_PROMISED: Final = (
    "denial_id", "claim_id", "line_number", "carc", "rarc", "category", "next_step", "owner",
    "amount", "deadline_on", "predicted", "encounter_id", "file", "row_number",
)  # fmt: skip
_SHOWN: Final = (
    "denial_id", "encounter_id", "line_number", "carc", "rarc", "category", "amount",
    "deadline_on", "owner", "predicted", "dispute",
)  # fmt: skip
_LISTED: Final = (
    *_PROMISED, "source_system", "patient_control_number", "payer_claim_number", "group_code",
    "line_ordinal", "standing", "route", "edit_ids", "facility_id", "remitted_on", "days_left",
    "dispute",
)  # fmt: skip
_BY: Final = ("category", "predicted", "facility_id", "carc")


@click.group("denials", cls=ListGroup)
def denials() -> None:
    """What the payer refused: cause, owner, deadline, and what our own edits had said.

    Without a command: the list. Needs a complete run.
    """


@denials.command("list")
@click.option("--category", type=click.Choice(field_of("denials", "category").allowed))
@click.option("--owner", type=click.Choice(field_of("findings", "owner").allowed))
@click.option("--predicted", type=click.Choice(field_of("denials", "predicted").allowed))
@click.option("--facility", help="A facility_id.")
@click.option("--days-left", type=int, help="At most so many days until the deadline.")
@listing_options
@session_command
def list_(
    session: Session, form: str | None, path: Path | None, days_left: int | None,
    facility: str | None, **wanted: str | None,
) -> None:  # fmt: skip
    """Each denied line in effect with its reason, the dearest first.

    Of a missed one the edits that should have found it are told in --json and files.
    """
    chosen = formatted(session, form, path)
    rule = [pl.col(name) == value for name, value in wanted.items() if value]
    if days_left is not None:
        rule.append(pl.col("days_left") <= days_left)
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        argued = disputed(standing(workspace.view_on(session.as_of)))
        every = of_facilities(view, view.derived("denials"), facility)
        rows, hidden = _rows(view, every.filter(pl.lit(value=True), *rule), argued)
    note = f"{hidden:,} denials of Part 2 records are withheld: no consent in force."
    remarks = [note] if hidden else []
    list_rows(session, chosen, path, rows, "Denials", _SHOWN, view, remarks=remarks)


@denials.command("summary")
@click.option("--by", type=click.Choice(_BY), default="category")
@listing_options
@session_command
def summary(session: Session, by: str, form: str | None, path: Path | None) -> None:
    """Denied lines and dollars, by category, by what our edits had said, facility or reason."""
    chosen = formatted(session, form, path)
    with session.workspace() as workspace:
        view = workspace.last_view(session.as_of)
        told = _summed(view.derived("denials"), by)
    name = f"Denials by {by.replace('_', ' ')}"
    list_rows(session, chosen, path, told, name, told.columns, view)


def _summed(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    return (
        rows.group_by(by)
        .agg(
            denials=pl.len().cast(pl.Int64),
            amount=pl.col("amount").sum(),
            first_deadline_on=pl.col("deadline_on").min(),
        )
        .sort("amount", by, descending=[True, False], nulls_last=True)
    )


@denials.command("map")
@session_command
def map_(session: Session) -> None:
    """How many pairs of the payer's codes are curated, proposed, or not in the map."""
    with session.workspace() as workspace:
        told = map_coverage(workspace.view_on(session.as_of)).to_dicts()
    session.show(told, lambda: grid("Pairs of CARC and RARC", ("standing", "pairs", "rad_codes"),
                                    told))  # fmt: skip


def _rows(view: View, kept: pl.DataFrame, argued: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    shown, hidden = withheld(view, kept)
    told = shown.join(argued, on="denial_id", how="left")
    named = told.join(source_files(view), on="file_id", how="left").select(_LISTED)
    order = ["amount", "denial_id"]
    return named.sort(order, descending=[True, False]), hidden
