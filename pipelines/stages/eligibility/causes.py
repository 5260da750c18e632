"""Causes: which facts, from which file and row, made days of a stay change.

A fact is a cause where a value that eligibility reads of it differs, it concerns the stay, and it
bears on a gate that changed. Belongs here: finding them. Not here: what changed (changes).
"""

from typing import Final

import polars as pl

from contracts.feeds import FEEDS
from pipelines.stages.eligibility.evidence import Evidence
from pipelines.stages.identifiers import cin_of
from pipelines.stages.people import with_survivor

# What eligibility reads of each feed, beside its key.
READ: Final = {
    "custody_stays": (
        *("person_id", "facility_id", "booked_at", "released_at", "released_to"),
        "expected_release_on",
    ),
    "people": ("cin", "merged_into"),
    "cin_aliases": ("cin", "reason"),
    "facilities": ("facility_type", "live_from"),
    "coverage": ("ends_on", "is_ji_aid_code"),
    "ji_activations": ("person_id", "activated_on", "deactivated_on", "deactivation_reason"),
    "screenings": ("stay_id", "screening_type", "screened_on", "declined", "outcome"),
    "eligibility_answers": ("share_of_cost_amount", "share_of_cost_met_on"),
}

_WHO: Final = ("people", "cin_aliases", "custody_stays")
BEARS_ON: Final = {
    "deceased": ("people", "custody_stays", "ji_activations"),
    "custody": ("people", "custody_stays"),
    "facility": ("facilities", "custody_stays"),
    "enrolled": (*_WHO, "coverage"),
    "ji_aid_code": (*_WHO, "coverage", "ji_activations"),
    "ninety_days": (*_WHO, "coverage", "ji_activations"),
    "screening": ("people", "custody_stays", "facilities", "screenings"),
    "share_of_cost": (*_WHO, "eligibility_answers"),
}
"""The feeds whose facts decide each gate."""

# The columns by which a fact names whom it concerns, as it was and as it is.
_NAMES: Final = {
    "custody_stays": ("person_id", "person_id_after"),
    "people": ("person_id",),
    "cin_aliases": ("alias_cin", "cin", "cin_after"),
    "coverage": ("cin",),
    "ji_activations": ("person_id", "person_id_after"),
    "screenings": ("stay_id", "stay_id_after"),
    "eligibility_answers": ("cin",),
}
_BY_NUMBER: Final = ("cin_aliases", "coverage", "eligibility_answers")

_TOLD: Final = ("feed", "feed_key", "change", "columns", "file_id", "row_number")


def causes(spans: pl.DataFrame, before: Evidence, after: Evidence) -> pl.DataFrame:
    """Rows stay_id, starts_on, feed, feed_key, change, columns, file_id, row_number.

    `spans` as `changes.Changes` has them. A withdrawn fact names the row that had brought it.
    """
    changed = pl.concat([_changed(feed, before, after) for feed in READ])
    wanted = _wanted(spans)
    persons = _persons(spans, before, after)
    found = [
        wanted.join(of_stay, on="stay_id").join(changed.drop_nulls(by), on=["feed", by])
        for by, of_stay in (
            ("person_id", persons),
            ("facility_id", spans.select("stay_id", "facility_id").unique()),
        )
    ]
    told = pl.concat([one.select("stay_id", "starts_on", *_TOLD) for one in found])
    return told.unique(["stay_id", "starts_on", "feed", "feed_key"]).sort(
        "stay_id", "starts_on", "feed", "feed_key"
    )


def _wanted(spans: pl.DataFrame) -> pl.DataFrame:
    """The feeds that bear on the gates which changed: stay_id, starts_on, feed."""
    bears = pl.DataFrame(
        [(gate, feed) for gate, feeds in BEARS_ON.items() for feed in feeds],
        schema={"gate": pl.String, "feed": pl.String},
        orient="row",
    )
    turned = pl.col("reasons_before").list.set_symmetric_difference("reasons_after")
    return (
        spans.select("stay_id", "starts_on", gate=turned)
        .explode("gate")
        .join(bears, on="gate")
        .select("stay_id", "starts_on", "feed")
        .unique()
    )


def _persons(spans: pl.DataFrame, before: Evidence, after: Evidence) -> pl.DataFrame:
    """Everybody who holds the stay in either state: a merge may have moved it."""
    held = pl.concat([state.stays.select("stay_id", "person_id") for state in (before, after)])
    return held.join(spans.select("stay_id"), on="stay_id", how="semi").unique()


def _changed(feed: str, before: Evidence, after: Evidence) -> pl.DataFrame:
    """Facts of a feed that differ in what eligibility reads, each under every person it concerns.

    feed, feed_key, change, columns, file_id, row_number, person_id, facility_id.
    """
    key = FEEDS[feed].key
    old, new = (
        getattr(state, feed).select(*_read(feed), is_there=True) for state in (before, after)
    )
    both = old.join(new, on=key, how="full", coalesce=True, suffix="_after", nulls_equal=True)
    differs = [_differs(name).alias(name) for name in READ[feed]]
    was, is_now = pl.col("is_there").is_not_null(), pl.col("is_there_after").is_not_null()
    turned = both.with_columns(
        columns=pl.concat_list(
            pl.when(differing).then(pl.lit(differing.meta.output_name())) for differing in differs
        ).list.drop_nulls(),
        change=pl.when(~was).then(pl.lit("added")).when(~is_now).then(pl.lit("withdrawn"))
        .otherwise(pl.lit("changed")),
    ).filter((pl.col("change") != "changed") | (pl.col("columns").list.len() > 0))  # fmt: skip
    told = turned.with_columns(
        feed=pl.lit(feed),
        feed_key=pl.concat_str([pl.col(name).cast(pl.String) for name in key], separator="/"),
        columns=pl.when(change="changed").then("columns").otherwise(pl.lit([], pl.List(pl.String))),
        file_id=pl.coalesce("file_id_after", "file_id"),
        row_number=pl.coalesce("row_number_after", "row_number"),
    )
    return _concerning(feed, told, before, after).select(*_TOLD, "person_id", "facility_id")


def _read(feed: str) -> list[str]:
    return list(dict.fromkeys([*FEEDS[feed].key, *READ[feed], "file_id", "row_number"]))


def _differs(name: str) -> pl.Expr:
    return pl.col(name).ne_missing(pl.col(f"{name}_after"))


def _concerning(feed: str, rows: pl.DataFrame, before: Evidence, after: Evidence) -> pl.DataFrame:
    """Facts beside the persons, or the facility, that they concern in either state."""
    if feed == "facilities":
        return rows.with_columns(person_id=pl.lit(None, pl.String))
    held = pl.concat([_held_by(feed, rows, state) for state in (before, after)]).unique()
    told = rows.select(name for name in _TOLD if name in rows.columns)
    return told.join(held, on="feed_key").with_columns(facility_id=pl.lit(None, pl.String))


def _held_by(feed: str, rows: pl.DataFrame, state: Evidence) -> pl.DataFrame:
    """feed_key and person_id: who stands behind the person, stay or number that a fact names."""
    named = pl.concat([rows.select("feed_key", name=column) for column in _NAMES[feed]])
    named = named.drop_nulls()
    if feed == "screenings":
        holders = state.stays.select("person_id", name="stay_id")
    elif feed in _BY_NUMBER:
        named = named.with_columns(cin_of(pl.col("name")))
        holders = state.numbers.select(person_id="surviving_person_id", name="cin")
    else:
        return with_survivor(named.rename({"name": "person_id"}), state.people)
    return named.join(holders, on="name").select("feed_key", "person_id")
