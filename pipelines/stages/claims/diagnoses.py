"""Diagnoses: a claim's codes in order of first appearance, and where each line points."""

import polars as pl

from pipelines.x12.content import MAX_POINTERS


def pointed(lines: pl.DataFrame) -> pl.DataFrame:
    """`lines` (in claim order) with `diagnosis_pointers`: the places of a line's first four codes.

    Parts of a split line share `line_id` and point alike.
    """
    pointers = (
        _placed(lines)
        .filter(pl.int_range(pl.len()).over("line_id") < MAX_POINTERS)
        .group_by("line_id", maintain_order=True)
        .agg(diagnosis_pointers=pl.col("place").cast(pl.String))
    )
    with_pointers = lines.join(pointers, on="line_id", how="left", maintain_order="left")
    return with_pointers.with_columns(pl.col("diagnosis_pointers").fill_null([]))


def diagnoses(lines: pl.DataFrame) -> pl.DataFrame:
    """`claim_id` and `diagnosis_codes`, the principal one first; no row where there is none."""
    firsts = _placed(lines).filter(pl.col("row") == pl.col("first_row"))
    return firsts.group_by("claim_id", maintain_order=True).agg(diagnosis_codes="code")


def _placed(lines: pl.DataFrame) -> pl.DataFrame:
    """One row for each code of a line, with the `place` at which its claim first names it."""
    whole = lines.filter(pl.col("part") == 0)
    claim = pl.col("claim_id").rle_id()
    codes = (
        whole.select("line_id", "claim_id", code="diagnosis_codes", claim=claim)
        .explode("code")
        .filter(pl.col("code").is_not_null())
        .with_row_index("row")
        .with_columns(first_row=pl.col("row").min().over("claim", "code"))
    )
    is_first = pl.col("row") == pl.col("first_row")
    so_far = codes.with_columns(so_far=is_first.cum_sum().over("claim"))
    return so_far.with_columns(place=pl.col("so_far").gather("first_row"))
