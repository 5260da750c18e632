"""Occasions: which trial stands for an episode's bundle, and how often the bundle was completed.

Bundles that wait for others are taken after these; within one, a next occasion is proven by later
rows only. Not here: limits that reach beyond the episode (limits).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipelines.stages.bundles.gates import gated, service_dates
from pipelines.stages.bundles.rules import Rules
from pipelines.stages.bundles.settling import Settled, settle
from pipelines.stages.bundles.trials import with_bounds

SLOT: Final = ["episode_id", "bundle_id", "slot_window"]
SCOPE_DAYS: Final = 30  # of the scope days_30


@dataclass(frozen=True)
class Told:
    """`chosen`: one row an occasion, with state and reasons. The others are of these rows, under
    `occasion`: `missing` elements with their bounds, `proofs`, `faulty` rows and what was asked.
    """

    chosen: pl.DataFrame
    missing: pl.DataFrame
    proofs: pl.DataFrame
    faulty: pl.DataFrame


@dataclass(frozen=True)
class Setting:
    """What every bundle is judged in: `found` are the candidates, `asked` (trial, item), `covered`
    the days of coverage by person.
    """

    found: pl.DataFrame
    asked: pl.DataFrame
    rules: Rules
    verdicts: pl.DataFrame
    covered: pl.DataFrame
    as_of: date


def occasions(trials: pl.DataFrame, setting: Setting) -> Told:
    """Every occasion of every bundle of every episode."""
    prior, parts = _no_prior(trials), list[Told]()
    for names in setting.rules.levels:
        of_level = trials.filter(pl.col("bundle_id").is_in(names))
        made = _rounds(of_level, prior, setting)
        parts += made
        prior = pl.concat([prior, _prior(made[0].chosen)])
    return _numbered(parts)


def _rounds(trials: pl.DataFrame, prior: pl.DataFrame, setting: Setting) -> list[Told]:
    pending = trials.with_columns(after_on=pl.lit(None, pl.Date))
    done, made = pl.DataFrame(), list[Told]()
    while not made or not pending.is_empty():
        told = _judged(pending, prior, setting, is_first=not made)
        made.append(told)
        completed = told.chosen.filter(state="complete").select(*SLOT, "completed_on")
        numbered = completed.with_columns(round=pl.lit(len(made)))
        done = pl.concat([done, numbered]) if done.width else numbered
        pending = _next(trials, told.chosen, done, len(made))
    return made


def _next(
    trials: pl.DataFrame, chosen: pl.DataFrame, done: pl.DataFrame, number: int
) -> pl.DataFrame:
    """The trials of what may be billed once more, with the day after which its rows must lie."""
    by_days = pl.col("limit_scope") == "days_30"
    more = chosen.filter(state="complete").filter(by_days | (pl.col("limit_count") > number))
    back = more.with_columns(round=number - pl.col("limit_count") + 1)
    earlier = done.rename({"completed_on": "earlier_on"})
    bounded = back.join(earlier, on=[*SLOT, "round"], how="left").with_columns(
        after_on=pl.max_horizontal(
            "completed_on",
            pl.when(by_days).then(pl.col("earlier_on") + pl.duration(days=SCOPE_DAYS - 1)),
        )
    )
    return trials.join(bounded.select(*SLOT, "after_on"), on=SLOT)


def _judged(trials: pl.DataFrame, prior: pl.DataFrame, setting: Setting, *, is_first: bool) -> Told:
    found = _later(setting.found, trials) if not is_first else setting.found
    mine = trials.select("trial")
    settled = settle(
        trials,
        found.join(mine, on="trial", how="semi"),
        setting.asked.join(mine, on="trial", how="semi"),
        setting.rules,
    )
    whole = _completed(trials.join(settled.wholes, on="trial", maintain_order="left"), prior)
    chosen = _chosen(gated(_in_version(whole, setting.as_of), setting.verdicts, setting.covered))
    if not is_first:
        begun = settled.proofs.join(
            found.filter(~pl.col("is_standing")), on=["trial", "item", "proof"], how="semi"
        )
        chosen = chosen.join(begun, on="trial", how="semi")
    return _with_states(chosen, settled, setting)


def _later(found: pl.DataFrame, trials: pl.DataFrame) -> pl.DataFrame:
    """Candidates after the occasion before; what stands goes on standing."""
    dated = found.join(trials.select("trial", "after_on"), on="trial")
    next_on = pl.col("after_on") + pl.duration(days=1)
    moved = pl.when("is_standing").then(pl.max_horizontal("day", next_on)).otherwise("day")
    return (
        dated.filter(pl.col("is_standing") | (pl.col("day") >= next_on))
        .with_columns(day=moved)
        .filter((pl.col("ends_on") >= pl.col("day")).fill_null(True))
        .drop("after_on")
    )


def _completed(whole: pl.DataFrame, prior: pl.DataFrame) -> pl.DataFrame:
    """With completed_on, service_date, excluded (bundles that rule it out), waits_for (required
    ones that are not there) and lost_with (those that never will be).
    """
    told = whole.join(_of_prior(whole, prior), on="trial", how="left", maintain_order="left")
    is_free = pl.col("waits_for").list.len() == 0
    return (
        told.with_columns(pl.col("waits_for", "lost_with", "excluded").fill_null([]))
        .with_columns(
            completed_on=pl.when(pl.col("own_on").is_not_null() & is_free).then(
                pl.max_horizontal("own_on", "prior_on")
            )
        )
        .with_columns(
            service_date=pl.when(pl.col("completed_on").is_not_null()).then(service_dates())
        )
    )


def _of_prior(whole: pl.DataFrame, prior: pl.DataFrame) -> pl.DataFrame:
    def named(column: str) -> pl.DataFrame:
        each = whole.select("trial", "episode_id", prior_bundle=column).explode("prior_bundle")
        kept = each.drop_nulls("prior_bundle")
        return kept.join(prior, on=["episode_id", "prior_bundle"], how="left")

    state, name = pl.col("prior_state"), pl.col("prior_bundle")
    there = state.is_in(["complete", "exempt"]).fill_null(True)  # none: not for this episode
    required = (
        named("requires")
        .group_by("trial", maintain_order=True)
        .agg(
            pl.col("prior_on").max(),
            waits_for=name.filter(~there),
            lost_with=name.filter((state == "missed").fill_null(False)),
        )
    )
    excluded = (
        named("excludes").filter(state == "complete").group_by("trial").agg(excluded="prior_bundle")
    )
    return required.join(excluded, on="trial", how="full", coalesce=True)


def _in_version(whole: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Trials whose rule is in force on the day billed, or of what is not complete, today."""
    today = pl.max_horizontal(
        "activated_on", pl.min_horizontal(pl.when("is_final").then("release_on"), pl.lit(as_of))
    )
    day = pl.coalesce("service_date", "completed_on", today)
    return whole.filter(
        (pl.col("from_on") <= day).fill_null(True), (pl.col("to_on") >= day).fill_null(True)
    )


