"""Planning: the stage itself. What should exist against what was sent, one action for each claim.

Here: what is known of each claim, side by side. Not here: what follows from it (`cells`), how
answers become states, or who approves.
"""

from datetime import date

import polars as pl

from contracts.decisions import HELD
from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError
from contracts.parsing import LOCAL_ZONE
from contracts.policy import Policy
from contracts.settings import FEE_FOR_SERVICE, Agency
from pipelines.stages.acknowledgements.silence import due_on
from pipelines.stages.acknowledgements.states import ACCEPTED, UNANSWERED
from pipelines.stages.decisions.in_force import released_as_is
from pipelines.stages.plan.cells import SETTLED, chosen, slugs
from pipelines.stages.plan.deadlines import send_by
from pipelines.stages.plan.numbering import numbered
from pipelines.stages.plan.submissions import with_parts

_STATES = (*UNANSWERED, *ACCEPTED, *SETTLED, "rejected", "withdrawn")


def plan(
    claims: pl.DataFrame,
    submissions: pl.DataFrame,
    open_batch_claims: pl.DataFrame,
    policy: Policy,
    as_of: date,
    agency: Agency,
    decisions: pl.DataFrame | None = None,
    calendar: pl.DataFrame | None = None,
    settled: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The table `plan`: a row for each claim that is desired, batched or was ever submitted; of one
    whose lines are replaced or voided a row for each submission.

    `submissions` and `open_batch_claims` are the ledger's, as known; submissions in the state that
    answers gave them, with is_not_found, and asked_on of the newest 276 about each. Of a claim that
    left the facts is told what the ledger knows: neither facility, deadline nor content.
    `decisions`: those in force on what becomes of claims (`decisions.in_force.disposed`).
    `settled`: what is done about lines of settled claims (`replacements.parts`).
    `calendar`: code set filing_calendar; without its days nobody can say by when to send.
    Raises BrokenInvariantError for a submission in a state that no cell speaks of.
    """
    _refuse_unknown_states(submissions)
    standing = (
        claims.with_columns(is_desired=pl.col("claim_id").is_not_null())
        .join(_submitted(submissions), on="claim_id", how="full", coalesce=True)
        .join(_batched(open_batch_claims, submissions), on="claim_id", how="full", coalesce=True)
        .join(_decided(decisions), on="claim_id", how="left")
        .with_columns(
            pl.col("is_desired").fill_null(False),
            pl.coalesce("claim_form", "form_sent"),
            pl.coalesce("route", "route_sent"),
            pl.coalesce("charge_amount", "charge_sent", "charge_batched"),
            reasons=pl.concat_list(
                pl.col("reasons").fill_null([]),
                _route_reasons(agency),
                pl.when(pl.col("decided") == "hold").then(slugs(HELD)).otherwise(slugs()),
            ),
            is_not_found=pl.col("is_not_found").fill_null(False),
            is_reported=pl.col("route_sent").is_in(agency.reporting_routes).fill_null(False),
            is_released=released_as_is(
                pl.col("decided"), pl.col("seen_version"), pl.col("content_hash")
            ),
            newest_state=pl.coalesce("state_batched", "state_sent"),
        )
        .with_columns(_inquiry_due(policy, as_of))
        .sort("claim_id")
    )
    decided = standing.with_columns(action=chosen(0), reasons=chosen(1))
    whole = with_parts(decided, settled)
    days = policy.entry("filing.transport_days", as_of).value
    dated = whole.with_columns(send_by=send_by(whole["deadline_on"], calendar, days))
    return DERIVED["plan"].conform(numbered(dated, agency))


def _submitted(submissions: pl.DataFrame) -> pl.DataFrame:
    """Of each claim its last number and its newest submission, one not withdrawn before others."""
    return (
        submissions.sort(pl.col("state") != "withdrawn", "submission_number")
        .group_by("claim_id", maintain_order=True)
        .agg(
            last_number=pl.col("submission_number").max(),
            state_sent=pl.col("state").last(),
            number_sent=pl.col("patient_control_number").last(),
            is_not_found=pl.col("is_not_found").last(),
            sent_at=pl.col("sent_at").last(),
            asked_on=pl.col("asked_on").last(),
            dispute=pl.col("dispute").last(),
            content_hash_sent=pl.col("content_hash").last(),
            charge_sent=pl.col("charge_amount").last(),
            form_sent=pl.col("claim_form").last(),
            route_sent=pl.col("route").last(),
        )
    )


def _batched(open_batch_claims: pl.DataFrame, submissions: pl.DataFrame) -> pl.DataFrame:
    """Claims in a batch that has not been written."""
    waiting = open_batch_claims.join(submissions, on="patient_control_number", how="anti")
    return waiting.unique("claim_id").select(
        "claim_id",
        state_batched=pl.lit("batched"),
        row_hash_batched="row_hash",
        charge_batched="charge_amount",
    )


def _decided(decisions: pl.DataFrame | None) -> pl.DataFrame:
    """What a person decided of each claim. To resubmit is about one submission, by its number; to
    release about the claim as it was seen.
    """
    told = {
        "claim_id": "subject_id", "decided": "action", "resubmitted_number": "value",
        "seen_version": "seen_version",
    }  # fmt: skip
    if decisions is None:
        return pl.DataFrame(schema=dict.fromkeys(told, pl.String))
    return decisions.select(**told)


def _inquiry_due(policy: Policy, as_of: date) -> list[pl.Expr]:
    """`inquiry_due_on` of what was sent and not answered, and whether the day has come."""
    days = policy.entry("inquiry.after_days", as_of).value
    sent_on = pl.col("sent_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    waits = (
        (pl.col("newest_state") != "written")
        & pl.col("newest_state").is_in(UNANSWERED)
        & (pl.col("route_sent") == FEE_FOR_SERVICE)  # 276 are written to nobody else
    )
    day = pl.when(waits & ~pl.col("is_not_found")).then(
        due_on(pl.max_horizontal(sent_on, "asked_on"), days)
    )
    return [day.alias("inquiry_due_on"), (day <= as_of).fill_null(False).alias("inquiry_due")]


def _refuse_unknown_states(submissions: pl.DataFrame) -> None:
    unknown = submissions.filter(~pl.col("state").is_in(_STATES))["state"].unique().sort()
    if len(unknown):
        raise BrokenInvariantError(
            "state_without_cell",
            f"submissions are {', '.join(unknown)}, of which the plan knows nothing. "
            "Use the version of the program that recorded them.",
        )


def _route_reasons(agency: Agency) -> pl.Expr:
    """A claim whose route is unset, or that has none, waits until settings say where it goes."""
    known = [name for name, route in agency.routes.items() if route.status != "unset"]
    return pl.when(~pl.col("route").is_in(known)).then(slugs("route_unset")).otherwise(slugs())
