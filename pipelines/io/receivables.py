"""Receivables at the rim: what a view knows of lines that were sent, summed.

The tables are those of the view's run; without a run they are made of the facts.
"""

from dataclasses import dataclass, replace

import polars as pl

from pipelines.io import evaluation
from pipelines.io.acknowledgements import submission_states
from pipelines.io.denials import denials_of
from pipelines.io.disputes import standing
from pipelines.io.payments import account_table, owed, settled
from pipelines.io.workspace import View
from pipelines.stages.bundles.evaluation import Bundles
from pipelines.stages.receivables.aging import aging, by_month, in_effect, placed, totals
from pipelines.stages.receivables.outlook import at_risk, cash
from pipelines.stages.receivables.rates import denial_rates, rates

SECTIONS = ("totals", "aging", "months", "rates", "denials", "at_risk", "cash")


@dataclass(frozen=True)
class Billed:
    """The derived tables that receivables are made of, of one run or as a view knows them; of
    submissions those that ask for money.
    """

    submission_states: pl.DataFrame
    line_accounts: pl.DataFrame
    service_lines: pl.DataFrame
    claims: pl.DataFrame
    denials: pl.DataFrame
    plan: pl.DataFrame


def billed(view: View) -> Billed:
    """As the view's run left them."""
    made = Billed(**{name: view.derived(name) for name in Billed.__annotations__})
    return replace(made, submission_states=owed(view, made.submission_states))


def billed_now(view: View, service_lines: pl.DataFrame, care: Bundles) -> Billed:
    """As they follow from what the view knows; `service_lines` and bundles of the same view."""
    made = settled(view)
    states = submission_states(view, made.outcomes)
    claims, lines = evaluation.desired_claims(view, service_lines, care)
    accounts = account_table(
        view, states, made.postings, made.adjustments, made.provider_level, service_lines
    )
    return Billed(
        submission_states=owed(view, states),
        line_accounts=accounts,
        service_lines=service_lines,
        claims=claims,
        denials=denials_of(view, accounts, made.adjustments, care),
        plan=evaluation.planned(view, claims, lines, service_lines, states),
    )


def lines_of(made: Billed, view: View) -> pl.DataFrame:
    """Lines in effect (`aging.in_effect`)."""
    accounts = placed(made.line_accounts, made.service_lines, made.claims)
    return in_effect(accounts, made.submission_states, view.as_of)


def receivables(view: View) -> dict[str, pl.DataFrame]:
    """Frames of each of `SECTIONS`, as of the view's run."""
    made = billed(view)
    lines = lines_of(made, view)
    measured = rates(lines, made.submission_states, view.as_of, standing(view))
    days = measured.filter(measure="days_to_pay")["value"].item()
    return {
        "totals": totals(lines),
        "aging": aging(lines),
        "months": by_month(lines),
        "rates": measured,
        "denials": denial_rates(lines, made.denials),
        "at_risk": at_risk(made.plan, made.denials, view.as_of),
        "cash": cash(lines, days, view.as_of),
    }
