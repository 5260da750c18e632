"""Assets of acknowledgements: what the payer said of submissions, and where that leaves them."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from contracts.feeds import X12
from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, emitted, outs
from pipelines.io.acknowledgements import acknowledged

MADE = ("acknowledgements", "submission_states")


@dg.multi_asset(
    name="acknowledged_submissions",
    outs=outs(MADE, "claims"),
    ins={"payment_outcomes": dg.AssetIn()},
    deps=[X12],
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def acknowledgements(
    context: dg.AssetExecutionContext, workplace: Workplace, payment_outcomes: pl.DataFrame
) -> Iterator[Emitted]:
    """Match what the payer said with what was sent; what it paid outranks what it said."""
    with contained():
        made = acknowledged(view_of(context, workplace), payment_outcomes)
        said, states = made.acknowledgements, made.submission_states
        matches = dict(said["match"].value_counts().iter_rows())
        counts = dict(states["state"].value_counts().iter_rows())
        results = (
            *emitted("acknowledgements", said, matches, "acknowledgements"),
            *emitted("submission_states", states, counts, "submission_states"),
        )
    yield from results
