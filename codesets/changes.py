"""What an edition changes against another: codes added, ended and changed.

Frames in, frames out; which editions are compared is said by `edition_changes` alone.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from codesets.editions import Edition
from codesets.loader import CodeSets
from codesets.lookup import valid_on

CHANGES = ("added", "ended", "changed")
_SHOWN_CHARACTERS = 60


def edition_changes(sets: CodeSets, before: Edition, after: Edition) -> pl.DataFrame:
    """What was valid in `before` on the day before `after` begins, against what is then to come.

    Codes that `after` lets begin or end later than its own first day are told too. Where both
    begin on one day (a correction), `before` is taken on that day.
    """
    eve = max(before.effective_from, after.effective_from - timedelta(days=1))
    old, new = sets.rows(before), sets.rows(after)
    still = _not_yet_ended(new, after.effective_from)
    identity = sets.schemas[after.set_name].identity
    valid = old.filter(valid_on(old.columns, pl.lit(eve)))
    return changes(valid, still, identity, filled(old, new))


def filled(*editions: pl.DataFrame) -> list[str]:
    """The columns that each edition fills: where one leaves a column blank, nothing changed."""
    return [
        name
        for name in editions[0].columns
        if all(name in rows.columns and rows[name].is_not_null().any() for rows in editions)
    ]


def changes(
    before: pl.DataFrame, after: pl.DataFrame, identity: Sequence[str], compared: Sequence[str]
) -> pl.DataFrame:
    """The identity's columns, `change` (one of `CHANGES`) and `detail`, in order of the identity.

    `detail` says which of the columns `compared` differ, as `column: before → after`.
    """
    old, new = _one_each(before, identity), _one_each(after, identity)
    key = list(identity)
    both = old.join(new, on=key, how="inner", suffix="_after", nulls_equal=True)
    parts = [
        new.join(old, on=key, how="anti", nulls_equal=True).select(*key, change=pl.lit("added")),
        old.join(new, on=key, how="anti", nulls_equal=True).select(*key, change=pl.lit("ended")),
        _changed(both, key, [name for name in compared if name not in key]),
    ]
    return pl.concat(parts, how="diagonal").select(*key, "change", "detail").sort(key)


def _not_yet_ended(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    if "valid_to" not in rows.columns:
        return rows
    return rows.filter(pl.col("valid_to").ge(day).fill_null(value=True))


def _one_each(rows: pl.DataFrame, identity: Sequence[str]) -> pl.DataFrame:
    """Of several rows with one identity on a day, the one that lasts longest."""
    ordered = rows.sort("valid_to", nulls_last=True) if "valid_to" in rows.columns else rows
    return ordered.unique(identity, keep="last", maintain_order=True)


def _changed(both: pl.DataFrame, key: list[str], compared: list[str]) -> pl.DataFrame:
    if not compared:
        return both.select(*key, change=pl.lit("changed"), detail=pl.lit(None, pl.String)).head(0)
    told = [_difference(name, both[name].dtype) for name in compared]
    detail = pl.concat_list(told).list.drop_nulls()
    found = both.select(*key, change=pl.lit("changed"), detail=detail)
    return found.filter(pl.col("detail").list.len() > 0).with_columns(
        pl.col("detail").list.join("; ")
    )


def _difference(name: str, dtype: pl.DataType) -> pl.Expr:
    sides = [_shown(side, dtype) for side in (name, f"{name}_after")]
    differs = pl.col(name).ne_missing(pl.col(f"{name}_after"))
    return pl.when(differs).then(pl.format(f"{name}: {{}} → {{}}", *sides))


def _shown(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name).list.join("|") if isinstance(dtype, pl.List) else pl.col(name)
    text = value.cast(pl.String).fill_null("blank")
    cut = text.str.slice(0, _SHOWN_CHARACTERS - 1) + "…"
    return pl.when(text.str.len_chars() > _SHOWN_CHARACTERS).then(cut).otherwise(text)
