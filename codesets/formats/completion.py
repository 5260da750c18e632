"""What a published file leaves to us: own labels and classes, taken from the edition before.

Frames in, frames out.
"""

from collections.abc import Sequence

import polars as pl

from codesets.formats.layout import Format
from codesets.schema import SetSchema


def completed(
    schema: SetSchema, form: Format, rows: pl.DataFrame, before: pl.DataFrame
) -> pl.DataFrame:
    """The file's rows with our own columns as `before` has them for the same code.

    What the file fills stands; rows that `form.keeps` picks are added where the file lacks them.
    """
    code = list(schema.identity)
    own = [name for name in form.own if name in schema.dtypes]
    filled = _with_own(rows, before, code, own)
    if form.keeps is not None and _columns(form.keeps) <= {*before.columns}:
        kept = before.filter(form.keeps).join(rows, on=code, how="anti")
        filled = pl.concat([filled, kept.select(filled.columns)], how="vertical_relaxed")
    return filled.select(name for name in schema.dtypes if name in filled.columns)


def _with_own(
    rows: pl.DataFrame, before: pl.DataFrame, code: Sequence[str], own: Sequence[str]
) -> pl.DataFrame:
    if not own:
        return rows
    ours = before.select(*code, *own).unique(code, keep="last", maintain_order=True)
    joined = rows.join(ours, on=code, how="left", suffix="_before", maintain_order="left")
    shared = [name for name in own if name in rows.columns]
    return joined.with_columns(
        pl.coalesce(name, f"{name}_before").alias(name) for name in shared
    ).drop(f"{name}_before" for name in shared)


def _columns(expression: pl.Expr) -> set[str]:
    return {*expression.meta.root_names()}
