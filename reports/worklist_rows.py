"""Rows of the worklist: findings with what a person needs to act on them, most urgent first.

Joining, withholding and ordering belong here; cells and sheets do not.
"""

from collections.abc import Set as AbstractSet

import polars as pl

from contracts.fields import field_of

SEVERITIES = field_of("findings", "severity").allowed
_NOTHING_ENTERED = [
    pl.lit(None, pl.String).alias(name) for name in ("decision", "field", "value", "reason")
]


def withhold(findings: pl.DataFrame, consented: AbstractSet[str]) -> tuple[pl.DataFrame, int]:
    """The rows that may be shown, and how many of Part 2 want a consent in force."""
    has_consent = pl.col("person_id").is_in(sorted(consented)).fill_null(False)
    shown = findings.filter(~pl.col("is_part_2").fill_null(True) | has_consent)
    return shown, findings.height - shown.height


def worklist_rows(
    findings: pl.DataFrame,
    service_lines: pl.DataFrame,
    files: pl.DataFrame,
    facilities: pl.DataFrame,
    opened: pl.DataFrame,
    versions: pl.DataFrame,
    issue_id: str,
) -> pl.DataFrame:
    """Each finding once, with its service, names, first day and version."""
    return (
        findings.join(_services(service_lines), on=["subject", "subject_id"], how="left")
        .join(files.select("file_id", "file_name"), on="file_id", how="left")
        .join(_places(facilities), on="facility_id", how="left")
        .join(opened.select("finding_id", "opened_on"), on="finding_id", how="left")
        .join(versions, on=["subject", "subject_id"], how="left")
        .with_columns(
            pl.coalesce("facility_name", "facility_id").alias("facility_name"),
            pl.lit(issue_id).alias("issue_id"),
            *_NOTHING_ENTERED,
        )
    )


def by_urgency(rows: pl.DataFrame) -> pl.DataFrame:
    """Most severe first, then most dollars, then fewest days left; ties by id."""
    rank = pl.col("severity").replace_strict(
        list(SEVERITIES), list(range(len(SEVERITIES))), return_dtype=pl.Int8
    )
    return rows.sort(
        rank,
        pl.col("amount"),
        "days_left",
        "finding_id",
        descending=[False, True, False, False],
        nulls_last=True,
    )


def _services(service_lines: pl.DataFrame) -> pl.DataFrame:
    key = pl.concat_str(
        "source_system", "encounter_id", pl.col("line_number").cast(pl.String), separator="/"
    )
    return service_lines.select(
        pl.lit("encounter").alias("subject"),
        key.alias("subject_id"),
        "service_date",
        "procedure_code",
    )


def _places(facilities: pl.DataFrame) -> pl.DataFrame:
    return facilities.select("facility_id", pl.col("name").alias("facility_name"))
