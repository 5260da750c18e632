"""Holds: what keeps an assembled claim from being written, told as slugs in a fixed order.

The rules read content alone, so that the writer can ask them again of what was frozen; the other
reasons are decided from more than that.
"""

from functools import cache

import polars as pl

from pipelines.stages.claims.claim_rules import claim_rules
from pipelines.stages.claims.guide_rules import guide_rules
from pipelines.stages.claims.rule import Rule
from pipelines.x12.claim_forms import PROFESSIONAL, ClaimForm

LATE = "filing_limit_passed"
OTHER_REASONS = (
    *("lines_disagree", "release_not_final", "other_payment_split", "policy_unset", LATE),
    *("form_not_routed", "listed_line_missing", "listed_line_not_clean", "line_listed_twice"),
    "line_in_other_claim",
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
