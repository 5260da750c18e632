"""Claims on the worklist: those that the plan holds, or that a person wrote off, as its rows.

Which claims and in which words belongs here; a claim's lines are clean, so none is a finding.
"""

from datetime import date

import polars as pl

from contracts.decisions import GONE, WRITTEN_OFF

_OF_LINES = ["filing_limit_passed"]  # findings of the lines say the same, and there it is mended
_REMEDY = "Mend in its source system what the claim lacks, or decide here. See: reentry plan."


def claim_rows(
    plan: pl.DataFrame, claims: pl.DataFrame, facilities: pl.DataFrame, issue_id: str, as_of: date
) -> pl.DataFrame:
    """Held and written-off claims in the columns of the worklist, dearest first.

    `plan`, `claims` and `facilities` are as their contracts have them.
    """
    is_held = (pl.col("action") == "hold") & (pl.col("reasons") != _OF_LINES)
    held = plan.filter(is_held | pl.col("reasons").list.contains(WRITTEN_OFF))
    known = claims.select("claim_id", "person_id", "service_date", "is_part_2")
    names = facilities.select("facility_id", "name")
    rows = held.join(known, on="claim_id", how="left").join(names, on="facility_id", how="left")
    nothing = ("procedure_code", "decision", "field", "value", "reason", "category", "file_name")
    return rows.select(
        severity=pl.lit("hold"),
        days_left=(pl.col("deadline_on") - as_of).dt.total_days(),
        deadline_on="deadline_on",
        amount="charge_amount",
        message=_in_words(pl.col("reasons")),
        remedy=pl.lit(_REMEDY),
        person_id="person_id",
        facility_name=pl.coalesce("name", "facility_id"),
        subject_id="claim_id",
        service_date="service_date",
        edit_id=pl.col("reasons").list.join(", "),
        opened_on=pl.lit(None, pl.Date),
        row_number=pl.lit(None, pl.Int64),
        finding_id="claim_id",
        subject=pl.lit("claim"),
        seen_version=pl.col("content_hash").fill_null(GONE),
        issue_id=pl.lit(issue_id),
        is_part_2=pl.col("is_part_2").fill_null(False),
        **{name: pl.lit(None, pl.String) for name in nothing},
    ).sort("amount", "days_left", "subject_id", descending=[True, False, False], nulls_last=True)


def _in_words(reasons: pl.Expr) -> pl.Expr:
    words = reasons.list.eval(pl.element().str.replace_all("_", " "))
    joined = words.list.join("; ")
    return joined.str.slice(0, 1).str.to_uppercase() + joined.str.slice(1) + pl.lit(".")
