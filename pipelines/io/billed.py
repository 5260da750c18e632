"""Billed lines: those that the payer has in hand, and those whose records are gone since."""

import polars as pl

from contracts.feeds import FEEDS
from pipelines.io.ledger import claim_lines
from pipelines.io.workspace import View

ENCOUNTERS = "encounters"
_ASKED_AT_ONCE = 10_000  # numbers in one statement: a database takes so many and no more


def filed_lines(view: View, states: pl.DataFrame) -> pl.DataFrame:
    """Keys of lines that went out in a submission that was neither withdrawn nor turned back.

    `states`: table `submission_states` of the view.
    """
    newest = (
        states.filter(pl.col("state") != "withdrawn")
        .sort("submission_number")
        .unique("claim_id", keep="last", maintain_order=True)
    )
    turned_back = newest.filter((pl.col("state") == "rejected") | pl.col("is_not_found"))
    numbers = turned_back["patient_control_number"]
    asked = (view.workspace.agency.id, view.known_at)
    with view.workspace.ledger.read() as connection:
        out = claim_lines.keys_out(connection, *asked)
        for some in numbers.to_frame().iter_slices(_ASKED_AT_ONCE):
            back = claim_lines.submitted(connection, *asked, some.to_series().to_list())
            out = out.join(back, on=FEEDS[ENCOUNTERS].key, how="anti")
    return out


def billed_and_gone(view: View, encounters: pl.DataFrame) -> pl.DataFrame:
    """The last version of each line that was submitted, not withdrawn, and is current no more."""
    with view.workspace.ledger.read() as connection:
        out = claim_lines.keys_out(connection, view.workspace.agency.id, view.known_at)
    gone = out.join(encounters, on=FEEDS[ENCOUNTERS].key, how="anti")
    return view.newest(ENCOUNTERS, gone)
