"""Deciding: entered decisions judged against what is known now, recorded all at once, refusals
written for whoever entered them. The rules are the stage's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from contracts.decisions import GONE
from contracts.disputes import KINDS
from contracts.errors import BrokenInvariantError, UsageError
from pipelines.io.decided import decisions_known, encounter_versions
from pipelines.io.disputes import denials_decidable, standing
from pipelines.io.evaluation import planned_now
from pipelines.io.home import write_private
from pipelines.io.ledger import decisions, disputes, users, worklists
from pipelines.io.ledger.decisions import Decision
from pipelines.io.ledger.disputes import Dispute
from pipelines.io.returned import entered
from pipelines.io.workspace import View, Workspace
from pipelines.stages.claims.bundle_lines import claims_of_bundles
from pipelines.stages.decisions.in_force import in_force, succession
from pipelines.stages.decisions.judging import ENTERED, Judged, Known, judge
from reports.decision_refusals import refusals_workbook

REFUSALS = "decisions-refused"
REPLACED = (
    "decision_id", "subject", "subject_id", "action", "field", "decided_by", "decided_at",
    "replaced_by",
)  # fmt: skip
_TERMINAL = "terminal"
BUNDLE = "bundle"


@dataclass(frozen=True)
class Outcome:
    """What became of entered decisions. `path`: the workbook of the refused ones, if there are.

    `replaced`: `REPLACED`, earlier decisions whose place a new one has taken.
    """

    recorded_count: int
    repeated_count: int
    refused: pl.DataFrame
    path: Path | None
    replaced: pl.DataFrame


def take(workspace: Workspace, path: Path) -> Outcome:
    """Record the decisions of a returned worklist, issued to the workspace's user.

    The good ones are recorded in one transaction, the others come back as a workbook. Raises
    HeldByPolicyError where the user may not decide, RefusedInputError where the file is not as it
    was issued.
    """
    with workspace.ledger.read() as connection:
        users.check(connection, workspace.user_id, "decide")
    known = _known(workspace, workspace.last_view())
    return _settled(workspace, judge(entered(path), known), known)


def make(
    workspace: Workspace, subject: str, subject_ids: Sequence[str], action: str, *,
    field: str | None, value: str | None, reason: str,
) -> Outcome:  # fmt: skip
    """Record one decision of no worklist about each of the subjects as they are now, or none.

    A `BUNDLE` is decided about as the claim that it makes. Raises UsageError where it makes none.
    """
    with workspace.ledger.read() as connection:
        users.check(connection, workspace.user_id, "decide")
    if subject == BUNDLE:
        subject, subject_ids = "claim", [_claim_of_bundle(workspace, one) for one in subject_ids]
    salt = workspace.ledger.now.isoformat()
    known = _known(workspace, workspace.last_view(), salt)
    rows = pl.concat([_as_entered(known, subject, one) for one in subject_ids])
    cells = {"action": action, "field": field, "value": value, "reason": reason}
    first = pl.col("subject_id").is_first_distinct()
    made = rows.with_columns(
        pl.when(first).then(pl.lit(text, pl.String)).alias(name) for name, text in cells.items()
    )
    judged = judge(made, known)
    if judged.refused.height:
        judged = replace(judged, accepted=judged.accepted.clear())
    return _settled(workspace, judged, known)


def _claim_of_bundle(workspace: Workspace, anchor: str) -> str:
    """The claim of STAY/BUNDLE or STAY/BUNDLE/ORDINAL, as the last run made it."""
    bundles = workspace.last_view().derived("bundles")
    named = pl.concat_str("stay_id", "bundle_id", separator="/")
    numbered = pl.concat_str(named, "ordinal", separator="/")
    mine = bundles.filter((numbered == anchor) | ((named == anchor) & (pl.col("ordinal") == 1)))
    if mine.is_empty():
        raise UsageError(
            "bundle_unknown",
            f"the last run knew no bundle {anchor}. Write it STAY/BUNDLE, as `reentry bundles` "
            "tells both.",
        )
    claims = claims_of_bundles(mine, workspace.agency.id)
    if claims.is_empty():
        raise UsageError(
            "bundle_not_billed",
            f"{anchor} is {mine['state'][0].replace('_', ' ')} and makes no claim that could be "
            "decided about. `reentry bundles --stay` says what it lacks.",
        )
    return str(claims["claim_id"][0])


def _as_entered(known: Known, subject: str, subject_id: str) -> pl.DataFrame:
    """The rows that a worklist would show of the subject, at least one."""
    findings = known.findings.filter(
        (pl.col("subject") == subject) & (pl.col("subject_id") == subject_id)
    )
    version = known.versions.filter(subject=subject, subject_id=subject_id)["version"]
    is_hold_last = pl.col("severity") != "hold"  # what a release lifts first
    found = findings.sort(is_hold_last)["finding_id"].to_list() or [None]
    row = {"subject": subject, "subject_id": subject_id, "sheet": _TERMINAL, "row_number": 0}
    row["seen_version"] = version[0] if len(version) else None
    return pl.DataFrame([row | {"finding_id": one} for one in found], schema=ENTERED)


def _known(workspace: Workspace, seen: View, salt: str | None = None) -> Known:
    now = workspace.view_now(seen.as_of)
    whole = planned_now(now, seen)
    plan = whole.sort(pl.col("action") != "hold", maintain_order=True).unique(
        "claim_id", keep="first", maintain_order=True
    )
    lines = encounter_versions(now.current("encounters")).rename({"seen_version": "version"})
    claims = plan.select(
        subject=pl.lit("claim"),
        subject_id="claim_id",
        version=pl.col("content_hash").fill_null(GONE),
    )
    denials = denials_decidable(seen.derived("denials"), now, standing(now))
    recorded = decisions_known(now)
    reasons = now.codes(["delay_reasons"])["delay_reasons"]
    accepted = reasons.filter(pl.col("is_accepted") == "yes")["code"].unique()
    with workspace.ledger.read() as connection:
        issues = worklists.issued(connection, workspace.agency.id)
    return Known(
        user_id=workspace.user_id,
        issues=issues,
        versions=pl.concat([lines, claims, _of_denials(denials, recorded)]),
        findings=seen.derived("findings"),
        plan=plan,
        submissions=workspace.submissions(now.known_at),
        recorded=recorded,
        denials=denials,
        delay_reasons=tuple(sorted(accepted, key=int)),
        salt=salt,
    )


def _of_denials(denials: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """Versions of denials; of one that was decided away, as it was then."""
    held = in_force(recorded, "denial").unique("subject_id", keep="last")
    gone = held.join(denials, on="subject_id", how="anti")
    now = denials.select("subject_id", "version")
    then = gone.select("subject_id", version="seen_version")
    return pl.concat([now, then]).select(pl.lit("denial").alias("subject"), pl.all())


def _settled(workspace: Workspace, judged: Judged, known: Known) -> Outcome:
    """Record what was accepted, write what was refused."""
    recorded, at = 0, workspace.ledger.now
    if not judged.accepted.is_empty():
        with workspace.ledger.write(workspace.agency.id, workspace.user_id) as tx:
            at = tx.recorded_at
            made = [_decision(row, workspace.user_id, at)
                    for row in judged.accepted.iter_rows(named=True)]  # fmt: skip
            recorded = decisions.record(tx, made)
            if recorded != len(made):
                raise BrokenInvariantError(
                    "decision_recorded_meanwhile",
                    "another process recorded some of these decisions at the same time; nothing "
                    "was recorded. Take the file again.",
                )
            disputes.open_all(tx, _disputed(made, known))
    path = _refusals(workspace, judged.refused, at) if judged.refused.height else None
    replaced = _replaced(workspace, judged.accepted["decision_id"])
    return Outcome(recorded, judged.repeated_count, judged.refused, path, replaced)


def _replaced(workspace: Workspace, new_ids: pl.Series) -> pl.DataFrame:
    """Of decisions that were in force until now those whose place new ones have taken."""
    is_new = pl.col("decision_id").is_in(new_ids.implode())
    took_place = pl.col("replaced_by").is_in(new_ids.implode())
    known = succession(decisions_known(workspace.view_now()))
    return known.filter(~is_new, took_place).select(REPLACED)


def _disputed(made: list[Decision], known: Known) -> Iterator[Dispute]:
    """What is disputed by decisions to inquire or appeal."""
    argued = [one for one in made if one.subject == "denial" and one.action in KINDS]
    theirs = known.denials.filter(pl.col("subject_id").is_in([one.subject_id for one in argued]))
    denials = {row["subject_id"]: row for row in theirs.iter_rows(named=True)}
    for decision in argued:
        denial = denials[decision.subject_id]
        yield Dispute(
            decision.decision_id,
            decision.subject_id,
            denial["claim_id"],
            denial["submission_id"],
            denial["line_ordinal"],
            decision.action,
            denial["amount"],
            denial["remitted_on"],
            denial[f"{decision.action}_by"],
        )


def _decision(row: dict[str, str], user_id: str, at: datetime) -> Decision:
    return Decision(**row, decided_by=user_id, decided_at=at)


def _refusals(workspace: Workspace, refused: pl.DataFrame, at: datetime) -> Path:
    folder = workspace.home.reports(workspace.agency.id) / workspace.today().isoformat()
    stem = f"{REFUSALS}-{at:%H%M%S%f}-{workspace.user_id}"
    return write_private(folder / f"{stem}.xlsx", refusals_workbook(refused, at))


def refusals(workspace: Workspace) -> list[Path]:
    """Workbooks of refused decisions, in order of the day and the time of taking (UTC)."""
    return sorted(workspace.home.reports(workspace.agency.id).glob(f"*/{REFUSALS}-*.xlsx"))
