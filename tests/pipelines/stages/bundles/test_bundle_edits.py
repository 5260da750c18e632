"""Edits of bundles: one finding a stay, with the dollars of all bundles it is about."""

from decimal import Decimal

import polars as pl
import pytest
from bundle_timelines import drawn, on

from codesets.loader import CodeSets
from contracts.derived import DERIVED
from contracts.policy import Policy, shipped_text
from contracts.schemas import broken_rules
from pipelines.stages.bundles.evaluation import bundles
from pipelines.stages.edits.run_bundles import bundles_context, run_bundle_edits
from pipelines.stages.edits.run_stays import StayResults

POLICY = Policy(shipped_text())
RULES = CodeSets().table("care_bundles")
ASSESSED = "mgr@1 meet@3 assess@5 consent@5"


def judged(timeline: str, day: int, policy: Policy = POLICY) -> StayResults:
    made = bundles(drawn(timeline), RULES, policy, on(day)).bundles
    return run_bundle_edits(bundles_context(made, policy, on(day)), "sac", on(day))


# timeline | as of | edit, dollars, days left
CASES = [
    (f"act@1 expect@60 {ASSESSED}", 40, []),
    (f"act@1 expect@60 {ASSESSED}", 46, [("bundle_due", "850.00", 0)]),
    (f"act@1 expect@60 {ASSESSED}", 45, []),
    (f"act@1 out@60 {ASSESSED}", 70, []),
    (f"act@1 {ASSESSED}", 46, []),
    ("act@1 expect@100 mgr@1 meet@92 assess@93 consent@94", 96,
     [("bundle_due", "850.00", 4), ("not_billable", "300.00", None)]),
    (f"act@1 out@60 uncovered {ASSESSED} follow@70", 80, [("not_billable", "150.00", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("timeline", "day", "expected"), CASES)
def test_what_is_found(timeline: str, day: int, expected: list[tuple[str, str, int]]) -> None:
    made = judged(timeline, day)
    told = made.findings.sort("edit_id").select("edit_id", "amount", "days_left").rows()
    assert told == [(edit, Decimal(amount), days) for edit, amount, days in expected]
    assert broken_rules(DERIVED["findings"], made.findings) == {}
    assert broken_rules(DERIVED["edit_counts"], made.edit_counts) == {}


def test_a_finding_names_the_bundles_and_a_row() -> None:
    (found,) = judged(f"act@1 out@60 uncovered {ASSESSED} follow@70", 80).findings.to_dicts()
    assert found["message"].endswith("on their day: follow_up (enrolled).")
    assert (found["subject"], found["subject_id"], found["owner"]) == (
        "stay", "S1", "eligibility_worker",
    )  # fmt: skip
    assert found["file_id"] == "f1"


def test_a_finding_names_the_first_of_its_rows_and_is_of_part_2_with_any() -> None:
    made = bundles(drawn(f"act@1 expect@60 {ASSESSED}"), RULES, POLICY, on(46)).bundles
    place = pl.int_range(pl.len())
    numbered = made.with_columns(
        row_number=place, file_id=pl.format("f{}", place), is_part_2=place == 0
    )
    context = bundles_context(numbered, POLICY, on(46))
    (found,) = run_bundle_edits(context, "sac", on(46)).findings.to_dicts()
    assert (found["file_id"], found["row_number"], found["is_part_2"]) == ("f1", 1, True)


def test_without_a_policy_nothing_is_due_and_that_is_told() -> None:
    unset = shipped_text().replace(
        '[[bundle.warn_days]]\nvalue = 14\nstatus = "unverified"',
        '[[bundle.warn_days]]\nstatus = "unset"',
    )
    made = judged(f"act@1 expect@60 {ASSESSED}", 46, Policy(unset))
    counts = made.edit_counts.select("edit_id", "finding_count", "not_evaluated_count").rows()
    assert counts == [("not_billable", 0, 0), ("bundle_due", 0, 1)]
