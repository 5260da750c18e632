"""Receivables at the rim: the tables of a complete run, summed."""

import polars as pl

from pipelines.io.disputes import standing
from pipelines.io.workspace import View
from pipelines.stages.receivables.aging import aging, by_month, in_effect, placed, totals
from pipelines.stages.receivables.outlook import at_risk, cash
from pipelines.stages.receivables.rates import denial_rates, rates

SECTIONS = ("totals", "aging", "months", "rates", "denials", "at_risk", "cash")


def receivables(view: View) -> dict[str, pl.DataFrame]:
    """Frames of each of `SECTIONS`, as of the view's run."""
    states = view.derived("submission_states")
    services, claims = view.derived("service_lines"), view.derived("claims")
    accounts = placed(view.derived("line_accounts"), services, claims)
    lines = in_effect(accounts, states, view.as_of)
    measured = rates(lines, states, view.as_of, standing(view))
    refused = view.derived("denials")
    days = measured.filter(measure="days_to_pay")["value"].item()
    return {
        "totals": totals(lines),
        "aging": aging(lines),
        "months": by_month(lines),
        "rates": measured,
        "denials": denial_rates(lines, refused),
        "at_risk": at_risk(view.derived("plan"), refused, view.as_of),
        "cash": cash(lines, days, view.as_of),
    }
