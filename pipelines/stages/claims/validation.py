"""Validation: what a batch's frozen content breaks, as rows, before any other program looks at it.

Rules over content refuse a batch; what code sets say is told beside (`code_rules`).
"""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from pipelines.stages.claims.code_rules import CodeRule, code_findings
from pipelines.stages.claims.holds import catalogue
from pipelines.stages.claims.rule import Rule
from pipelines.x12.claim_forms import ClaimForm

VIOLATION: Final = pl.Schema(
    {
        "claim_id": pl.String(),
        "patient_control_number": pl.String(),
        "level": pl.Int64(),
        "rule": pl.String(),
        "place": pl.String(),
        "message": pl.String(),
        "remedy": pl.String(),
        "refuses": pl.Boolean(),
    }
)
"""`level` as the trade counts (2 guide, 3 sums, 4 situations, 5 code sets, 7 companion guide);
`place` the segment or element; `refuses`: the batch is not written while it stands."""


def violations(
    content: pl.DataFrame, form: ClaimForm, codes: Mapping[str, pl.DataFrame] | None = None
) -> pl.DataFrame:
    """A `VIOLATION` row for each claim of a `CONTENT` frame and rule that it breaks, in the order
    of claims, levels and rules. `codes`: the tables of `code_rules.CODE_SETS`, if they are asked.
    """
    names = content.select("claim_id", "patient_control_number").with_row_index("row")
    found = [VIOLATION.to_frame(), *_broken(content, form), *_amiss(content, form, codes)]
    placed = pl.concat(found).drop("patient_control_number").with_row_index("rule_row")
    ordered = placed.join(names, on="claim_id").sort("row", "level", "rule_row")
    return ordered.select(VIOLATION.names())


def _broken(content: pl.DataFrame, form: ClaimForm) -> Iterator[pl.DataFrame]:
    rules = catalogue(form)
    verdicts = content.select(rule.broken.fill_null(False).alias(rule.id) for rule in rules)
    for rule in rules:
        if verdicts[rule.id].any():
            yield _rows(rule, content.filter(verdicts[rule.id])["claim_id"], refuses=True)


def _amiss(
    content: pl.DataFrame, form: ClaimForm, codes: Mapping[str, pl.DataFrame] | None
) -> Iterator[pl.DataFrame]:
    if codes is not None:
        for rule, claims in code_findings(content, form, codes):
            yield _rows(rule, claims.unique(maintain_order=True), refuses=False)


def _rows(rule: Rule | CodeRule, claims: pl.Series, *, refuses: bool) -> pl.DataFrame:
    told = {
        "patient_control_number": None,
        "level": rule.level,
        "rule": rule.id,
        "place": rule.place,
        "message": rule.message,
        "remedy": rule.remedy,
        "refuses": refuses,
    }
    words = (pl.lit(value, VIOLATION[name]).alias(name) for name, value in told.items())
    return claims.alias("claim_id").to_frame().with_columns(words)
