"""Is this code known, and in force on that day? Answered for many (code, day) pairs at once.

Frames in, frames out; where the code rows come from is the loader's business.
"""

from collections.abc import Collection, Sequence

import polars as pl

from codesets.errors import AmbiguousCodeError


def valid_on(columns: Collection[str], day: pl.Expr) -> pl.Expr:
    """Whether a row's `valid_from`..`valid_to` holds the day; an absent or null end is open."""
    starts = (
        pl.col("valid_from").le(day).fill_null(True) if "valid_from" in columns else pl.lit(True)
    )
    ends = pl.col("valid_to").ge(day).fill_null(True) if "valid_to" in columns else pl.lit(True)
    return starts & ends


def lookup(
    codes: pl.DataFrame,
    keys: pl.DataFrame,
    attributes: Sequence[str] = (),
    code_column: str = "code",
) -> pl.DataFrame:
    """`keys` (code, on), in order, with `is_known`, `is_in_force` and the attributes asked for.

    `codes` is `CodeSets.table(...)`. `is_known`: the code stands in some edition, whatever its
    dates. `is_in_force`: a row of the edition that answers for the day is valid on it; null where
    no edition reaches back to that day or the set is empty (not evaluated). Attributes come from
    that row and are null without it. Pass distinct pairs: lines repeat few of them.

    Errors: `AmbiguousCodeError` where a code has several rows on one of the days; filter `codes`
    first, or join on the whole key.
    """
    first_day = pl.lit(codes["edition_from"].min(), pl.Date)
    named = codes.rename({code_column: "code"})
    hits = _hits(named, keys.unique(["code", "on"]), attributes)
    known = named.select("code", is_known=pl.lit(True)).unique()
    return (
        keys.select("code", "on")
        .join(known, on="code", how="left", maintain_order="left")
        .join(hits, on=["code", "on"], how="left", maintain_order="left")
        .with_columns(
            pl.col("is_known").fill_null(False),
            pl.when(pl.col("on").ge(first_day))
            .then(pl.col("is_in_force").fill_null(False))
            .alias("is_in_force"),
        )
        .select("code", "on", "is_known", "is_in_force", *attributes)
    )


def _hits(codes: pl.DataFrame, keys: pl.DataFrame, attributes: Sequence[str]) -> pl.DataFrame:
    day = pl.col("on")
    answers = pl.col("edition_from").le(day) & pl.col("edition_to").ge(day).fill_null(True)
    hits = (
        keys.select("code", "on")
        .join(codes, on="code", how="inner")
        .filter(answers & valid_on(codes.columns, day))
        .select("code", "on", *attributes, is_in_force=pl.lit(True))
    )
    twice = hits.filter(pl.struct("code", "on").is_duplicated())
    if twice.height:
        raise AmbiguousCodeError(
            "ambiguous_code",
            f"code {twice['code'][0]} has several rows on {twice['on'][0]}: filter the code set "
            "before the look-up, or join on its whole key.",
        )
    return hits
