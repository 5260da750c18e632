"""Overruled: what decisions change of the edits' flags and words. Not here: which are in force."""

import polars as pl

from contracts.decisions import WRITTEN_OFF
from pipelines.stages.edits.edit import Edit


def with_notes(
    found: pl.DataFrame, context: pl.DataFrame, fired: pl.DataFrame, catalogue: list[Edit]
) -> pl.DataFrame:
    """Findings whose message ends with the line's own note where the edit has one.

    `fired`: the line of each finding.
    """
    message = pl.col("message")
    for edit in catalogue:
        if edit.note is not None:
            note = context[edit.note].gather(fired["line"])
            told = pl.concat_str(pl.col("message"), pl.lit(" "), note)
            message = pl.when(pl.col("edit_id") == edit.id).then(told).otherwise(message)
    return found.with_columns(message)


def less_what_was_decided(
    flags: pl.DataFrame, context: pl.DataFrame, catalogue: list[Edit]
) -> pl.DataFrame:
    """Flags without holds that were released; of a line written off nothing but that is told."""
    released = context.select(pl.int_range(pl.len()).alias("line"), "lifted_edits").drop_nulls()
    lifted = released.explode("lifted_edits")
    lines = dict(lifted.group_by("lifted_edits").agg("line").iter_rows())
    holds = [e.id for e in catalogue if e.severity == "hold" and e.id in lines]
    lessened = flags.with_columns(flags[name].scatter(lines[name], False) for name in holds)
    if WRITTEN_OFF not in flags.columns or not flags[WRITTEN_OFF].any():
        return lessened
    return lessened.with_columns(pl.exclude(WRITTEN_OFF) & ~pl.col(WRITTEN_OFF))
