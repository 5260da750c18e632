"""Settling: which elements of a trial are there, by which rows, and since when the whole is.

Belongs here: order among elements, how often, what is asked for at all. Not here: states.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.stages.bundles.rules import Rules


@dataclass(frozen=True)
class Settled:
    """`wholes`: trial, asked_count, done_count, own_on (the day on which all that is asked for was
    there, else null), last_on (day of the last row's element). `done`: trial, item, done_on.
    `proofs`: trial, item, number, proof, day: the rows that count, as many as are asked for.
    `faulty`: trial, item, proof, day, fault: of an element that is not there its newest other row.
    """

    wholes: pl.DataFrame
    done: pl.DataFrame
    proofs: pl.DataFrame
    faulty: pl.DataFrame


def settle(trials: pl.DataFrame, found: pl.DataFrame, asked: pl.DataFrame, rules: Rules) -> Settled:
    """`found`: the `candidates` of these trials, `asked`: (trial, item) of what is asked for.

    A row counts where every element that must come before is there on its day: its last needed row
    lies on or before it and is still in force.
    """
    wanted = found.join(asked, on=["trial", "item"], how="semi")
    counting, out_of_order = _in_order(wanted, asked, rules)
    times = rules.elements.select("item", "times", "place")
    ranked = _ranked(counting).join(times, on="item", maintain_order="left")
    proofs = ranked.filter(pl.col("number") <= pl.col("times"))
    done = proofs.filter(pl.col("number") == pl.col("times")).select(
        "trial", "item", "place", done_on="day"
    )
    others = pl.concat([wanted.filter(pl.col("fault").is_not_null()), out_of_order])
    missing = others.join(done, on=["trial", "item"], how="anti")
    newest = missing.sort("day", "proof").unique(["trial", "item"], keep="last")
    return Settled(
        _wholes(trials, asked, done),
        done.drop("place"),
        proofs.select("trial", "item", "number", "proof", "day"),
        newest.select("trial", "item", "proof", "day", "fault"),
    )


def _ranked(counting: pl.DataFrame) -> pl.DataFrame:
    ordered = counting.sort("trial", "item", "day", "proof")
    return ordered.with_columns(number=numbered("trial", "item"))


def numbered(*key: str) -> pl.Expr:
    """1, 2, … within each run of rows with the same key; the rows lie in its order."""
    begins = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in key)
    place = pl.int_range(pl.len())
    begin = pl.when(begins | (place == 0)).then(place).forward_fill()
    return place - begin + 1


def _in_order(
    found: pl.DataFrame, asked: pl.DataFrame, rules: Rules
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that count, level by level, and those that come before what must precede them."""
    sound = found.filter(pl.col("fault").is_null())
    counting = sound.filter(pl.col("level") == 0)
    early = [sound.clear()]
    for level in sorted(set(rules.elements["level"]) - {0}):
        waiting = sound.filter(pl.col("level") == level)
        ready = _preceded(waiting, counting, asked, rules)
        early.append(waiting.join(ready, on=["trial", "item", "proof"], how="anti"))
        counting = pl.concat(
            [counting, waiting.join(ready, on=["trial", "item", "proof"], how="semi")]
        )
    return counting, pl.concat(early).with_columns(fault=pl.lit("out_of_order"))


def _preceded(
    waiting: pl.DataFrame, counting: pl.DataFrame, asked: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """(trial, item, proof) of rows on whose day every prior element that is asked for is there."""
    times = rules.elements.select("item", "times")
    enough = (
        _ranked(counting)
        .join(times, on="item")
        .filter(pl.col("number") >= pl.col("times"))
        .select("trial", prior="item", prior_day="day", prior_ends="ends_on")
    )
    on_the_day = (pl.col("prior_day") <= pl.col("day")) & (
        pl.col("prior_ends") >= pl.col("day")
    ).fill_null(True)
    priors = asked.select("trial", prior="item")
    needed = waiting.join(rules.after, on="item").join(priors, on=["trial", "prior"], how="semi")
    met = needed.join(enough, on=["trial", "prior"]).filter(on_the_day)
    row = ["trial", "item", "proof"]
    unmet = needed.join(met, on=[*row, "prior"], how="anti")
    return waiting.join(unmet, on=row, how="anti").select(row)


def _wholes(trials: pl.DataFrame, asked: pl.DataFrame, done: pl.DataFrame) -> pl.DataFrame:
    counts = asked.group_by("trial").agg(asked_count=pl.len())
    there = done.group_by("trial").agg(
        done_count=pl.len(),
        all_on=pl.col("done_on").max(),
        last_on=pl.col("done_on").sort_by("place").last(),
    )
    return (
        trials.select("trial")
        .join(counts, on="trial", how="left", maintain_order="left")
        .join(there, on="trial", how="left", maintain_order="left")
        .with_columns(pl.col("asked_count", "done_count").fill_null(0))
        .with_columns(
            own_on=pl.when(
                pl.col("done_count") == pl.col("asked_count"), pl.col("asked_count") > 0
            ).then("all_on")
        )
        .drop("all_on")
    )
