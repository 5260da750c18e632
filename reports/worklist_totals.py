"""Totals of the worklist: findings, subjects and dollars, so that each service counts once.

Sums over worklist rows belong here; where they stand on the summary does not.
"""

from collections.abc import Sequence

import polars as pl

from reports.worklist_rows import SEVERITIES

TOTAL = "total"
_MONEY = pl.Decimal(12, 2)


def totals(rows: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """For each value of `by`: finding_count, subject_count and amount.

    The dollars of a service with several findings stand in each of them, and count here once. So
    dollars of parts do not add up to those of the whole; findings do.
    """
    subjects = rows.group_by(*by, "subject", "subject_id").agg(
        pl.len().alias("finding_count"), pl.max("amount")
    )
    sums = (
        pl.sum("finding_count").cast(pl.Int64),
        pl.len().cast(pl.Int64).alias("subject_count"),
        pl.sum("amount").fill_null(0).cast(_MONEY),
    )
    return subjects.group_by(*by).agg(sums) if by else subjects.select(sums)


def breakdown(rows: pl.DataFrame, dimension: str, values: Sequence[str]) -> pl.DataFrame:
    """One row for each of `values`, found or not, and a last row `total`.

    Columns: the dimension, finding_count, subject_count, amount, and for each severity its
    `<severity>_count` and `<severity>_amount`.
    """
    counted = pl.concat([rows, rows.with_columns(pl.lit(TOTAL).alias(dimension))])
    frame = pl.DataFrame({dimension: [*values, TOTAL]}, schema={dimension: pl.String})
    frame = frame.join(totals(counted, [dimension]), on=dimension, how="left")
    for severity in SEVERITIES:
        part = totals(counted.filter(pl.col("severity") == severity), [dimension]).select(
            dimension,
            pl.col("finding_count").alias(f"{severity}_count"),
            pl.col("amount").alias(f"{severity}_amount"),
        )
        frame = frame.join(part, on=dimension, how="left")
    return frame.with_columns(pl.exclude(dimension).fill_null(0)).sort(
        pl.col(dimension).cast(pl.Enum([*values, TOTAL]))
    )
