"""Whether another payer comes before Medi-Cal on a line, and has answered for it."""

import polars as pl

from pipelines.stages.edits.same_day import LINE_KEY
from pipelines.stages.identifiers import cin_of


def unbilled_coverage(
    lines: pl.DataFrame,
    other_coverage: pl.DataFrame,
    other_payer_payments: pl.DataFrame,
    numbers: pl.DataFrame,
) -> pl.DataFrame:
    """New column only, `other_coverage_is_unbilled`: a span of other coverage holds the service
    date, and its payer has no payment row for the line (loops 2320 and 2430 need one).
    """
    spans = (
        other_coverage.with_columns(cin=cin_of(pl.col("cin")))
        .join(numbers, on="cin")
        .select("surviving_person_id", "payer_id", "starts_on", "ends_on")
    )
    day = pl.col("service_date")
    covered = (
        lines.select(*LINE_KEY, "surviving_person_id", "service_date")
        .with_row_index("line")
        .join(spans, on="surviving_person_id")
        .filter(pl.col("starts_on") <= day, (pl.col("ends_on") >= day).fill_null(True))
    )
    unbilled = covered.join(other_payer_payments, on=[*LINE_KEY, "payer_id"], how="anti")["line"]
    index = pl.int_range(lines.height, dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"other_coverage_is_unbilled": index.is_in(unbilled.implode())})
