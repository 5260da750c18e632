"""Billed lines: those that went out, and whose records the facts no longer hold."""

import polars as pl

from contracts.feeds import FEEDS
from pipelines.io.ledger import claim_lines
from pipelines.io.workspace import View

ENCOUNTERS = "encounters"


def billed_and_gone(view: View, encounters: pl.DataFrame) -> pl.DataFrame:
    """The last version of each line that was submitted, not withdrawn, and is current no more."""
    workspace, key = view.workspace, FEEDS[ENCOUNTERS].key
    with workspace.ledger.read() as connection:
        lines = claim_lines.submitted(connection, workspace.agency.id, view.known_at)
    withdrawn = workspace.submissions(view.known_at).filter(state="withdrawn")
    gone = (
        lines.join(withdrawn, on="patient_control_number", how="anti")
        .select(key)
        .unique()
        .join(encounters, on=key, how="anti")
    )
    return view.newest(ENCOUNTERS, gone)
