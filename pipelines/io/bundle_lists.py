"""Bundles as people look for them: with what is missing, the proof, the manager, what a move of the
release changed. Reading a run's tables; what is of Part 2 without a consent in force stays back.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from contracts.errors import UsageError
from pipelines.io.bundles import CARED, bundles_of
from pipelines.io.evaluation import billable_days, bundled, evidence
from pipelines.io.findings import require_shown
from pipelines.io.publishing import source_files, withheld
from pipelines.io.workspace import View, end_of_day
from pipelines.stages.bundles.anchors import ANCHOR, SOURCE, marked
from pipelines.stages.bundles.moves import moved
from pipelines.stages.bundles.tables import NOT_ACTIVATED
from pipelines.stages.claims.bundle_lines import claims_of_bundles

AT_RISK: Final = ("open", "not_due")
NO_MANAGER: Final = "no care manager"
ACTIVATION: Final = "activation"
ACTIVATES: Final = "eligibility_worker"
"""What is missing where nobody activated the aid code yet, and who owes it."""


@dataclass(frozen=True)
class Listed:
    """`rows`: `bundles` that may be shown, with missing and proof (lists), manager, label and
    amount. `missing`: a row a missing element of them. `withheld`: how many may not be shown.
    """

    rows: pl.DataFrame
    missing: pl.DataFrame
    withheld: int


def listed(view: View) -> Listed:
    """Every bundle of the view's run, the dearest first that still can be done."""
    found = view.derived("bundles")
    elements = pl.concat([view.derived("bundle_elements"), activations(found, view.as_of)],
                         how="diagonal")  # fmt: skip
    elements = elements.join(source_files(view), on="file_id", how="left")
    told = (
        marked(with_activation(found, view.as_of), elements)
        .join(_managers(view), on="stay_id", how="left")
        .with_columns(pl.col("manager").fill_null(NO_MANAGER), amount="charge_amount")
    )
    shown, hidden = withheld(view, told)
    mine = elements.join(shown.select(ANCHOR), on=ANCHOR, how="semi")
    rows = (
        shown.join(_gathered(mine, "missing", "missing"), on=ANCHOR, how="left")
        .join(_gathered(mine, "done", "proof"), on=ANCHOR, how="left")
        .sort(_order(), "amount", *ANCHOR, descending=[False, True, False, False, False])
    )
    missing = mine.filter(state="missing").join(
        shown.select(*ANCHOR, "person_id", "facility_id", "release_on", "amount", "manager",
                     bundle_state="state"),
        on=ANCHOR,
    )  # fmt: skip
    return Listed(rows, missing, hidden)


def _is_idle() -> pl.Expr:
    """Still in custody and not activated: no element is judged before that."""
    return (pl.col("state") == "not_due") & pl.col("reasons").list.contains(NOT_ACTIVATED)


