"""Remittances at the rim: what the payer's 835 say, from the lake, and what is made of them.

What balances and what repeats is the stage's to say; nothing is written here.
"""

import polars as pl

from contracts.remittances import REMITTED
from pipelines.io.workspace import View
from pipelines.stages.payments.balancing import Received, balanced
from pipelines.stages.payments.repeats import judged


def received(view: View) -> Received:
    """The tables of remittances as the view knows them."""
    lake = view.workspace.lake
    return {name: lake.read_files(table, view.answers) for name, table in REMITTED.items()}


def judged_sets(told: Received) -> pl.DataFrame:
    """Every payment told: whether it balances, and whether it was told before."""
    return judged(balanced(told))
