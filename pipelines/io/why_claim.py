"""Sections of `why` about the claim: what the plan says of it, and how far it has gone."""

from typing import Any, Final

import polars as pl

from contracts.decisions import (
    EDITION_CHANGED,
    ENCOUNTER_CHANGED,
    HELD,
    LINE_HELD,
    SPLIT_LINE,
    UNCHARGED_LINE,
)
from pipelines.io.decided import claims_disposed
from pipelines.io.evaluation import CALENDAR
from pipelines.io.ledger import batches, claim_lines
from pipelines.io.settled_claims import settled_parts
from pipelines.io.why_case import Case, Obstacle, Section
from pipelines.io.workspace import EVER, local_day
from pipelines.stages.claims.holds import catalogue
from pipelines.stages.plan.planning import plan
from pipelines.x12.claim_forms import FORMS

NEXT_STEPS: Final = {
    **{
        rule.id: (rule.owner, rule.remedy)
        for form in FORMS.values()
        for rule in catalogue(form)
    },
    "lines_disagree": ("biller", "Make the claim's lines agree on person, providers and place."),
    "release_not_final": ("eligibility_worker", "Record the release once it has happened."),
    "other_payment_split": (
        "biller", "Part the line by its units: the other payer's answer is for all of it.",
    ),
    "listed_line_missing": (
        "biller", "Send the encounters that the bill lists, or correct its list, stay or facility.",
    ),
    "listed_line_not_clean": ("biller", "Mend the findings of the encounters that the bill lists."),
    "line_listed_twice": ("biller", "Let one institutional claim alone list the encounter."),
    "line_in_other_claim": (
        "biller", "List the encounter in the claim in which it was sent before.",
    ),
    "service_unknown": (
        "biller", "Correct code and modifiers: no edition of ecm_cs_codes has them on the day.",
    ),
    "served_in_custody": (
        "data_steward",
        "Correct the day of the service or the stay: a plan pays after release alone.",
    ),
    "service_to_come": ("biller", "Correct service_date, or wait for the day."),
    "service_on_other_route": (
        "biller",
        "Withdraw the service from one feed, or from one of the plans: it is reported once.",
    ),
    "form_not_routed": ("operator", "Add the form to the route's claim_forms in reentry.toml."),
    "filing_limit_passed": (
        "finance", "Set a delay reason that applies, or release its lines for what is still paid.",
    ),
    "policy_unset": ("operator", "Set the limits of a claim in policy.toml."),
    "route_unset": (
        "operator", "Set the payer's route in reentry.toml; of a plan one with its plan_codes.",
    ),
    HELD: ("biller", "Release it once the reason is settled: `reentry decisions list`."),
    "awaiting_answer": ("biller", "Await the payer's answer to what was sent."),
    "awaiting_remittance": ("biller", "Await the remittance: what was accepted is changed after."),
    "lines_undecided": ("operator", "Run `reentry run`: of what was paid its lines decide."),
    "denied": (
        "biller",
        "Correct it, appeal, or write it off; `reentry claims show ID` tells why it was denied.",
    ),
    "denied_changed": (
        "operator",
        "What was denied has changed: set policy plan.denied_changed, with its source.",
    ),
    "dispute_open": ("biller", "Await the end of the inquiry or appeal: nothing changes before."),
    "line_reference_unset": (
        "operator", "Set policy replacement.line_reference, with its source, in policy.toml.",
    ),
    "payer_number_missing": ("biller", "Await the payer's number: its 277CA or 835 tells it."),
    "replacement_limit": (
        "finance", "Six months have passed since the remittance: appeal, or write it off.",
    ),
    EDITION_CHANGED: (
        "finance",
        "No fact came: codes, policy or the day differ. Release the claim if that is to count.",
    ),
    SPLIT_LINE: (
        "biller",
        "Send, replace or void its parts on the payer's form or portal, then release the claim.",
    ),
    ENCOUNTER_CHANGED: (
        "biller",
        "Replace or void the encounter on the plan's form or portal, then release the claim.",
    ),
    UNCHARGED_LINE: (
        "biller",
        "Do it on the payer's form or portal: it charges nothing. Then release the claim.",
    ),
    LINE_HELD: (
        "biller",
        "Mend what holds its line (its findings): what is held is neither replaced nor voided.",
    ),
    "void_denied": ("biller", "Ask the payer why it did not void the line."),
    "payment_reversed": ("biller", "Find out why the payer took the payment back."),
    "already_settled": ("biller", "Leave it: the payer has settled what was sent before."),
    "rejected_unchanged": (
        "biller", "Mend what the payer rejected; `reentry claims show ID` tells its codes.",
    ),
}  # fmt: skip
"""Who does what about each reason that a claim is held for."""
_UNKNOWN: Final = ("biller", "Look at `reentry plan`.")
_PLAN: Final = (
    "claim_id", "action", "reasons", "patient_control_number", "charge_amount", "expected_amount",
    "deadline_on", "send_by",
)  # fmt: skip
_STEPS: Final = {
    "proposed": ("it waits for approval", "approver", "`reentry batch approve {}`."),
    "approved": ("its batch is not written", "biller", "`reentry batch write {}`."),
    "writing": ("its batch was not written to its end", "biller", "`reentry batch write {}`."),
    "written": ("its file has not gone", "biller", "Send it, then `reentry batch sent {}`."),
    "sent": (
        "the payer has not answered",
        "biller",
        "Await the answer, and lay it into the inbox.",
    ),
    "received": (
        "the payer has its file and has not answered on the claim",
        "biller",
        "Await the answer; `reentry claims overdue` tells when to ask.",
    ),
    "rejected": (
        "the payer rejected it",
        "biller",
        "`reentry claims show ID` tells its codes and the segment at fault.",
    ),
    "accepted": ("the payer has accepted it and not paid", "finance", "Await the remittance."),
    "pended": ("the payer has not decided", "finance", "Await the remittance."),
    "partly_paid": (
        "the payer has paid some of its lines only",
        "finance",
        "`reentry claims show ID` tells the reasons of each line.",
    ),
    "denied": (
        "the payer has denied it",
        "biller",
        "`reentry claims show ID` tells why; correct it, appeal, or write it off.",
    ),
    "reversed": (
        "the payer has taken the payment back",
        "finance",
        "Await the corrected claim, or ask the payer; `reentry claims show ID`.",
    ),
}


