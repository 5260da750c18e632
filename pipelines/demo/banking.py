"""Banking: what reaches the county's bank after the simulated payer's payments.

Each payment some days after it was made. Of three in a row the second is short and the third never
comes: planted faults for finance to find.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl

from contracts.fields import MONEY
from pipelines.demo.delivery import lay
from pipelines.demo.feeds import as_file
from pipelines.io.payments import settled
from pipelines.io.workspace import Workspace

DAYS_TO_BANK = timedelta(days=4)
SHORT_BY = Decimal("10.00")
FEED = "deposits"
FAULTS, SHORT, MISSING = 3, 1, 2


def bank_payments(workspace: Workspace) -> Path | None:
    """Lay the bank's list of what came in until today; None where nothing is new."""
    view = workspace.view_now()
    payments = settled(view).remittances.filter(state="posted").sort("paid_on", "trace_number")
    numbered = payments.with_columns(fault=pl.int_range(pl.len()) % FAULTS)
    short = pl.when(pl.col("fault") == SHORT).then(pl.lit(SHORT_BY, MONEY)).otherwise(0)
    deposited = numbered.filter(pl.col("fault") != MISSING).with_columns(
        deposited_on=pl.col("paid_on") + DAYS_TO_BANK,
        amount=pl.col("amount") - short,
        deposit_id=pl.format("B{}", "trace_number"),
        method=pl.lit("eft"),
    )
    known = view.current(FEED)["deposit_id"]
    new = deposited.filter(
        pl.col("deposited_on") <= workspace.today(),
        pl.col("amount") > 0,
        ~pl.col("deposit_id").is_in(known.implode()),
    )
    if new.is_empty():
        return None
    folder = workspace.home.inbox(workspace.agency.id, FEED)
    return lay(FEED, as_file(FEED, new), folder / f"{FEED}-bank-{workspace.today()}")
