"""Evaluation: the stage itself. Care in, the tables `bundles` and `bundle_elements` out."""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from contracts.derived import DERIVED
from contracts.policy import Policy
from pipelines.stages.bundles.candidates import candidates
from pipelines.stages.bundles.care import Care
from pipelines.stages.bundles.episodes import episode_stays, episodes, windows
from pipelines.stages.bundles.evidence import evidence
from pipelines.stages.bundles.gates import covered, day_verdicts
from pipelines.stages.bundles.keys import keyed
from pipelines.stages.bundles.limits import limited
from pipelines.stages.bundles.occasions import Setting, occasions
from pipelines.stages.bundles.parts import STAYS_AT_ONCE, parts
from pipelines.stages.bundles.rules import Rules, rules
from pipelines.stages.bundles.settling import numbered
from pipelines.stages.bundles.tables import bundle_elements, bundle_rows
from pipelines.stages.bundles.trials import trials, unreached
from pipelines.stages.eligibility.coverage import coverage_spans
from pipelines.stages.eligibility.window_policy import WindowPolicy, window_policy
from pipelines.stages.people import numbers


@dataclass(frozen=True)
class Bundles:
    """Frames of the derived contracts `bundles` and `bundle_elements`."""

    bundles: pl.DataFrame
    bundle_elements: pl.DataFrame


def bundles(
    care: Care,
    care_bundles: pl.DataFrame,
    policy: Policy,
    as_of: date,
    stays_at_once: int = STAYS_AT_ONCE,
) -> Bundles:
    """Every bundle of every episode as of a day. `care_bundles`: that code set's table. Rows are in
    the order of their keys, of a large county part by part.

    Raises HeldByPolicyError where a window policy is unset. Where bundle.short_term_days is, the
    release that was unknown at activation alone makes a person's time short.
    """
    told_by, days, care = rules(care_bundles), care.billable_days, keyed(care)
    spans = coverage_spans(care.coverage, numbers(care.people, care.cin_aliases))
    window = window_policy(policy, as_of)
    short_days = policy.entry("bundle.short_term_days", as_of).value
    made = [
        _of_part(part, days, told_by, spans, window, short_days, as_of)
        for part in parts(care, stays_at_once)
    ]
    return Bundles(
        pl.concat(part.bundles for part in made),
        pl.concat(part.bundle_elements for part in made),
    )


def _of_part(
    care: Care,
    days: pl.DataFrame,
    told_by: Rules,
    spans: pl.DataFrame,
    window: WindowPolicy,
    short_days: int | None,
    as_of: date,
) -> Bundles:
    stays = episode_stays(care, as_of)
    heads = episodes(stays, care, as_of)
    activated = windows(heads, stays, care, spans, window, short_days, as_of)
    tried = trials(heads.join(activated, on="episode_id", how="semi"), activated, told_by)
    proofs = evidence(care, stays, heads, told_by.words["word"].unique(), as_of)
    found = candidates(tried, proofs.judged, told_by)
    verdicts = _verdicts(days, care, stays, tried, found)
    setting = Setting(found, _asked(tried, told_by), told_by, verdicts, covered(spans), as_of)
    told = occasions(tried, setting)
    whole = replace(told, chosen=limited(_anchored(told.chosen, stays, care.billed), care.billed))
    idle = unreached(heads, activated, told_by, as_of)
    return Bundles(
        DERIVED["bundles"].conform(bundle_rows(whole, idle, proofs, stays, told_by, as_of)),
        DERIVED["bundle_elements"].conform(bundle_elements(whole, proofs, told_by, as_of)),
    )


def _asked(tried: pl.DataFrame, told_by: Rules) -> pl.DataFrame:
    """(trial, item): every element of each trial's bundle that no condition takes away."""
    items = told_by.elements.select("rule", "item", "unless")
    each = tried.select("trial", "rule")
    always = each.join(items.filter(pl.col("unless").is_null()), on="rule")
    declined = pl.when(pl.col("declined_on").is_not_null()).then(pl.lit(["declined"]))
    holding = pl.concat_list("conditions", declined.otherwise(pl.lit([], pl.List(pl.String))))
    perhaps = tried.select("trial", "rule", holding=holding).join(
        items.drop_nulls("unless"), on="rule"
    )
    is_excused = pl.col("holding").list.set_intersection("unless").list.len() > 0
    return pl.concat(
        [part.select("trial", "item") for part in (always, perhaps.filter(~is_excused))]
    )


def _verdicts(
    days: pl.DataFrame, care: Care, stays: pl.DataFrame, tried: pl.DataFrame, found: pl.DataFrame
) -> pl.DataFrame:
    """Verdicts of every day on which a bundle may come to be billed."""
    whose = tried.select("trial", "episode_id")
    proven = found.filter(pl.col("fault").is_null()).join(whose, on="trial")
    asked = [proven.select("episode_id", "day"), tried.select("episode_id", day="release_on")]
    return day_verdicts(days, care.billable_days, stays, pl.concat(asked).drop_nulls())


def _anchored(chosen: pl.DataFrame, stays: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Occasions with their `ordinal` within episode and bundle, and the stay they belong to.

    An occasion that has gone out keeps the stay it went out under; else it is the stay of the day
    billed, of what is not complete the newest one.
    """
    placed = chosen.sort("episode_id", "bundle_id", "slot_window", "round").with_columns(
        ordinal=numbered("episode_id", "bundle_id")
    )
    newest = stays.unique("episode_id", keep="last", maintain_order=True).select(
        "episode_id", newest="stay_id"
    )
    out = (
        billed.join(stays.select("stay_id", "episode_id"), on="stay_id")
        .sort("stay_id")
        .unique(["episode_id", "bundle_id", "ordinal"], keep="first", maintain_order=True)
        .select("episode_id", "bundle_id", "ordinal", sent_as="stay_id")
    )
    sites = stays.select("stay_id", "facility_id")
    return (
        placed.join(newest, on="episode_id", how="left", maintain_order="left")
        .join(out, on=["episode_id", "bundle_id", "ordinal"], how="left", maintain_order="left")
        .with_columns(stay_id=pl.coalesce("sent_as", "stay_id", "newest"))
        .join(sites, on="stay_id", how="left", maintain_order="left")
    )
