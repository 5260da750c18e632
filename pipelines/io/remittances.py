"""Remittances at the rim: what the payer's 835 say, from the lake, and what is made of them.

What balances and what repeats is the stage's to say; nothing is written here.
"""

import polars as pl

from contracts.derived import DERIVED
from contracts.remittances import REMITTED
from pipelines.io.publishing import source_files
from pipelines.io.workspace import View
from pipelines.stages.payments.balancing import Received, balanced
from pipelines.stages.payments.repeats import judged


def received(view: View) -> Received:
    """The tables of remittances as the view knows them."""
    lake = view.workspace.lake
    return {name: lake.read_files(table, view.answers) for name, table in REMITTED.items()}


def remittances(view: View) -> pl.DataFrame:
    """Table `remittances`."""
    return DERIVED["remittances"].conform(judged(balanced(received(view))))


def listed(view: View) -> pl.DataFrame:
    """Table `remittances`, newest payment first, with `file`, the name under which it arrived."""
    rows = remittances(view).join(source_files(view), on="file_id", how="left")
    return rows.sort("paid_on", "received_at", "row_number", descending=[True, True, False])
