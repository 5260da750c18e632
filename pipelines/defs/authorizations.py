"""Assets of authorizations: how far each is used, and what is still to be asked for."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, derived_asset, emitted
from pipelines.io import evaluation
from pipelines.io.decided import ENCOUNTERS
from pipelines.io.evaluation import AUTHORIZED


@derived_asset("authorization_uses", "authorizations", (*AUTHORIZED, ENCOUNTERS))
def authorization_uses(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    service_lines: pl.DataFrame,
    findings: pl.DataFrame,
) -> Iterator[Emitted]:
    """Service lines that name an authorization."""
    with contained():
        view = view_of(context, workplace)
        made = emitted(
            "authorization_uses", evaluation.authorization_uses(view, service_lines, findings)
        )
    yield from made


@derived_asset("authorization_balances", "authorizations", AUTHORIZED)
def authorization_balances(
    context: dg.AssetExecutionContext, workplace: Workplace, authorization_uses: pl.DataFrame
) -> Iterator[Emitted]:
    """What is left of each authorization."""
    with contained():
        view = view_of(context, workplace)
        frame = evaluation.authorization_balances(view, authorization_uses)
        told = dict(frame["standing"].value_counts().iter_rows())
        made = emitted("authorization_balances", frame, told)
    yield from made


@derived_asset(
    "authorizations_needed",
    "authorizations",
    sorted({*AUTHORIZED, *evaluation.ORDERED, ENCOUNTERS}),
)
def authorizations_needed(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    service_lines: pl.DataFrame,
    findings: pl.DataFrame,
) -> Iterator[Emitted]:
    """Orders that want an authorization."""
    with contained():
        view = view_of(context, workplace)
        frame = evaluation.authorizations_needed(view, service_lines, findings)
        made = emitted("authorizations_needed", frame)
    yield from made