def claimed(case: Case) -> Section:
    """Its claim and what the plan says of it, as the ledger stands now."""
    claim_id = _claim_id(case)
    if claim_id is None:
        return Section("claim", ["no claim is made of it"], {"claim_id": None}, _no_claim(case))
    told = _planned(case, claim_id)
    if told is None:
        return Section("claim", [f"claim {claim_id}"], {"claim_id": claim_id})
    reasons = f": {', '.join(told['reasons'])}" if told["reasons"] else ""
    dues = [f"{name.replace('_', ' ')} {told[name]}" for name in ("deadline_on", "send_by")
            if told[name] is not None]  # fmt: skip
    lines = [
        f"claim {claim_id}, {told['charge_amount']:,.2f} dollars",
        f"the plan: {told['action']}{reasons}",
        *([", ".join(dues)] if dues else []),
    ]
    return Section("claim", lines, told, _held(told))


def _claim_id(case: Case) -> str | None:
    """By the run's claims, else by the ledger: a line once submitted stays in its claim."""
    row = case.one("claim_lines")
    if row is not None:
        return str(row["claim_id"])
    with case.now.workspace.ledger.read() as connection:
        bound = claim_lines.bound(connection, case.now.workspace.agency.id, EVER)
    mine = bound.filter(**case.key.values)["claim_id"]
    return str(mine[0]) if len(mine) else None


def _no_claim(case: Case) -> Obstacle | None:
    """Only a clean line without one is in the way of itself; what else is, was told before."""
    if case.judged is None or case.judged["verdict"] != "clean":
        return None
    what = "no claim was made of it in the last run"
    return Obstacle(what, "operator", "Run `reentry run`.")


