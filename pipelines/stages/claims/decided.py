"""Decided: what people set for a claim that no feed has: delay reason, documents, remark.

Beside lines first, then once for the claim; a decision about the claim itself goes before those
about its lines.
"""

import polars as pl

from contracts.decisions import SET_FIELDS
from pipelines.stages.claims.attachments import documents
from pipelines.stages.decisions.in_force import line_subject
from pipelines.x12.charset import clean_text


def with_values_set(lines: pl.DataFrame, values_set: pl.DataFrame | None) -> pl.DataFrame:
    """`lines` with a column for each of `SET_FIELDS`; `values_set` has subject_id, field, value."""
    if values_set is None or values_set.is_empty():
        return lines.with_columns(pl.lit(None, pl.String).alias(name) for name in SET_FIELDS)
    keyed = lines.with_columns(line_subject())
    wide = _wide(values_set)
    return keyed.join(wide, on="subject_id", how="left", maintain_order="left").drop("subject_id")


def told_once(
    heads: pl.DataFrame,
    lines: pl.DataFrame,
    values_set: pl.DataFrame | None,
    attachments: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """`heads` with delay_reason_code, claim_note, attachments as content has them, and
    `values_disagree` where lines of one claim have different ones of what it tells once.

    `attachments`: the feed, whose documents stand beside those that people set.
    """
    of_lines = lines.group_by("claim_id").agg(
        pl.col(name).drop_nulls().unique(maintain_order=True) for name in SET_FIELDS
    )
    own = _wide(values_set).rename({"subject_id": "claim_id"}) if values_set is not None else None
    joined = heads.join(of_lines, on="claim_id", how="left", maintain_order="left")
    if own is not None and not own.is_empty():
        joined = _overridden(joined, own)
    once = (pl.col(name).list.first() for name in ("delay_reason_code", "remark"))
    code, remark = once
    papers = documents(joined, lines, attachments)
    joined = joined.join(papers, on="claim_id", how="left", maintain_order="left")
    return joined.with_columns(
        delay_reason_code=code,
        claim_note=clean_text(remark),
        values_disagree=(pl.col("delay_reason_code").list.len() > 1)
        | (pl.col("remark").list.len() > 1),
    ).drop("attachment", "remark")


def _overridden(heads: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Each value that was set for the claim in place of those of its lines."""
    both = heads.join(own, on="claim_id", how="left", maintain_order="left", suffix="_own")
    return both.select(
        pl.when(pl.col(f"{name}_own").is_not_null())
        .then(pl.concat_list(f"{name}_own"))
        .otherwise(pl.col(name))
        .alias(name)
        if name in SET_FIELDS
        else pl.col(name)
        for name in heads.columns
    )


def _wide(values_set: pl.DataFrame) -> pl.DataFrame:
    """A row a subject, a column a field."""
    return values_set.group_by("subject_id").agg(
        pl.col("value").filter(pl.col("field") == name).last().alias(name) for name in SET_FIELDS
    )
