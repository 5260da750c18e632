"""In force: of all decisions about a subject those that hold, the latest of each kind.

How one takes effect is for `corrections`, `lines`, the claims and the plan.
"""

from typing import Final

import polars as pl

from contracts.decisions import GONE, NAME_A_FIELD, OF_A_DENIED_LINE
from contracts.feeds import FEEDS

LINE_KEY: Final = tuple(FEEDS["encounters"].key)
_DISPOSITION: Final = "disposition"


def line_subject() -> pl.Expr:
    """`subject_id` of a service line: the parts of its key, joined by a slash."""
    return pl.concat_str(*LINE_KEY, separator="/").alias("subject_id")


def track() -> pl.Expr:
    """What a decision is an answer to: one field's value, or what is to become of the subject."""
    of_field = pl.concat_str("action", pl.lit(" "), pl.col("field").fill_null(""))
    return (
        pl.when(pl.col("action").is_in(NAME_A_FIELD))
        .then(of_field)
        .otherwise(pl.lit(_DISPOSITION))
        .alias("track")
    )


def in_force(decisions: pl.DataFrame, subject: str) -> pl.DataFrame:
    """Decisions about one kind of subject that hold: of each subject and track the latest.

    `decisions` is the ledger's table as known; `track` is added to its columns.
    """
    return (
        decisions.filter(pl.col("subject") == subject)
        .with_columns(track())
        .sort("decided_at", "recorded_at", "decision_id")
        .unique(["subject_id", "track"], keep="last", maintain_order=True)
    )


def succession(decisions: pl.DataFrame) -> pl.DataFrame:
    """`decisions` in order, with replaced_by: the id of the decision that took the place of each;
    null of what still holds.

    That is the next one about the same subject and track; of a denied line also the next about
    another denial of the line.
    """
    ordered = (
        decisions.with_columns(track())
        .sort("decided_at", "recorded_at", "decision_id")
        .with_columns(place=pl.int_range(pl.len()))
    )
    is_of_line = (pl.col("subject") == "denial") & pl.col("action").is_in(OF_A_DENIED_LINE)
    next_place = pl.col("place").shift(-1)
    replacing = pl.min_horizontal(
        next_place.over("subject", "subject_id", "track"),
        pl.when(is_of_line).then(next_place.over(is_of_line, "value")),
    )
    replaced_by = pl.col("decision_id").gather(replacing)
    return ordered.with_columns(replaced_by=replaced_by).drop("place", "track")


def disposed(held: pl.DataFrame) -> pl.DataFrame:
    """Of decisions in force those on what becomes of the subject: hold, release and the like."""
    return held.filter(pl.col("track") == _DISPOSITION)


def released_as_is(action: pl.Expr, seen_version: pl.Expr, version: pl.Expr) -> pl.Expr:
    """Whether a person released the subject in the `version` that it has now; null: it is gone."""
    is_seen = seen_version == version.fill_null(GONE)
    return ((action == "release") & is_seen).fill_null(value=False)


def values_set(held: pl.DataFrame) -> pl.DataFrame:
    """Of decisions in force those that write what no feed has: `subject_id`, `field`, `value`."""
    return held.filter(pl.col("action") == "set").select("subject_id", "field", "value")
