"""Candidates: rows of evidence beside the elements they may prove, each with the first thing that
keeps it from counting.

Not here: the order among elements and how many rows are needed (settling).
"""

from typing import Final

import polars as pl

from pipelines.stages.bundles.rules import Rules
from pipelines.stages.bundles.trials import with_bounds

SIGNED, ANYBODY = "signed", "any"
_OF_TRIAL: Final = (
    "trial", "rule", "episode_id", "booked_on", "activated_on", "release_on", "gate_ends_on",
    "scope_from_on", "scope_to_on",
)  # fmt: skip
FAULTS: Final = (
    "too_early", "too_late", "too_short", "other_credential", "not_signed",
    "not_signed_by_licensed", "participant_missing", "supply_too_short", "out_of_order",
)  # fmt: skip
"""Why a row does not count, first of all; the last is for `settling` to find."""


def candidates(trials: pl.DataFrame, judged: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """(trial, item, row of `Evidence.judged` as `proof`) with day, ends_on, is_standing, `fault`.

    A standing row counts from the first day of its element on.
    """
    asked = rules.words.join(rules.elements, on="item").select("rule", "item", "word").unique()
    words = pl.Enum(asked["word"].unique().sort())
    found = (
        judged.with_columns(pl.col("word").cast(words))
        .join(asked.with_columns(pl.col("word").cast(words)), on="word")
        .drop("word")
        .join(trials.select(_OF_TRIAL), on=["episode_id", "rule"])
        .drop("episode_id", "rule")
        .join(_asked(rules), on="item")
        .join(_may(rules, "signers", "signer"), on=["item", "signer"], how="left")
        .join(_may(rules, "credentials", "credential"), on=["item", "credential"], how="left")
    )
    found = _with_absence(found, rules)
    bounded = with_bounds(found)
    clipped = pl.when("is_standing").then(pl.max_horizontal("day", "first_on")).otherwise("day")
    told = bounded.with_columns(day=clipped).with_columns(fault=_fault())
    in_force = told.filter((pl.col("ends_on") >= pl.col("day")).fill_null(True))
    return _once(in_force, rules).select(
        "trial", "item", "level", "proof", "day", "ends_on", "is_standing", "fault"
    )


def _once(told: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """A row counts once for an element, by whichever of its words."""
    if (rules.elements["times"] == 1).all():
        return told
    return told.unique(["trial", "item", "file", "row_number"], keep="first", maintain_order=True)


def _fault() -> pl.Expr:
    noted = pl.col("has_note")
    is_signed = (pl.col("note_status") == SIGNED).fill_null(False)
    may_sign = pl.col("by_any") | pl.col("is_of_signers").fill_null(False)
    rules = {
        "too_early": pl.col("day") < pl.col("first_on"),
        "too_late": pl.col("day") > pl.col("last_on"),
        "too_short": noted & (pl.col("minutes").fill_null(0) < pl.col("least_minutes")),
        "other_credential": noted
        & pl.col("asks_credentials")
        & ~pl.col("is_of_credentials").fill_null(False),
        "not_signed": noted & pl.col("asks_signers") & ~is_signed,
        "not_signed_by_licensed": noted & pl.col("asks_signers") & ~may_sign,
        "participant_missing": noted & pl.col("is_absent"),
        "supply_too_short": pl.col("days_supplied").fill_null(0) < pl.col("least_days_supply"),
    }
    return pl.coalesce(pl.when(holds).then(pl.lit(fault)) for fault, holds in rules.items())


def _may(rules: Rules, asked: str, held: str) -> pl.DataFrame:
    """(item, credential): the credentials that are asked for."""
    each = rules.elements.select("item", pl.col(asked).alias(held)).explode(held).drop_nulls()
    return each.unique().with_columns(pl.lit(True).alias(f"is_of_{asked}"))


def _with_absence(found: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """With `is_absent`: somebody who must take part did not. Few elements ask for anybody."""
    asked = rules.elements.select("item", asked="participants").drop_nulls()
    numbered = found.with_row_index("row")
    meetings = numbered.select("row", "item", "participants").join(asked, on="item")
    lacking = pl.col("asked").list.set_difference(pl.col("participants").fill_null([]))
    absent = meetings.filter(lacking.list.len() > 0)["row"]
    return numbered.with_columns(is_absent=pl.col("row").is_in(absent.implode())).drop("row")


def _asked(rules: Rules) -> pl.DataFrame:
    return rules.elements.select(
        "item", "level", "day_anchor", "earliest_day", "due_day", "latest_day", "least_minutes",
        "least_days_supply",
        by_any=pl.col("signers").list.contains(ANYBODY).fill_null(False),
        asks_signers=pl.col("signers").is_not_null(),
        asks_credentials=pl.col("credentials").is_not_null(),
    )  # fmt: skip
