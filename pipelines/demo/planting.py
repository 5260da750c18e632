"""Planting: which encounter lines become faulty, the change itself, and the truth about it."""

import polars as pl

from pipelines.demo.draw import Draws
from pipelines.demo.line_faults import LineFault


def mark(draws: Draws, lines: pl.DataFrame, faults: list[LineFault], wanted: int) -> pl.DataFrame:
    """Adds `line_fault`: `wanted` lines of sound stays, the kinds in turn, one fault a line."""
    numbered = lines.with_row_index("line")
    asked = {name for fault in faults for name in fault.among.meta.root_names()}
    free = (
        numbered.filter(pl.col("stay_fault").is_null())
        .sort(draws.bits("line fault", pl.col("line")))
        .select("line", *sorted(asked))
    )
    taken: list[pl.DataFrame] = []
    for n, fault in enumerate(faults):
        share = wanted // len(faults) + (n < wanted % len(faults))
        chosen = free.filter(fault.among).head(share).select("line")
        free = free.join(chosen, on="line", how="anti", maintain_order="left")
        taken.append(chosen.with_columns(line_fault=pl.lit(fault.edit_id)))
    marks = pl.concat(taken)
    return numbered.join(marks, on="line", how="left", maintain_order="left").drop("line")


def plant(lines: pl.DataFrame, faults: list[LineFault]) -> pl.DataFrame:
    """The marked lines with their columns changed, repeated lines appended at the end."""
    fault = pl.col("line_fault")
    changed: dict[str, pl.Expr] = {}
    for kind in faults:
        for column, value in kind.changes.items():
            before = changed.get(column, pl.col(column))
            chosen = pl.when(fault == kind.edit_id).then(value.cast(lines.schema[column]))
            changed[column] = chosen.otherwise(before)
    again = pl.format("{}R", "encounter_id").alias("encounter_id")
    repeated = lines.filter(fault == "service_repeated").with_columns(again)
    original = pl.when(fault != "service_repeated").then(fault).alias("line_fault")
    return pl.concat([lines.with_columns(**changed).with_columns(original), repeated])


def line_truth(
    files: dict[str, pl.DataFrame], lines: pl.DataFrame, faults: list[LineFault]
) -> pl.DataFrame:
    """One row a planted line: edit_id, subject_id, feed, carried_by, note."""
    notes = pl.DataFrame(
        [(fault.edit_id, fault.feed, fault.note) for fault in faults],
        schema=dict.fromkeys(("line_fault", "feed", "note"), pl.String),
        orient="row",
    )
    granted = files["authorizations"].select("authorization_number", granted_by="row_number")
    told = (
        lines.filter(pl.col("line_fault").is_not_null())
        .join(notes, on="line_fault", maintain_order="left")
        .join(granted, on="authorization_number", how="left", maintain_order="left")
    )
    is_elsewhere = pl.col("feed") == "authorizations"
    return told.select(
        pl.col("line_fault").alias("edit_id"),
        "subject_id",
        "feed",
        pl.when(is_elsewhere).then("granted_by").otherwise("row_number").alias("carried_by"),
        "note",
    )
