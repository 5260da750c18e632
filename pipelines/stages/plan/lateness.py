"""Lateness: claims that were not filed within the limit, and what kept each of them.

What is still paid for a late claim is its expectation's to say; here only why it is late.
"""

from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.claims.holds import LATE
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.plan.cells import SENDS

# In the order in which they are asked: the first that holds is told.
CAUSES: Final = ("rejected_late", "received_late", "held_until_late", "not_sent_in_time")
_OURS: Final = ("batched", "written", "withdrawn", "rejected")  # not in the payer's hands


def late(plan: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Rows of `plan` whose filing limit has passed while the payer does not have them."""
    newest = pl.col("newest_state")
    is_ours = newest.is_null() | newest.is_in(_OURS) | pl.col("action").is_in(SENDS)
    has_passed = (pl.col("deadline_on") < as_of).fill_null(False)
    given_up = pl.col("reasons").list.contains("written_off").fill_null(False)
    return plan.filter(is_ours & has_passed & ~given_up)


def causes(
    claims: pl.DataFrame,
    lines: pl.DataFrame,
    received: pl.DataFrame,
    findings: pl.DataFrame,
    submissions: pl.DataFrame,
) -> pl.DataFrame:
    """claim_id, late_cause (of `CAUSES`) and late_detail in words, one row for each of `claims`.

    `claims`: claim_id, deadline_on, reasons. `lines`: claim_id and the keys of its lines.
    `received`: those keys with received_on, file and row_number of their first sound row.
    `findings`: those keys with edit_id and closed_on of findings that stopped the line and are
    closed. `submissions`: claim_id, state and is_not_found of each submission.
    """
    of_lines = lines.join(claims.select("claim_id", "deadline_on"), on="claim_id")
    parts = [
        _rejected(submissions),
        _received(of_lines.join(received, on=LINE_KEY)),
        _held(of_lines.join(findings, on=LINE_KEY), claims),
        claims.select("claim_id", late_cause=pl.lit(CAUSES[3]), late_detail=pl.lit(None)),
    ]
    told = pl.concat([part.cast(pl.String) for part in parts])
    first = told.unique("claim_id", keep="first", maintain_order=True)
    return claims.select("claim_id").join(first, on="claim_id", how="left", maintain_order="left")


def _rejected(submissions: pl.DataFrame) -> pl.DataFrame:
    turned_back = submissions.filter((pl.col("state") == "rejected") | pl.col("is_not_found"))
    words = pl.lit("the payer turned it back; reentry claims show tells why")
    return turned_back.select("claim_id", late_cause=pl.lit(CAUSES[0]), late_detail=words)


def _received(rows: pl.DataFrame) -> pl.DataFrame:
    """By the line that came last."""
    after = rows.filter(pl.col("received_on") > pl.col("deadline_on")).sort("received_on")
    words = pl.format("{} row {}, received {}", "file", "row_number", "received_on")
    last = after.with_columns(late_detail=words).unique("claim_id", keep="last")
    return last.select("claim_id", late_cause=pl.lit(CAUSES[1]), late_detail="late_detail")


def _held(rows: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """By findings that closed after the limit, else by what holds the claim itself."""
    after = rows.filter(pl.col("closed_on") > pl.col("deadline_on")).sort("closed_on")
    words = pl.format("{} until {}", "edit_id", "closed_on")
    found = after.with_columns(late_detail=words).unique("claim_id", keep="last")
    holds = pl.col("reasons").list.set_difference([LATE])
    own = claims.filter(holds.list.len() > 0, action="hold").with_columns(
        late_detail=holds.list.join(", ")
    )
    both = pl.concat(part.select("claim_id", "late_detail") for part in (found, own))
    return both.select("claim_id", late_cause=pl.lit(CAUSES[2]), late_detail="late_detail")