def _chosen(gated: pl.DataFrame) -> pl.DataFrame:
    """One trial a slot: the first billable completion, else any, else the newest activation."""
    is_complete = pl.col("completed_on").is_not_null()
    recent = pl.when(is_complete).then(pl.col("window_number")).otherwise(-pl.col("window_number"))
    order = [~is_complete, ~pl.col("is_billable").fill_null(False), pl.col("completed_on"), recent]
    return gated.sort(*order, "trial").unique(SLOT, keep="first", maintain_order=True)


def _with_states(chosen: pl.DataFrame, settled: Settled, setting: Setting) -> Told:
    reasons = _exempt_reasons()
    excused = chosen.with_columns(exempt_reasons=reasons).with_columns(
        is_exempt=pl.col("exempt_reasons").list.len() > 0
    )
    unfinished = excused.filter(pl.col("completed_on").is_null(), ~pl.col("is_exempt"))
    missing = _missing(unfinished, settled, setting)
    told = excused.join(_prospects(missing, setting.as_of), on="trial", how="left").with_columns(
        pl.col("lost").fill_null([]), pl.col("is_open").fill_null(False)
    )
    lost = pl.concat_list("lost", "lost_with")
    waits = (pl.col("waits_for").list.len() > 0) & (pl.col("asked_count") == pl.col("done_count"))
    state = (
        pl.when("is_exempt")
        .then(pl.lit("exempt"))
        .when(pl.col("completed_on").is_not_null())
        .then(pl.lit("complete"))
        .when(lost.list.len() > 0)
        .then(pl.lit("missed"))
        .when(pl.col("is_open") | waits)
        .then(pl.lit("open"))
        .otherwise(pl.lit("not_due"))
    )
    stated = told.with_columns(state=state).with_columns(
        reasons=pl.when(state="exempt")
        .then("exempt_reasons")
        .when(state="complete")
        .then("not_billable")
        .when(state="missed")
        .then(lost)
    )
    mine = stated.filter(pl.col("state") != "exempt").select("trial")
    return Told(
        stated.drop("exempt_reasons", "is_exempt", "lost", "is_open", "not_billable"),
        missing,
        settled.proofs.join(mine, on="trial", how="semi"),
        settled.faulty.join(missing, on=["trial", "item"], how="semi"),
    )


