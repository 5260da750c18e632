"""Assets of payments: the payer's remittances, balanced and judged."""

from collections.abc import Iterator

import dagster as dg

from contracts.feeds import X12
from pipelines.defs.failures import contained
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, derived_asset, emitted
from pipelines.io.remittances import remittances as made_of


@derived_asset("remittances", "payments", deps=[X12])
def remittances(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Emitted]:
    """Add up what the payer says that it pays."""
    with contained():
        frame = made_of(view_of(context, workplace))
        made = emitted("remittances", frame, dict(frame["state"].value_counts().iter_rows()))
    yield from made
