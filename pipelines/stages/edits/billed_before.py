"""Whether a service was billed: under its own key, or under that of a record that is gone since.

A source system that numbers its records anew, or sends one under another system's name, tells the
same service twice; the ledger remembers the first one when the facts no longer do.
"""

import polars as pl

from pipelines.stages.edits.same_day import LINE_KEY, SAME_SERVICE, modifiers_told


def among(lines: pl.DataFrame, keys: pl.DataFrame | None, name: str) -> pl.DataFrame:
    """New column only, of that name: whether the line's key is among `keys`."""
    if keys is None or keys.is_empty():
        return pl.select(pl.repeat(False, lines.height).alias(name))
    listed = keys.select(*LINE_KEY, pl.lit(True).alias(name)).unique()
    found = lines.select(LINE_KEY).join(listed, on=LINE_KEY, how="left", maintain_order="left")
    return found.select(pl.col(name).fill_null(False))


def billed_before(
    lines: pl.DataFrame, billed: pl.DataFrame | None, survivor: pl.DataFrame
) -> pl.DataFrame:
    """New column only, `is_billed_before`: a line that is gone, and was submitted, told the same
    service of the same person and provider.

    `billed`: the last versions of encounter lines that were submitted and are current no longer.
    """
    if billed is None or billed.is_empty():
        return pl.select(is_billed_before=pl.repeat(False, lines.height))
    gone = (
        billed.join(survivor, on="person_id", how="left")
        .with_columns(pl.coalesce("surviving_person_id", "person_id"), modifiers_told())
        .select(*SAME_SERVICE, is_billed_before=True)
        .unique()
    )
    alike = lines.select(modifiers_told(), *(name for name in SAME_SERVICE if name != "told"))
    found = alike.join(gone, on=SAME_SERVICE, how="left", maintain_order="left")
    return found.select(pl.col("is_billed_before").fill_null(False))
