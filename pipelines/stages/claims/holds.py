"""Holds: what keeps an assembled claim from being written, told as slugs in a fixed order.

The rules read content alone, so that the writer can ask them again of what was frozen; the other
reasons are decided from more than that.
"""

from datetime import date
from functools import cache

import polars as pl

from contracts.policy import Policy
from pipelines.stages.claims.claim_rules import claim_rules
from pipelines.stages.claims.guide_rules import guide_rules
from pipelines.stages.claims.plan_lines import WAITS
from pipelines.stages.claims.rule import Rule
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm

LATE = "filing_limit_passed"
OTHER_REASONS = (
    *("lines_disagree", "release_not_final", "other_payment_split", "policy_unset", LATE),
    *("form_not_routed", "listed_line_missing", "listed_line_not_clean", "line_listed_twice"),
    *("line_in_other_claim", *WAITS),
)


@cache
def catalogue(form: ClaimForm = PROFESSIONAL) -> tuple[Rule, ...]:
    """Every rule of a form over a `CONTENT` frame."""
    return (*guide_rules(form), *claim_rules(form))


def rules(form: ClaimForm = PROFESSIONAL) -> dict[str, pl.Expr]:
    """Slug to the condition, over a `CONTENT` frame, under which a claim cannot go out."""
    return {rule.id: rule.broken for rule in catalogue(form)}


def holds(content: pl.DataFrame, others: pl.DataFrame, form: ClaimForm = PROFESSIONAL) -> pl.Series:
    """Reasons of each row of a `CONTENT` frame; `others` has the flags of `OTHER_REASONS`."""
    flags = content.hstack(others)
    conditions = {**rules(form), **{slug: pl.col(slug) for slug in OTHER_REASONS}}
    slugs = [pl.when(broken).then(pl.lit(slug)) for slug, broken in conditions.items()]
    return flags.select(reasons=pl.concat_list(slugs).list.drop_nulls()).to_series()


def waiting_for_release(
    lines: pl.DataFrame, custody_stays: pl.DataFrame, policy: Policy, as_of: date
) -> pl.Series:
    """Claims that `release_lookback` keeps back until their stay has ended."""
    looks_back = policy.entry("window.policy", as_of).value == "release_lookback"
    early = policy.entry("release.expected_suffices", as_of).value == "yes"
    if early or not looks_back:
        return lines["claim_id"].clear()
    held = custody_stays.filter(pl.col("released_at").is_null())
    return lines.join(held, on="stay_id", how="semi")["claim_id"].unique()
