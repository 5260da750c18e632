"""Lines: what was decided of each service line, as columns beside it that the edits ask about."""

from typing import Final

import polars as pl

from pipelines.stages.decisions.in_force import disposed, line_subject, values_set

DECIDED: Final = pl.Schema(
    {
        "hold_note": pl.String(),
        "write_off_note": pl.String(),
        "lapse_note": pl.String(),
        "lifted_edits": pl.List(pl.String()),
        "delay_reason_code": pl.String(),
        "attachment": pl.String(),
    }
)
"""Notes say who decided and why; `lifted_edits` are edits whose hold was released."""

LIFTED_SEPARATOR: Final = "|"


def decided_lines(
    encounters: pl.DataFrame, held: pl.DataFrame, lapsed: pl.DataFrame
) -> pl.DataFrame | None:
    """A `DECIDED` row for each encounter line, in their order; None where nothing was decided.

    `held`: decisions in force about encounters; `lapsed`: as `corrections` tells. A lapse that came
    before the line was released has been looked at.
    """
    if held.is_empty() and lapsed.is_empty():
        return None
    notes = _disposed(held)
    subjects = encounters.select(line_subject())
    joined = subjects
    written = (_written(held, name) for name in ("delay_reason_code", "attachment"))
    for part in (notes, _lapsed(lapsed, notes), *written):
        joined = joined.join(part, on="subject_id", how="left", maintain_order="left")
    return joined.select(pl.col(name).cast(dtype) for name, dtype in DECIDED.items())


def nothing_decided(height: int) -> pl.DataFrame:
    """`DECIDED` of lines of which nothing was decided."""
    return pl.DataFrame({name: pl.repeat(None, height, dtype=d, eager=True)
                         for name, d in DECIDED.items()})  # fmt: skip


def _disposed(held: pl.DataFrame) -> pl.DataFrame:
    action = pl.col("action")
    note = pl.format("{}: {}", "decided_by", "reason")
    lifted = pl.col("value").fill_null("").str.split(LIFTED_SEPARATOR)
    return disposed(held).select(
        "subject_id",
        hold_note=pl.when(action == "hold").then(note),
        write_off_note=pl.when(action == "write_off").then(note),
        lifted_edits=pl.when(action == "release").then(lifted),
        released_at=pl.when(action == "release").then("recorded_at"),
    )


def _lapsed(lapsed: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    released = notes.select("subject_id", "released_at")
    unseen = pl.col("released_at").is_null() | (pl.col("lapsed_at") > pl.col("released_at"))
    return (
        lapsed.join(released, on="subject_id", how="left")
        .filter(unseen)
        .group_by("subject_id")
        .agg(lapse_note=pl.col("field").sort().str.join(", "))
    )


def _written(held: pl.DataFrame, field: str) -> pl.DataFrame:
    written = values_set(held).filter(pl.col("field") == field)
    return written.select("subject_id", pl.col("value").alias(field))
