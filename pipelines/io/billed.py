"""Billed lines: those that went out, and whose records the facts no longer hold."""

import polars as pl

from contracts.feeds import FEEDS
from pipelines.io.ledger import claim_lines
from pipelines.io.workspace import View

ENCOUNTERS = "encounters"


def billed_and_gone(view: View, encounters: pl.DataFrame) -> pl.DataFrame:
    """The last version of each line that was submitted, not withdrawn, and is current no more."""
    with view.workspace.ledger.read() as connection:
        out = claim_lines.keys_out(connection, view.workspace.agency.id, view.known_at)
    gone = out.join(encounters, on=FEEDS[ENCOUNTERS].key, how="anti")
    return view.newest(ENCOUNTERS, gone)
