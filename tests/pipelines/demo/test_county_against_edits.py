"""The county and the stages hold each other to account: what was planted is found, no more."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from codesets.loader import CodeSets
from contracts.feeds import FEEDS
from contracts.policy import Policy, shipped_text
from contracts.settings import FeedSettings
from pipelines.demo.county import County, generate
from pipelines.stages.edits.code_verdicts import CODE_SETS
from pipelines.stages.edits.context import service_context
from pipelines.stages.edits.run import EditResults, run_edits
from pipelines.stages.eligibility.days import billable_days
from pipelines.stages.intake import Origin, Taken, take

START, END = date(2026, 6, 1), date(2026, 10, 31)
RECEIVED_AT = datetime(2026, 11, 1, tzinfo=UTC)
CODES = CodeSets()
POLICY = Policy(shipped_text())
UNREADABLE = pl.DataFrame(schema={"row_number": int, "reason": str, "row_text": str})
ELIGIBILITY = (
    "custody_stays", "people", "cin_aliases", "facilities", "coverage", "ji_activations",
    "screenings", "eligibility_answers",
)  # fmt: skip
EDITED = (
    "encounters", "people", "custody_stays", "facilities", "billing_providers", "providers",
    "provider_enrollments", "authorizations",
)  # fmt: skip


def received(feed: str, texts: pl.DataFrame) -> Taken:
    table = FEEDS[feed]
    nothing = pl.DataFrame(
        schema={name: table.schema[name] for name in table.key} | {"row_hash": str}
    )
    raw = texts.with_row_index("row_number", 1).cast({"row_number": pl.Int64})
    return take(table, raw, UNREADABLE, nothing, FeedSettings(), Origin(feed, RECEIVED_AT))


def judged(taken: dict[str, Taken]) -> EditResults:
    facts = {feed: result.facts for feed, result in taken.items()}
    days = billable_days(*(facts[feed] for feed in ELIGIBILITY), policy=POLICY, as_of=END)
    codes = {name: CODES.table(name) for name in CODE_SETS}
    context = service_context(*(facts[feed] for feed in EDITED), days, codes, POLICY, END)
    return run_edits(context, "demo")


def found(county: County) -> pl.DataFrame:
    taken = {feed: received(feed, texts) for feed, texts in county.files.items()}
    kept = judged(taken).findings
    return kept.select("edit_id", "subject_id").sort("subject_id", "edit_id")


@pytest.mark.parametrize(("seed", "stays", "rate"), [(7, 300, 0.05), (1, 120, 0.02), (5, 40, 0.3)])
def test_the_edits_find_what_was_planted_and_nothing_else(
    seed: int, stays: int, rate: float
) -> None:
    county = generate("demo", seed, stays, START, END, rate, CODES)
    planted = county.truth.select("edit_id", "subject_id").sort("subject_id", "edit_id")
    assert found(county).rows() == planted.rows()


def test_a_county_without_faults_has_no_findings() -> None:
    assert found(generate("demo", 7, 300, START, END, 0, CODES)).rows() == []


def test_intake_quarantines_what_was_broken_and_nothing_else() -> None:
    county = generate("demo", 7, 150, START, END, 0.05, CODES)
    quarantined = [
        row
        for feed, texts in county.files.items()
        for row in received(feed, texts)
        .quarantine.select("feed", "row_number", "column_name", "rule")
        .iter_rows()
    ]
    assert sorted(quarantined) == sorted(county.quarantine_truth.iter_rows())
