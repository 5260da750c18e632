"""Assets of payments: the payer's remittances, matched and posted, and the account of each line."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from contracts.feeds import X12
from pipelines.defs.failures import contained
from pipelines.defs.partition import AGENCIES
from pipelines.defs.resources import Workplace, view_of
from pipelines.defs.tables import Emitted, contract_check, derived_asset, dollars, emitted, outs
from pipelines.io.denials import denials_of
from pipelines.io.payments import account_table, settled_tables
from pipelines.stages.bundles.evaluation import Bundles
from pipelines.stages.payments.accounts import EQUATION

MADE = (
    "remittances", "remittance_postings", "line_adjustments", "payment_outcomes",
    "provider_level", "deposit_matches",
)  # fmt: skip
_STATED = ("remittances", "remittance_postings", "payment_outcomes", "deposit_matches")


@dg.multi_asset(
    name="posted_remittances",
    outs=outs(MADE, "payments"),
    deps=[X12, "deposits", "billing_providers"],
    check_specs=[contract_check(name) for name in MADE],
    partitions_def=AGENCIES,
)
def payments(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Emitted]:
    """Add up what the payer says that it pays, and post it to the lines that were sent."""
    with contained():
        tables = settled_tables(view_of(context, workplace))
        results = [
            one
            for name, frame in tables.items()
            for one in emitted(name, frame, _counts(name, frame), name)
        ]
    yield from results


def _counts(name: str, frame: pl.DataFrame) -> dict[str, int]:
    if name not in _STATED:
        return {}
    return dict(
        frame["outcome" if name == "payment_outcomes" else "state"].value_counts().iter_rows()
    )


@derived_asset("line_accounts", "payments")
def line_accounts(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    submission_states: pl.DataFrame,
    remittance_postings: pl.DataFrame,
    line_adjustments: pl.DataFrame,
    provider_level: pl.DataFrame,
    service_lines: pl.DataFrame,
) -> Iterator[Emitted]:
    """Charged = paid + adjusted + denied + open, for every line that was sent."""
    with contained():
        frame = account_table(
            view_of(context, workplace),
            submission_states,
            remittance_postings,
            line_adjustments,
            provider_level,
            service_lines,
        )
        totals = {name: dollars(frame.filter("is_in_effect"), name) for name in EQUATION}
        made = emitted("line_accounts", frame, totals)
    yield from made


@derived_asset("denials", "payments", ["encounters", "people"])
def denials(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    line_accounts: pl.DataFrame,
    line_adjustments: pl.DataFrame,
    bundles: pl.DataFrame,
    bundle_elements: pl.DataFrame,
) -> Iterator[Emitted]:
    """Why lines were denied, and whose it is to mend."""
    with contained():
        care = Bundles(bundles, bundle_elements)
        frame = denials_of(view_of(context, workplace), line_accounts, line_adjustments, care)
        told = dict(frame["category"].value_counts().iter_rows())
        made = emitted("denials", frame, told | {"denied_dollars": dollars(frame, "amount")})
    yield from made