def _planned(case: Case, claim_id: str) -> dict[str, Any] | None:
    """The plan's row for one claim, made from the ledger as it is now."""
    workspace = case.now.workspace
    is_mine = pl.col("claim_id") == claim_id
    desired, lines = (
        case.view.derived(name, where="claim_id = ?", values=[claim_id])
        for name in ("claims", "claim_lines")
    )
    held = case.view.derived("service_lines", where="verdict = ?", values=["held"])
    sent = case.sent.filter(is_mine)
    disposed = claims_disposed(case.now).filter(pl.col("subject_id") == claim_id)
    rows = plan(
        desired,
        sent,
        workspace.open_batch_claims(EVER).filter(is_mine),
        workspace.policy,
        case.view.as_of,
        workspace.agency,
        disposed,
        case.now.codes([CALENDAR])[CALENDAR],
        settled_parts(case.now, desired, lines, sent, disposed, held),
    )
    return rows.select(_PLAN).row(0, named=True) if rows.height else None


def _held(told: dict[str, Any]) -> Obstacle | None:
    if told["action"] != "hold":
        return None
    reason = told["reasons"][0]
    who, do = NEXT_STEPS.get(reason, _UNKNOWN)
    return Obstacle(f"the claim is held, {reason.replace('_', ' ')}", who, do)


def submitted(case: Case) -> Section:
    """The batches that it is or was in, and what was written and sent."""
    claim_id = _claim_id(case)
    if claim_id is None:
        return Section("submission", [])
    sent = _submissions(case, claim_id)
    lines = [_submission(row) for row in sent]
    state, batch_id = _stands(case, claim_id, sent)
    told: dict[str, Any] = {"submissions": sent, "state": state, "batch_id": batch_id}
    if batch_id is None:
        todo = Obstacle("it is in no batch", "biller", "`reentry batch propose`.")
        return Section("submission", [*lines, "in no batch"], told, todo)
    if not lines:
        lines = [f"in batch {batch_id}, which is {state}"]
    return Section("submission", lines, told, _step(state, batch_id))


def _stands(
    case: Case, claim_id: str, sent: list[dict[str, Any]]
) -> tuple[str, str] | tuple[None, None]:
    """The state of its open batch, else of its newest submission that was not withdrawn."""
    waiting = _open_batch(case, claim_id)
    if waiting is not None:
        return _batch_state(case, waiting), waiting
    current = [row for row in sent if row["state"] != "withdrawn"]
    return (current[-1]["state"], current[-1]["batch_id"]) if current else (None, None)


def _step(state: str | None, batch_id: str) -> Obstacle | None:
    if state not in _STEPS:
        return None
    what, who, do = _STEPS[state]
    return Obstacle(what, who, do.format(batch_id))


def _submissions(case: Case, claim_id: str) -> list[dict[str, Any]]:
    names = ("patient_control_number", "submission_number", "state", "batch_id",
             "interchange_control_number", "set_control_number", "charge_amount", "recorded_at",
             "sent_at", "withdrawn_at")  # fmt: skip
    known = case.sent.filter(claim_id=claim_id)
    return known.sort("submission_number").select(names).to_dicts()


def _submission(row: dict[str, Any]) -> str:
    at = row["sent_at"] or row["recorded_at"]
    return (
        f"{local_day(at)}  {row['state']} as {row['patient_control_number']} in batch "
        f"{row['batch_id']}, interchange {row['interchange_control_number']}, set "
        f"{row['set_control_number']}"
    )


def _open_batch(case: Case, claim_id: str) -> str | None:
    mine = case.now.workspace.open_batch_claims(EVER).filter(claim_id=claim_id)["batch_id"]
    return str(mine[-1]) if len(mine) else None


def _batch_state(case: Case, batch_id: str) -> str:
    workspace = case.now.workspace
    with workspace.ledger.read() as connection:
        return batches.get(connection, workspace.agency.id, batch_id).state
