"""Denials on the worklist: what the payer refused and a person may decide about, as its rows.

Which denials and in which words belongs here; what may be decided of one is judged when it returns.
"""

import polars as pl

from contracts.fields import field_of
from reports.words import label

SHEET = "Denials"
_CATEGORIES = field_of("denials", "category").allowed


def denial_rows(
    denials: pl.DataFrame, service_lines: pl.DataFrame, files: pl.DataFrame,
    facilities: pl.DataFrame, issue_id: str,
) -> pl.DataFrame:  # fmt: skip
    """Denials in the columns of the worklist, dearest first.

    `denials`: the table, with `seen_version`, and `dispute`, the state of what is open about each.
    The other frames are as their contracts have them.
    """
    key = ["source_system", "encounter_id", "line_number"]
    services = service_lines.select(*key, "service_date", "procedure_code")
    names = facilities.select("facility_id", "name")
    rows = (
        denials.join(services, on=key, how="left")
        .join(files.select("file_id", "file_name"), on="file_id", how="left")
        .join(names, on="facility_id", how="left")
    )
    nothing = ("decision", "field", "value", "reason")
    return rows.select(
        severity=pl.lit("reject"),
        days_left="days_left",
        deadline_on="deadline_on",
        amount="amount",
        message=_message(),
        remedy=_sentence(pl.col("next_step")),
        person_id="person_id",
        facility_name=pl.coalesce("name", "facility_id"),
        subject_id="denial_id",
        service_date="service_date",
        procedure_code="procedure_code",
        category="category",
        edit_id=pl.coalesce("route", pl.lit("")),
        opened_on="remitted_on",
        file_name="file_name",
        row_number="row_number",
        finding_id="denial_id",
        subject=pl.lit("denial"),
        seen_version="seen_version",
        issue_id=pl.lit(issue_id),
        is_part_2="is_part_2",
        **{name: pl.lit(None, pl.String) for name in nothing},
    ).sort("amount", "days_left", "subject_id", descending=[True, False, False], nulls_last=True)


def _message() -> pl.Expr:
    codes = pl.concat_str("group_code", "carc", "rarc", separator=" ", ignore_nulls=True)
    words = pl.col("category").replace({code: label(code) for code in _CATEGORIES})
    open_about = pl.format("; {}", "dispute").fill_null("")
    return pl.format("Denied {}: {}{}.", codes, words, open_about)


def _sentence(words: pl.Expr) -> pl.Expr:
    return words.str.slice(0, 1).str.to_uppercase() + words.str.slice(1) + pl.lit(".")