def with_activation(bundles: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Bundles with the activation among what is missing, where it is."""
    days = (pl.col("release_on") - as_of).dt.total_days()
    is_idle = _is_idle().fill_null(False)
    return bundles.with_columns(
        pl.col("missing_count") + is_idle.cast(pl.Int64),
        due_on=pl.when(is_idle).then("release_on").otherwise("due_on"),
        days_left=pl.when(is_idle).then(days).otherwise("days_left"),
    )


def activations(bundles: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Rows as of `bundle_elements`: the activation, until the release, of who has none."""
    return bundles.filter(_is_idle()).select(
        *ANCHOR,
        element=pl.lit(ACTIVATION),
        number=pl.lit(1, pl.Int64),
        state=pl.lit("missing"),
        owner=pl.lit(ACTIVATES),
        due_on="release_on",
        days_left=(pl.col("release_on") - as_of).dt.total_days(),
        is_part_2=pl.lit(False),
    )


def at_risk(rows: pl.DataFrame, as_of: date, days: int) -> pl.DataFrame:
    """Bundles that can still be done of who is to be released in so many days, those of the
    dearest releases first; with `stay_amount`, the dollars at risk with the release.
    """
    until = pl.lit(as_of) + pl.duration(days=days)
    waiting = rows.filter(
        ~pl.col("is_release_final"),
        pl.col("release_on").is_between(pl.lit(as_of), until),
        pl.col("state").is_in(AT_RISK),
    )
    return waiting.with_columns(stay_amount=pl.col("amount").sum().over("episode_id")).sort(
        "stay_amount", "release_on", *ANCHOR, descending=[True, *[False] * 4]
    )


def moved_since(view: View, day: date) -> pl.DataFrame:
    """Bundles of releases that moved after a day, with how they stood before.

    Everything but custody is taken as it is known now. Raises UsageError for a day to come.
    """
    if day > view.as_of:
        raise UsageError("since_to_come", f"{day} is later than {view.as_of}. Name a day before.")
    billable = billable_days(view)
    before = View(view.workspace, view.as_of, end_of_day(day)).current("custody_stays")
    facts = {feed: view.current(feed) for feed in CARED}
    believed = facts | {n: f for n, f in evidence(view).items() if n in facts}
    earlier = bundles_of(view, believed | {"custody_stays": before}, billable)
    told = moved(earlier.bundles, bundled(view, billable).bundles)
    return withheld(view, told.with_columns(amount="charge_amount"))[0]


@dataclass(frozen=True)
class Checklist:
    """What a care manager keeps of one time in custody: rows as they are told."""

    stay: dict[str, Any]
    bundles: list[dict[str, Any]]
    elements: list[dict[str, Any]]
    managers: list[dict[str, Any]]


def checklist(view: View, stay_id: str) -> Checklist:
    """The bundles of the stay's episode. Raises UsageError for a stay without bundles,
    HeldByPolicyError where it is of Part 2 without a consent in force.
    """
    bundles = view.derived("bundles")
    episodes = view.derived("custody_episodes").filter(pl.col("stay_ids").list.contains(stay_id))
    rows = bundles.join(episodes.select("episode_id"), on="episode_id", how="semi")
    if rows.is_empty():
        raise UsageError("stay_unknown", "the last run knew no such stay. Check its writing.")
    elements = view.derived("bundle_elements").join(rows.select(ANCHOR), on=ANCHOR, how="semi")
    touches = elements["is_part_2"].any() or rows["is_part_2"].any()
    require_shown(view, rows.head(1).with_columns(is_part_2=pl.lit(touches)))
    named = elements.join(source_files(view), on="file_id", how="left").join(
        _staff(view), on="staff_id", how="left"
    )
    stays = episodes.row(0, named=True)["stay_ids"]
    managers = (
        view.current("care_managers")
        .filter(pl.col("stay_id").is_in(stays))
        .join(_staff(view), left_on="manager_staff_id", right_on="staff_id", how="left")
        .join(source_files(view), on="file_id", how="left")
        .sort("phase", "assigned_on", descending=[True, False])
    )
    heads = ("facility_id", "release_on", "is_release_final", "release_model", "activated_on")
    newest = rows.sort("stay_id").row(-1, named=True)
    return Checklist(
        {"stay_id": stay_id} | {name: newest[name] for name in heads},
        rows.join(_positions(view), on="bundle_id", how="left")
        .join(_planned(view, rows), on=ANCHOR, how="left")
        .sort("position", "ordinal")
        .to_dicts(),
        named.to_dicts(),
        managers.to_dicts(),
    )


def _planned(view: View, rows: pl.DataFrame) -> pl.DataFrame:
    """claim_id of those that are billed, and what the plan of the run does with it, and why."""
    claims = claims_of_bundles(rows, view.workspace.agency.id)
    plan = view.derived("plan").select(
        "claim_id", plan_action="action", plan_reasons=pl.col("reasons")
    )
    first = plan.unique("claim_id", keep="first", maintain_order=True)
    return claims.join(first, on="claim_id", how="left")


def labels(view: View) -> dict[tuple[str, str], str]:
    """The code set's words for each (bundle, element)."""
    codes = view.codes([SOURCE])[SOURCE].sort("edition_from")
    return {(b, e): label or e for b, e, label in codes.select("bundle", "element", "label").rows()}


def _positions(view: View) -> pl.DataFrame:
    codes = view.codes([SOURCE])[SOURCE].filter(element="bundle")
    return codes.group_by(bundle_id="bundle").agg(pl.col("position").min())


def _order() -> pl.Expr:
    return pl.col("state").replace_strict(
        ["open", "not_due", "complete", "missed", "exempt"], [0, 1, 2, 3, 4], return_dtype=pl.Int8
    )


def _gathered(elements: pl.DataFrame, state: str, name: str) -> pl.DataFrame:
    fields = {
        "missing": ("element", "owner", "due_on", "days_left"),
        "done": ("element", "file", "row_number"),
    }[state]
    return (
        elements.filter(state=state)
        .sort(*ANCHOR, "due_on", "element", "number", nulls_last=True)
        .group_by(ANCHOR, maintain_order=True)
        .agg(pl.struct(fields).alias(name))
    )


def _staff(view: View) -> pl.DataFrame:
    """staff_id and staff: the name a colleague is known by."""
    name = pl.concat_str(
        "last_name_or_organization", "first_name", separator=", ", ignore_nulls=True
    )
    return view.current("providers").select("staff_id", staff=name).unique("staff_id", keep="first")


def _managers(view: View) -> pl.DataFrame:
    """stay_id, manager: the one before release, of who is out the one after, where there is one."""
    out = view.derived("bundles").group_by("stay_id").agg(pl.col("is_release_final").any())
    told = (
        view.current("care_managers")
        .join(_staff(view), left_on="manager_staff_id", right_on="staff_id", how="left")
        .with_columns(manager=pl.coalesce("staff", "manager_staff_id", "organization"))
        .join(out, on="stay_id")
        .filter(pl.col("manager").is_not_null())
    )
    fits = (pl.col("phase") == "post_release") == pl.col("is_release_final")
    chosen = told.sort(fits, "assigned_on").unique("stay_id", keep="last", maintain_order=True)
    return chosen.select("stay_id", "manager")
