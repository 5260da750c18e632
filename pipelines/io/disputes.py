"""Disputes at the rim: inquiries and appeals about denials, as ledger and policy know them."""

from datetime import date

import polars as pl

from contracts.errors import UsageError
from pipelines.io.decided import encounter_versions
from pipelines.io.ledger import disputes
from pipelines.io.workspace import View, Workspace
from pipelines.stages.decisions.decidable import decidable
from pipelines.stages.denials import disputes as stage

_MOST_NAMED = 5


def standing(view: View) -> pl.DataFrame:
    """Every dispute with its state, and what it waits for until when (`disputes.standing`)."""
    workspace = view.workspace
    with workspace.ledger.read() as connection:
        opened = disputes.known(connection, workspace.agency.id, view.known_at)
        moved = disputes.events(connection, workspace.agency.id, view.known_at)
    return stage.standing(opened, moved, workspace.policy, view.as_of)


def history(view: View, mine: pl.DataFrame) -> pl.DataFrame:
    """What became of some of the disputes of `standing`, in order of record."""
    workspace = view.workspace
    with workspace.ledger.read() as connection:
        moved = disputes.events(connection, workspace.agency.id, view.known_at)
    return moved.join(mine.select("dispute_id", "kind"), on="dispute_id", maintain_order="left")


def denials_decidable(denials: pl.DataFrame, now: View, argued: pl.DataFrame) -> pl.DataFrame:
    """What may be decided of each denial of the last run (`decidable.DECIDABLE`).

    `argued`: the disputes as they stand.
    """
    versions = encounter_versions(now.current("encounters"))
    return decidable(denials, argued, versions, now.workspace.policy, now.as_of)


def denials_to_decide(denials: pl.DataFrame, view: View) -> pl.DataFrame:
    """Denials with seen_version, the one that is decided about, and dispute: what is open."""
    argued = standing(view)
    versions = denials_decidable(denials, view, argued).select(
        denial_id="subject_id", seen_version="version"
    )
    told = denials.join(versions, on="denial_id", how="left", maintain_order="left")
    return told.join(disputed(argued), on="denial_id", how="left", maintain_order="left")


def disputed(argued: pl.DataFrame) -> pl.DataFrame:
    """denial_id and dispute, what is open about it in words (`appeal sent`), of `standing`."""
    return argued.filter("is_open").select("denial_id", dispute=pl.format("{} {}", "kind", "state"))


def record(
    workspace: Workspace, wanted: str, event: str, occurred_on: date,
    reference: str | None = None, note: str | None = None,
) -> tuple[str, str]:  # fmt: skip
    """Record what became of a denial's dispute; says the denial's id and the dispute's kind.

    `wanted`: the denial's id or its beginning. Raises UsageError for a day to come, too.
    """
    if occurred_on > workspace.today():
        raise UsageError("dispute_day", f"{occurred_on} is later than today, {workspace.today()}.")
    denial_id = found(standing(workspace.view_now())["denial_id"], wanted)
    with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
        return denial_id, disputes.record(tx, denial_id, event, occurred_on, reference, note)


def found(ids: pl.Series, wanted: str) -> str:
    """The one id that is `wanted` or begins so. Raises UsageError for none or several."""
    hits = ids.filter(ids.str.starts_with(wanted)).unique().sort().to_list()
    if wanted in hits:
        return wanted
    if len(hits) != 1:
        named = f" Among them: {', '.join(hits[:_MOST_NAMED])}." if hits else ""
        raise UsageError(
            "denial_ambiguous" if hits else "denial_unknown",
            f"{len(hits) or 'no'} such denials begin so. `reentry denials` and `reentry denials "
            f"disputes` list them.{named}",
        )
    return str(hits[0])
