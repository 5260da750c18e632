"""Billable days drawn as lines: stay, first and last of a run of alike days, reasons."""

from datetime import date

import polars as pl
from eligibility_facts import frames, policy_of

from contracts.derived import DERIVED
from contracts.policy import Policy
from contracts.schemas import broken_rules
from pipelines.stages.eligibility.days import billable_days

AS_OF = date(2026, 6, 30)


def days(policy: Policy | None = None, as_of: date = AS_OF, **drawings: str) -> list[tuple]:
    """Days as drawn: runs of alike days, each a line of stay, first day, last day, reasons."""
    found = billable_days(**frames(**drawings), policy=policy or policy_of(), as_of=as_of)
    assert broken_rules(DERIVED["billable_days"], found) == {}
    assert found["billable"].to_list() == [not reasons for reasons in found["reasons"].to_list()]
    return runs(found)


def runs(found: pl.DataFrame) -> list[tuple]:
    told = found.with_columns(pl.col("reasons").list.join(" "))
    run = pl.concat_str("stay_id", pl.lit("/"), "reasons").rle_id().alias("run")
    grouped = told.group_by(run, maintain_order=True).agg(
        pl.col("stay_id").first(),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
        pl.col("reasons").first(),
    )
    return [tuple(str(value) for value in row[1:]) for row in grouped.iter_rows()]


def drawn(table: str) -> list[tuple]:
    lines = [line.split("|") for line in table.strip().splitlines()]
    return [tuple(cell.strip() for cell in line) for line in lines]
