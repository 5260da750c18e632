"""Assets of authorizations: how far each is used, and what is still to be asked for."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, emitted, outs
from pipelines.io.decided import ENCOUNTERS
from pipelines.io.evaluation import AUTHORIZED, ORDERED, authorized

MADE = ("authorization_uses", "authorization_balances", "authorizations_needed")


@dg.multi_asset(
    name="authorizations_used",
    outs=outs(MADE, "authorizations"),
    ins={"service_lines": dg.AssetIn(), "findings": dg.AssetIn()},
    deps=sorted({*AUTHORIZED, *ORDERED, ENCOUNTERS}),
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def authorizations(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    service_lines: pl.DataFrame,
    findings: pl.DataFrame,
) -> Iterator[Emitted]:
    """Service lines that name an authorization, what is left of each, orders that want one."""
    with contained():
        made = authorized(view_of(context, workplace), service_lines, findings)
        standings = dict(made.balances["standing"].value_counts().iter_rows())
        results = (
            *emitted("authorization_uses", made.uses, None, "authorization_uses"),
            *emitted("authorization_balances", made.balances, standings, "authorization_balances"),
            *emitted("authorizations_needed", made.needed, None, "authorizations_needed"),
        )
    yield from results
