"""Assets of the claims that should exist, and of the plan that compares them with the ledger."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, derived_asset, dollars, emitted, outs
from pipelines.io.evaluation import CLAIMED, desired_claims, planned
from pipelines.stages.bundles.evaluation import Bundles

MADE = ("claims", "claim_lines")


@dg.multi_asset(
    name="claims_that_should_exist",
    outs=outs(MADE, "claims"),
    ins={name: dg.AssetIn() for name in ("service_lines", "bundles", "bundle_elements")},
    deps=CLAIMED,
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def claims(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    service_lines: pl.DataFrame,
    bundles: pl.DataFrame,
    bundle_elements: pl.DataFrame,
) -> Iterator[Emitted]:
    """Assemble claims from clean service lines and complete bundles."""
    with contained():
        care_management = Bundles(bundles, bundle_elements)
        view = view_of(context, workplace)
        made, lines = desired_claims(view, service_lines, care_management)
        told = {"charge_dollars": dollars(made, "charge_amount")}
        claimed = emitted("claims", made, told, "claims")
        lined = emitted("claim_lines", lines, None, "claim_lines")
    yield from (*claimed, *lined)


@derived_asset("plan", "claims")
def plan(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    claims: pl.DataFrame,
    claim_lines: pl.DataFrame,
    service_lines: pl.DataFrame,
    submission_states: pl.DataFrame,
) -> Iterator[Emitted]:
    """Compare what should exist with what was sent and answered."""
    with contained():
        view = view_of(context, workplace)
        frame = planned(view, claims, claim_lines, service_lines, submission_states)
        told = dict(frame["action"].value_counts().iter_rows())
        made = emitted("plan", frame, told | {"charge_dollars": dollars(frame, "charge_amount")})
    yield from made
