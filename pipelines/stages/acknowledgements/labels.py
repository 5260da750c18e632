"""Labels: codes of acknowledgements in our own words, from code sets. An unknown code has none."""

from collections.abc import Mapping
from typing import Final

import polars as pl

# Whose list the codes of a statement are from, by kind of answer and level.
_VERDICT: Final = {
    ("ta1", "interchange"): "TA104",
    ("999", "group"): "AK901",
    ("999", "set"): "IK501",
}
_CODES: Final = {
    ("ta1", "interchange"): "TA105",
    ("999", "group"): "AK905",
    ("999", "set"): "IK502",
    ("999", "segment"): "IK304",
    ("999", "element"): "IK403",
}


def labelled(statements: pl.DataFrame, sets: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Statements with verdict_label, and code_labels: one for each of `codes`, null where unknown.

    `sets`: code sets acknowledgement_codes, claim_status_category and claim_status. Of a status
    (`A7:562:85`) the second part is told; the third, whose fault it is, stays a code.
    """
    syntax = sets["acknowledgement_codes"].select("element", "code", "label").unique()
    category = _one_list(sets["claim_status_category"], "STC01-1")
    status = _one_list(sets["claim_status"], "STC01-2")
    words = pl.concat([syntax, category, status]).unique(["element", "code"], keep="last")
    numbered = statements.with_row_index("at")
    verdicts = numbered.select(
        "at", element=_list_of(_VERDICT, "STC01-1"), code="verdict_code"
    ).join(words, on=["element", "code"])
    codes = (
        numbered.select("at", "codes", element=_list_of(_CODES, "STC01-2"))
        .explode("codes", empty_as_null=False)
        .with_columns(code=_status_code())
        .join(words, on=["element", "code"], how="left", maintain_order="left")
        .group_by("at", maintain_order=True)
        .agg(code_labels="label")
    )
    return (
        numbered.join(verdicts.select("at", verdict_label="label"), on="at", how="left")
        .join(codes, on="at", how="left")
        .sort("at")
        .drop("at")
    )


def _one_list(rows: pl.DataFrame, element: str) -> pl.DataFrame:
    return rows.select(element=pl.lit(element), code="code", label="label").unique()


def _list_of(lists: Mapping[tuple[str, str], str], status: str) -> pl.Expr:
    named = {f"{answer}/{level}": element for (answer, level), element in lists.items()}
    place = pl.concat_str("answer", "level", separator="/")
    is_status = pl.col("answer").is_in(["277ca", "277"])
    known = place.replace_strict(named, default=None, return_dtype=pl.String)
    return pl.when(is_status).then(pl.lit(status)).otherwise(known)


def _status_code() -> pl.Expr:
    is_status = pl.col("element") == "STC01-2"
    parts = pl.col("codes").str.split(":")
    return pl.when(is_status).then(parts.list.get(1, null_on_oob=True)).otherwise("codes")
