"""Trials: each episode's activations beside each rule that may be for them, with days and bounds.

Belongs here: from when to when a row counts, and until when it is due. Not here: what counts.
"""

from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.bundles.rules import Rules
from pipelines.stages.eligibility.stays import DAWN, FAR

GRACE_DAYS: Final = 30  # the gate post_release_30: the last day after release
_OF_EPISODE: Final = (
    "episode_id", "person_id", "booked_on", "release_on", "is_final", "released_to",
    "facility_type", "conditions", "declined_on",
)  # fmt: skip
_OF_RULE: Final = (
    "rule", "bundle_id", "release_model", "facility_types", "gate", "unless", "requires",
    "excludes", "limit_count", "limit_scope", "service_date_rule", "from_on", "to_on",
)  # fmt: skip
_ANCHORS: Final = {"booking": "booked_on", "activation": "activated_on", "release": "release_on"}


def trials(heads: pl.DataFrame, activated: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """(episode, window, rule) with what bounds need: `trial` numbers them.

    `slot_window`: the window where the bundle is billed by window, else 0. `excused`: conditions
    that exempt. `gate_ends_on`: the last day that its gate leaves, null where none is known.
    """
    model = pl.when("is_short_term").then(pl.lit("short_term")).otherwise(pl.lit("standard"))
    days = (
        heads.select(_OF_EPISODE)
        .join(activated, on="episode_id", maintain_order="left")
        .with_columns(release_model=model)
        .join(rules.bundles.select(_OF_RULE), how="cross", suffix="_of_rule")
    )
    fits = (
        pl.col("release_model_of_rule").is_in(["any"])
        | (pl.col("release_model_of_rule") == pl.col("release_model"))
    ) & pl.col("facility_types").list.contains(pl.col("facility_type")).fill_null(True)
    ends = pl.col("release_on") + pl.duration(days=GRACE_DAYS)
    in_time = (pl.col("from_on") <= ends).fill_null(True) & (
        pl.col("to_on") >= pl.col("activated_on")
    ).fill_null(True)
    by_window = pl.col("limit_scope") == "window"
    return (
        days.filter(fits, in_time)
        .with_columns(
            slot_window=pl.when(by_window).then("window_number").otherwise(0),
            excused=pl.col("conditions").list.set_intersection(pl.col("unless").fill_null([])),
            declines=pl.col("unless").list.contains("declined").fill_null(False),
            gate_ends_on=_gate_end(),
            scope_from_on=pl.when(by_window & (pl.col("window_number") > 1)).then("activated_on"),
            scope_to_on=pl.when(by_window).then("until_on"),
        )
        .drop(
            "release_model_of_rule",
            "unless",
            "facility_types",
            "facility_type",
            "until_on",
            "is_short_term",
        )
        .with_row_index("trial")
    )


def _gate_end() -> pl.Expr:
    """A bundle that is billed on its completion or last row must be there while its gate is open;
    one billed on the release may come after it. An expected release is never a day gone by.
    """
    gate, on_release = pl.col("gate"), pl.col("service_date_rule") == "release"
    return (
        pl.when((gate == "pre_release") & ~on_release)
        .then("release_on")
        .when((gate == "post_release_30") & ~on_release)
        .then(pl.col("release_on") + pl.duration(days=GRACE_DAYS))
    )


def with_bounds(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of trials beside elements, with opens_on, first_on, last_on and due_on.

    `opens_on`: from when it can be done at all, null where that day is not known; `first_on` and
    `last_on` always stand, far away where there is no bound; `due_on` is null without one.
    """
    anchor = pl.coalesce(
        pl.when(pl.col("day_anchor") == name).then(column) for name, column in _ANCHORS.items()
    )
    earliest, latest, due = (
        anchor + pl.duration(days=pl.col(f"{name}_day")) for name in ("earliest", "latest", "due")
    )
    opens = pl.when(pl.col("earliest_day").is_null()).then("activated_on").otherwise(earliest)
    last = pl.min_horizontal(latest, "gate_ends_on", "scope_to_on")
    return rows.with_columns(
        opens_on=pl.max_horizontal(opens, "scope_from_on"),
        first_on=pl.max_horizontal(earliest, "scope_from_on").fill_null(DAWN),
        last_on=last.fill_null(FAR),
        due_on=pl.min_horizontal(due, last),
    )


def unreached(
    heads: pl.DataFrame, activated: pl.DataFrame, rules: Rules, as_of: date
) -> pl.DataFrame:
    """Episodes without an activation beside the rules of today: nothing can be complete there."""
    day = pl.min_horizontal(pl.col("release_on"), pl.lit(as_of)).fill_null(as_of)
    return (
        heads.join(activated, on="episode_id", how="anti")
        .join(_for_anybody(rules), how="cross")
        .filter(
            (pl.col("from_on") <= day).fill_null(True),
            (pl.col("to_on") >= day).fill_null(True),
            pl.col("facility_types").list.contains(pl.col("facility_type")).fill_null(True),
        )
    )


def _for_anybody(rules: Rules) -> pl.DataFrame:
    """Rules for a time in custody of which nobody knows yet how long it will be."""
    return rules.bundles.filter(pl.col("release_model") != "short_term").drop("release_model")
