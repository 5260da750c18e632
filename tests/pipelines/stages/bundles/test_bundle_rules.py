"""Rules are data: another edition gives other results, and one that makes no sense is refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bundle_timelines import drawn, on

from codesets.errors import CodeSetFileError
from codesets.frames import typed_frame
from codesets.loader import SHIPPED, CodeSets
from codesets.lookup import lookup
from contracts.fields import vocabulary
from contracts.policy import Policy, shipped_text
from pipelines.stages.bundles.evaluation import bundles

SETS = CodeSets()
RULES = SETS.table("care_bundles")
POLICY = Policy(shipped_text())
FILE = Path(SHIPPED, "care_bundles", "illustrative-1.csv")
READY = "act@1 out@60 mgr@1 meet@3 assess@5 consent@5 start@10 post@30 final@40 share@41 handoff@47"


def changed(element: str, **values: Any) -> pl.DataFrame:
    """The shipped rules with some cells of one row changed."""
    mine = (
        pl.col("element") == element
        if element != "care_plan"
        else ((pl.col("bundle") == "care_plan") & (pl.col("element") == "bundle"))
    )
    return RULES.with_columns(
        pl.when(mine).then(pl.lit(value)).otherwise(name).cast(RULES.schema[name]).alias(name)
        for name, value in values.items()
    )


def state(rules: pl.DataFrame, bundle: str, timeline: str = READY, day: int = 70) -> str:
    made = bundles(drawn(timeline), rules, POLICY, on(day)).bundles
    return made.filter(bundle_id=bundle)["state"].to_list()[0]


@pytest.mark.parametrize(
    ("element", "values", "bundle", "expected"),
    [
        ("warm_handoff", {}, "plan_and_handoff", "complete"),
        ("warm_handoff", {"latest_day": -14}, "plan_and_handoff", "missed"),
        ("needs_assessment", {"least_minutes": 46}, "assignment_assessment", "missed"),
        ("needs_assessment", {"times": 2}, "assignment_assessment", "missed"),
        ("care_plan", {"excludes": ["assignment_assessment"]}, "care_plan", "exempt"),
        ("care_plan", {"facility_types": ["state_prison"]}, "plan_and_handoff", "complete"),
    ],
)
def test_a_rule_changed_changes_the_result(
    element: str, values: dict[str, Any], bundle: str, expected: str
) -> None:
    rules = changed(element, **values)
    if values == {"latest_day": -14}:
        rules = rules.with_columns(due_day=pl.min_horizontal("due_day", "latest_day"))
    assert state(rules, bundle) == expected


def test_a_service_counts_once_though_two_words_name_it() -> None:
    words = ["service:case_management", "service:T1017"]
    is_asked = pl.col("element") == "consultation"
    twice = changed("consultation", times=2).with_columns(
        evidence=pl.when(is_asked).then(pl.lit(words)).otherwise("evidence")
    )
    assert state(twice, "consultation_coordination", f"{READY} casework@20 appoint@50") == "missed"
    both = f"{READY} casework@20 casework@21 appoint@50"
    assert state(twice, "consultation_coordination", both) == "complete"


def test_who_rendered_a_service_has_done_it() -> None:
    made = bundles(drawn("act@1 out@60 casework@20"), RULES, POLICY, on(70)).bundle_elements
    assert made.filter(feed="encounters")["staff_id"].to_list() == ["NURSE"]


def test_price_and_code_follow_the_day_of_service() -> None:
    """An edition from day 8 on: what was complete before keeps its code, the rest has the new."""
    new = RULES.with_columns(
        edition_id=pl.lit("county-1"), edition_from=pl.lit(on(8)),
        procedure_code=pl.col("procedure_code").str.replace("N", "Q"),
        charge_amount=pl.col("charge_amount") * 2,
    ).cast(dict(RULES.schema))  # fmt: skip
    old = RULES.with_columns(edition_to=pl.lit(on(7)))
    made = bundles(drawn(READY), pl.concat([old, new]), POLICY, on(70)).bundles
    billed = made.filter(pl.col("bundle_id").is_in(["assignment_assessment", "care_plan"]))
    assert billed.select("state", "procedure_code", "charge_amount").rows() == [
        ("complete", "N9901", Decimal("300.00")),
        ("complete", "Q9902", Decimal("500.00")),
    ]


def test_limits_by_window_by_days_and_for_life() -> None:
    twice = "act@1 act@100 out@130 consult@5 consult@40 consult@105 appoint@120 appoint@35"
    made = bundles(drawn(twice), RULES, POLICY, on(140)).bundles
    by_window = made.filter(bundle_id="consultation_coordination")
    assert by_window["state"].to_list() == ["complete", "complete"]
    own = changed("linkage", unless=["youth_facility"], earliest_day=-130)
    own = own.with_columns(
        limit_scope=pl.when(pl.col("limit_scope").is_not_null()).then(pl.lit("days_30"))
    )
    days = "act@1 out@80 " + " ".join(f"consult@{d} appoint@{d}" for d in (5, 20, 34, 35, 60, 65))
    every = bundles(drawn(days), own, POLICY, on(90)).bundles
    done = every.filter(bundle_id="consultation_coordination", state="complete")
    assert done["completed_on"].to_list() == [on(5), on(35), on(65)]


def test_a_lifetime_counts_what_the_ledger_says_went_out() -> None:
    life = RULES.with_columns(
        limit_scope=pl.when(pl.col("limit_scope").is_not_null()).then(pl.lit("lifetime"))
    )
    out = [("GONE", "care_plan", 1, date(2025, 3, 1), "P1")]
    made = bundles(drawn(READY, billed=out), life, POLICY, on(70)).bundles
    told = made.filter(bundle_id="care_plan").select("state", "reasons").rows()
    assert told == [("exempt", ["limit_reached"])]


def test_what_went_out_keeps_its_stay() -> None:
    moved = READY.replace("out@60", "book@0 out@4 book@4 out@60")
    out = [("S1", "care_plan", 1, None, "P1")]
    stays = [
        bundles(drawn(moved, billed=billed), RULES, POLICY, on(70)).bundles
        .filter(bundle_id="care_plan")["stay_id"].to_list()
        for billed in ([], out)
    ]  # fmt: skip
    assert stays == [["S1b"], ["S1"]]


def test_no_illustrative_code_is_a_code() -> None:
    codes = RULES["procedure_code"].drop_nulls()
    assert {code[0] for code in codes} == {"N"}
    for name in ("hcpcs", "cpt_category", "prerelease_services"):
        column = "code"
        first = SETS.table(name)[column].drop_nulls().str.head(1).unique()
        assert "N" not in first.to_list()
    diagnoses = RULES["diagnosis_codes"].drop_nulls().explode().unique()
    keys = pl.DataFrame({"code": diagnoses, "on": [date(2026, 10, 1)] * diagnoses.len()})
    assert lookup(SETS.table("icd10cm"), keys, ["billable"])["billable"].all()


def test_every_milestone_that_a_feed_has_may_be_evidence() -> None:
    pattern = SETS.schemas["care_bundles"].columns
    evidence = next(column.pattern for column in pattern if column.name == "evidence") or ""
    told = {"medi_cal_suspended", "medi_cal_unsuspended", "declined"}  # no part of care
    milestones = set(vocabulary()["milestone"].allowed) - told
    listed = set(evidence.split("milestone:(")[1].split(")")[0].split("|"))
    assert listed == milestones


REFUSED = [
    ("element", 3, "meeting one", r"row 3, column element: not of the form"),
    ("gate", 1, "before", r"row 1, column gate: not one of pre_release"),
    ("evidence", 2, "milestone:dance", r"row 2, column evidence: not of the form"),
    ("owner", 2, None, r"row 2, column owner: empty, and an element needs it"),
    ("charge_amount", 1, None, r"row 1, column charge_amount: empty, and a bundle needs it"),
    ("charge_amount", 1, "-1.00", r"row 1, column charge_amount: below zero"),
    ("limit_count", 1, "0", r"row 1, column limit_count: less than 1"),
    ("gate", 2, "none", r"row 2, column gate: an element has none"),
    ("after", 4, "dance", r"row 4, column after: dance is no element of the bundle"),
    ("after", 3, "needs_assessment", r"row 3, column after: first_meeting waits for itself"),
    ("requires", 6, "dance", r"row 6, column requires: dance is no bundle"),
    ("excludes", 6, "follow_up", r"row 6, column excludes: follow_up is no bundle of a lower"),
    ("bundle", 2, "other", r"row 2, column bundle: no row of the bundle itself"),
    ("due_day", 3, "-3", r"row 3, column latest_day: earliest, due and latest"),
    ("procedure_code", 1, "N99", r"row 1, column procedure_code: not of the form"),
]


@pytest.mark.parametrize(("column", "row", "value", "told"), REFUSED)
def test_an_edition_that_makes_no_sense_is_refused(
    column: str, row: int, value: str | None, told: str
) -> None:
    raw = pl.read_csv(FILE, infer_schema=False, null_values="")
    broken = raw.with_columns(
        pl.when(pl.int_range(pl.len()) == row - 1)
        .then(pl.lit(value, pl.String))
        .otherwise(column)
        .alias(column)
    )
    edition = replace(SETS.edition("care_bundles", "illustrative-1"), is_shipped=False)
    with pytest.raises(CodeSetFileError, match=told):
        typed_frame(SETS.schemas["care_bundles"], edition, broken)