def _exempt_reasons() -> pl.Expr:
    """Why a bundle is not asked for; a refusal excuses only from what was not complete by then."""
    undone = pl.col("completed_on").is_null()
    refused = undone | (pl.col("completed_on") > pl.col("declined_on"))
    excusing = pl.col("declines") & pl.col("declined_on").is_not_null() & refused
    excluded = pl.col("excluded").list.eval(pl.lit("excluded_by_") + pl.element())
    named = {
        "declined": excusing,
        "deceased": undone & (pl.col("released_to") == "deceased"),
        "nothing_asked": pl.col("asked_count") == 0,
    }
    others = pl.concat_list(pl.when(holds).then(pl.lit(name)) for name, holds in named.items())
    return pl.concat_list("excused", excluded, others.list.drop_nulls())


def _missing(unfinished: pl.DataFrame, settled: Settled, setting: Setting) -> pl.DataFrame:
    """(trial, item) that is asked for and not there, with its bounds and owner."""
    open_ones = setting.asked.join(unfinished, on="trial", how="semi").join(
        settled.done, on=["trial", "item"], how="anti"
    )
    of_item = setting.rules.elements.select(
        "item", "element", "owner", "day_anchor", "earliest_day", "due_day", "latest_day"
    )
    of_trial = unfinished.select(
        "trial", "booked_on", "activated_on", "release_on", "gate_ends_on", "scope_from_on",
        "scope_to_on",
    )  # fmt: skip
    bounded = with_bounds(open_ones.join(of_item, on="item").join(of_trial, on="trial"))
    return bounded.select("trial", "item", "element", "owner", "opens_on", "due_on", "last_on")


def _prospects(missing: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Of each trial: what can no longer be done (`lost`), and whether something can be now."""
    return missing.group_by("trial").agg(
        lost=pl.col("element").filter(pl.col("last_on") < as_of),
        is_open=(pl.col("opens_on") <= as_of).any(),
    )


def _prior(chosen: pl.DataFrame) -> pl.DataFrame:
    """How each bundle stands in its episode, for those that wait for it: its best outcome."""
    rank = pl.col("state").replace_strict(
        {"complete": 0, "exempt": 1, "open": 2, "not_due": 3, "missed": 4}, return_dtype=pl.Int8
    )
    return (
        chosen.sort(rank, "completed_on")
        .unique(["episode_id", "bundle_id"], keep="first", maintain_order=True)
        .select(
            "episode_id", prior_bundle="bundle_id", prior_on="completed_on", prior_state="state"
        )
    )


def _no_prior(trials: pl.DataFrame) -> pl.DataFrame:
    nothing = trials.clear().with_columns(
        completed_on=pl.lit(None, pl.Date), state=pl.lit(None, pl.String)
    )
    return _prior(nothing)


def _numbered(parts: list[Told]) -> Told:
    """All occasions, each with a number of its own: a trial may stand for several."""
    frames: dict[str, list[pl.DataFrame]] = {
        n: [] for n in ("chosen", "missing", "proofs", "faulty")
    }
    for number, part in enumerate(parts):
        own = pl.col("trial").cast(pl.Int64) * len(parts) + number
        for name, held in frames.items():
            held.append(getattr(part, name).with_columns(occasion=own, round=pl.lit(number)))
    return Told(**{name: pl.concat(held) for name, held in frames.items()})
