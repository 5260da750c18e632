"""What single lines should bring: of a claim's lines, and of those that the plan sends alone."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
import pytest
from claim_county import RATES, assembled, drawn, drawn_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from settled_claim import WAS, Standing

from pipelines.stages.plan.difference import difference
from pipelines.stages.plan.summary import summary

# The line was 60.00 of 99213, whose rate is 80.00; E1 stays as it was sent.
EXPECTED = """
state       | code  | units | evaluated  | action   | expected | why
paid        | 99213 | 2     | 2026-07-01 | replace  | 160.00   | two units in time
paid        | 90834 | 1     | 2026-07-01 | replace  | 90.00    | another code's rate
partly_paid | 99213 | 1     | 2026-07-01 | replace  | 80.00    | the charge alone has changed
paid        | 00000 | 1     | 2026-07-01 | replace  |          | no rate
paid        | 99213 | 2     | 2026-11-15 | replace  | 120.00   | after its limit: 75 %
paid        | 99213 | 2     | 2027-02-01 | replace  | 80.00    | 50 %
paid        | 99213 | 2     | 2027-05-01 | replace  | 0.00     | nothing
denied      | 99213 | 2     | 2026-07-01 | resubmit | 160.00   | a denied line by policy
denied      | 99213 | 2     | 2026-11-15 | resubmit | 120.00   | and late
paid        |       |       | 2026-07-01 | void     | 0.00     | a voided line brings nothing
paid        |       |       | 2026-11-15 | void     | 0.00     | nor late
"""


def standing(row: Any, **sent: Any) -> Any:
    """The plan's rows that go out, on the day of the row."""
    day = date.fromisoformat(row["evaluated"])
    now = "encounter | day | charge | code | units\nE1 | 1 | 80.00 | 99213 | 1"
    if row["code"]:
        now += f"\nE2 | 1 | 66.00 | {row['code']} | {row['units']}"
    one = Standing(now, row["state"], on=day, remitted_on=date(2026, 12, 1), **sent)
    rows = one.plan(day, plan__denied_changed='"resubmit"')
    return rows.filter(pl.col("action").is_in(["replace", "resubmit", "void"]))


@pytest.mark.parametrize("row", drawn(EXPECTED), ids=lambda row: row["why"])
def test_a_line_that_goes_alone_expects_what_it_should_bring(row: Any) -> None:
    told = standing(row).select("action", "encounter_id", "expected_amount").rows()
    assert told == [(row["action"], "E2", row["expected"] and Decimal(row["expected"]))]


def test_what_is_not_sent_expects_what_its_claim_should_bring() -> None:
    for kind, state in (("same", "paid"), ("held", "paid"), ("changed", "accepted")):
        assert Standing(kind, state).plan()["expected_amount"].to_list() == [Decimal(160)]


def test_a_change_of_the_whole_claim_shares_its_expectation_out_over_the_lines() -> None:
    one = Standing(WAS.replace("| 1   |", "| 2   |"), "paid")
    rows = one.plan()
    assert rows["action"].to_list() == ["replace", "replace"]
    assert rows["expected_amount"].to_list() == [Decimal(80), Decimal(80)]
    assert summary(rows).select("expected_amount", "unpriced").rows() == [(Decimal(160), 0)]


def test_a_summary_adds_up_what_is_known_of_lines_and_counts_the_rest() -> None:
    one = Standing(WAS.replace("charge", "charge | code").replace("80.00", "80.50 | 00000")
                   .replace("60.00", "61.00 | 90834"), "paid")  # fmt: skip
    assert summary(one.plan()).select("action", "expected_amount", "unpriced").rows() == [
        ("replace", Decimal(90), 1)
    ]


def test_a_difference_sets_each_line_beside_itself() -> None:
    moved, dearer = WAS.replace("| 1   |", "| 2   |"), WAS.replace("| 1   |", "| 3   |")
    dearer = dearer.replace("charge", "charge | units").replace(".00", ".00 | 2")
    plans = [Standing(now, "paid") for now in (moved, dearer)]
    before, after = ((one.plan(), one.lines, NO_FINDINGS) for one in plans)
    made = difference(before, after)
    told = made.claims.select("change", "expected_amount_before", "expected_amount_after").rows()
    assert told == [("changes", Decimal(80), Decimal(160))] * 2
    totals = {row["what"]: row for row in made.totals.to_dicts()}
    assert totals["send"]["expected_amount_before"] == Decimal(160)
    assert totals["send"]["expected_amount_after"] == Decimal(320)
    assert difference(before, before).claims.is_empty()


def test_a_difference_counts_a_void_that_brings_nothing() -> None:
    one = Standing("gone", "paid")
    kept = Standing("same", "paid")
    made = difference((kept.plan(), kept.lines, NO_FINDINGS), (one.plan(), one.lines, NO_FINDINGS))
    totals = {row["what"]: row for row in made.totals.to_dicts()}
    assert (totals["void"]["claims_after"], totals["void"]["expected_amount_after"]) == (1, 0)
    assert made.claims.select("action_after", "expected_amount_after").rows() == [
        ("void", Decimal("0.00"))
    ]


NO_FINDINGS = pl.DataFrame(schema=dict.fromkeys(("subject", "subject_id", "edit_id"), pl.String))

UNITS = st.integers(1, 400_000).map(lambda n: Decimal(n).scaleb(-3))
DAYS = {date(2026, 5, 1): 100, date(2026, 11, 1): 75, date(2027, 2, 1): 50, date(2028, 1, 1): 0}


@given(
    st.lists(st.tuples(st.sampled_from([*RATES, "00000"]), UNITS), min_size=1, max_size=6),
    st.sampled_from(sorted(DAYS)),
)
@settings(max_examples=25, deadline=None)
def test_a_claim_expects_the_sum_of_its_lines_each_rounded_alone(drawn: Any, as_of: Any) -> None:
    picture = "encounter | code | units\n" + "\n".join(
        f"E{n} | {code} | {units}" for n, (code, units) in enumerate(drawn)
    )
    claims, lines = assembled(drawn_lines(picture), as_of=as_of)
    cut = Decimal(DAYS[as_of]) / 100
    for row in lines.iter_rows(named=True):
        rate = RATES.get(row["procedure_code"])
        due = rate and (Decimal(rate) * row["units"] * cut).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert row["expected_amount"] == due
    for claim in claims.iter_rows(named=True):
        own = lines.filter(claim_id=claim["claim_id"])["expected_amount"].to_list()
        assert claim["expected_amount"] == (None if None in own else sum(own))
