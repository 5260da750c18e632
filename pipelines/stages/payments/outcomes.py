"""Outcomes: what remittances make of submissions, in the words of the table of moves.

The state that counts is the net of all that was posted, not the last thing said.
"""

from typing import Final

import polars as pl

_REPLACEMENT, _VOID = "7", "8"
_PLACE: Final = (
    "verdict_code", "payer_claim_number", "remitted_on", "file_id", "row_number",
    "segment_ordinal", "received_at",
)  # fmt: skip
_EVENT: Final = ("submission_id", "outcome", *_PLACE)
_SERVICE: Final = ("source_system", "encounter_id", "line_number")


def outcomes(
    postings: pl.DataFrame, lines: pl.DataFrame, submissions: pl.DataFrame
) -> pl.DataFrame:
    """Events of submissions: submission_id, outcome and the place and receipt of what it rests on.

    `postings`: `posting.posted`; `lines`: submission_id, line_ordinal and key of what was sent;
    `submissions`: with frequency_code and replaces_submission_id. One that was taken back and
    replaced, or voided, has that outcome as a second event.
    """
    of_lines = _of_lines(postings)
    settled = _settled(of_lines, lines)
    later = _superseded(settled, of_lines, lines, submissions)
    return pl.concat([settled.select(_EVENT), *later])


def _of_lines(postings: pl.DataFrame) -> pl.DataFrame:
    """Each line that anything was posted to: its net, and the last place."""
    return (
        postings.filter(state="posted")
        .rename({"claim_status_code": "verdict_code", "paid_on": "remitted_on"})
        .group_by("submission_id", "line_ordinal", maintain_order=True)
        .agg(
            pl.col("paid_amount").sum(),
            pl.col(*_PLACE, "unit").last(),
            is_on=pl.col("direction").last() == 1,
            is_free=(pl.col("charge_amount") == 0).all(),
        )
    )


def _settled(of_lines: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """A line without a charge, which rides on another's claim, is paid with the others."""
    counts = lines.group_by("submission_id").agg(line_count=pl.len())
    whole = (
        of_lines.sort("unit")
        .group_by("submission_id", maintain_order=True)
        .agg(
            pl.col(_PLACE).last(),
            on_count=pl.col("is_on").sum(),
            paid_count=(pl.col("is_on") & (pl.col("paid_amount") > 0)).sum(),
            free_count=(pl.col("is_on") & (pl.col("paid_amount") == 0) & pl.col("is_free")).sum(),
        )
        .join(counts, on="submission_id", maintain_order="left")
    )
    return whole.with_columns(
        outcome=pl.when(pl.col("on_count") == 0)
        .then(pl.lit("reversed"))
        .when(pl.col("paid_count") == 0)
        .then(pl.lit("denied"))
        .when(pl.col("paid_count") + pl.col("free_count") == pl.col("line_count"))
        .then(pl.lit("paid"))
        .otherwise(pl.lit("partly_paid"))
    )


def _superseded(
    settled: pl.DataFrame, of_lines: pl.DataFrame, lines: pl.DataFrame, submissions: pl.DataFrame
) -> list[pl.DataFrame]:
    """Originals taken back for a void or an adjudicated replacement, and voids that were obeyed."""
    after = submissions.drop_nulls("replaces_submission_id").select(
        "submission_id", "frequency_code", original="replaces_submission_id"
    )
    voids = after.filter(pl.col("frequency_code") == _VOID)
    replacements = after.filter(pl.col("frequency_code") == _REPLACEMENT).join(
        settled.filter(pl.col("on_count") > 0), on="submission_id", how="semi"
    )
    back = settled.filter(outcome="reversed").select(_EVENT)
    originals = [
        back.join(by, left_on="submission_id", right_on="original", how="semi").with_columns(
            outcome=pl.lit(outcome)
        )
        for by, outcome in ((replacements, "replaced"), (voids, "voided"))
    ]
    return [*originals, _obeyed(voids, of_lines, lines)]


def _obeyed(voids: pl.DataFrame, of_lines: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Voids all of whose lines the payer has taken back of the original."""
    taken = (
        of_lines.filter(~pl.col("is_on"))
        .join(lines, on=["submission_id", "line_ordinal"])
        .select(*_SERVICE, *_PLACE, original="submission_id")
    )
    asked = voids.join(lines, on="submission_id", maintain_order="left")
    met = asked.join(taken, on=["original", *_SERVICE], how="left", maintain_order="left")
    whole = met.filter(pl.col("file_id").is_not_null().all().over("submission_id"))
    last = whole.unique("submission_id", keep="last", maintain_order=True)
    return last.with_columns(outcome=pl.lit("voided")).select(_EVENT)
