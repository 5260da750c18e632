"""Plan: what should exist against what was sent, told as one action for each claim.

Here: the cells of the plan's table that follow from batches, submissions and what the payer said
before it paid, with reasons, numbers and dates. Not here: how answers become states, or who
approves.
"""

from datetime import date

import polars as pl

from contracts.decisions import HELD, WRITTEN_OFF
from contracts.derived import DERIVED
from contracts.errors import BrokenInvariantError
from contracts.parsing import LOCAL_ZONE
from contracts.policy import Policy
from contracts.settings import Agency
from pipelines.stages.acknowledgements.silence import due_on
from pipelines.stages.acknowledgements.states import ACCEPTED, RESENDABLE, UNANSWERED
from pipelines.stages.claims.content import ORIGINAL
from pipelines.stages.digest import base32_16, sha256_hex

SENDS = ("new", "resubmit")
_STATES = (*UNANSWERED, *ACCEPTED, "rejected", "withdrawn")


def plan(
    claims: pl.DataFrame,
    submissions: pl.DataFrame,
    open_batch_claims: pl.DataFrame,
    policy: Policy,
    as_of: date,
    agency: Agency,
    decisions: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The table `plan`: one row for each claim that is desired, batched or was ever submitted.

    `submissions` and `open_batch_claims` are the ledger's, as known; submissions in the state that
    answers gave them, with is_not_found. Of a claim that left the facts only what the ledger knows
    is told: neither facility, route, deadline nor content.
    `decisions`: those in force on what becomes of claims (`decisions.in_force.disposed`).
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
            pl.coalesce("charge_amount", "charge_sent", "charge_batched"),
            reasons=pl.concat_list(
                pl.col("reasons").fill_null([]),
                _route_reasons(agency),
                pl.when(pl.col("decided") == "hold").then(_slugs(HELD)).otherwise(_slugs()),
            ),
            is_not_found=pl.col("is_not_found").fill_null(False),
            newest_state=pl.coalesce("state_batched", "state_sent"),
        )
        .with_columns(_inquiry_due(policy, as_of))
        .sort("claim_id")
    )
    decided = standing.with_columns(action=_chosen(0), reasons=_chosen(1))
    return DERIVED["plan"].conform(_numbered(_dated(decided, policy, as_of), agency))


def patient_control_numbers(
    agency_id: str, claim_ids: pl.Series, submission_numbers: pl.Series
) -> pl.Series:
    """CLM01 of each submission: 16 base-32 characters over agency, claim and submission number."""
    named = pl.DataFrame({"claim_id": claim_ids, "submission_number": submission_numbers})
    rows = named.with_columns(agency=pl.lit(agency_id))
    return base32_16(sha256_hex(rows, ["agency", "claim_id", "submission_number"]))


def _cells() -> list[tuple[pl.Expr, str, pl.Expr]]:
    """The table's cells that can occur, first match wins: condition, action, reasons."""
    decided = pl.col("decided")
    desired, held = pl.col("is_desired"), pl.col("reasons").list.len() > 0
    sent, lost = pl.col("state_sent"), pl.col("is_not_found")
    released = (
        (decided == "resubmit")
        & (pl.col("resubmitted_number") == pl.col("number_sent"))
        & (sent.is_in(RESENDABLE) & desired)
    ).fill_null(value=False)
    out, accepted = sent.is_in(UNANSWERED) & ~lost & ~released, sent.is_in(ACCEPTED)
    refused = (sent == "rejected") | (sent.is_in(UNANSWERED) & lost) | released
    batched = (pl.col("newest_state") == "batched").fill_null(value=False)
    same_content = pl.col("content_hash") == pl.col("content_hash_sent")
    same_row = pl.col("claim_row_hash") == pl.col("row_hash_batched")
    return [
        (decided == "write_off", "nothing", _slugs(WRITTEN_OFF)),
        ((out | accepted) & desired & (decided == "hold") & ~batched, "hold", _slugs(HELD)),
        (out & desired & same_content & ~batched, "nothing", _waiting()),
        (out, "hold", _slugs("awaiting_answer")),
        (accepted & desired & same_content & ~batched, "nothing", _slugs()),
        (accepted, "hold", _slugs("awaiting_remittance")),
        (~desired, "nothing", _slugs("claim_gone")),
        (held, "hold", pl.col("reasons")),
        (batched & same_row, "nothing", _slugs()),
        (batched & refused, "resubmit", _slugs("row_changed")),
        (batched, "new", _slugs("row_changed")),
        (released, "resubmit", _slugs()),
        ((sent == "rejected") & same_content, "hold", _slugs("rejected_unchanged")),
        (sent == "rejected", "resubmit", _slugs("rejected")),
        (refused, "resubmit", _slugs("not_found")),
        (pl.lit(True), "new", _slugs()),
    ]


def _chosen(part: int) -> pl.Expr:
    """The action (0) or the reasons (1) of the first cell that fits."""
    *cells, last = [(fits, (pl.lit(action), why)[part]) for fits, action, why in _cells()]
    chosen = last[1]
    for fits, value in reversed(cells):
        chosen = pl.when(fits).then(value).otherwise(chosen)
    return chosen


def _slugs(*slugs: str) -> pl.Expr:
    return pl.lit(pl.Series([list(slugs)], dtype=pl.List(pl.String)))


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
            content_hash_sent=pl.col("content_hash").last(),
            charge_sent=pl.col("charge_amount").last(),
            form_sent=pl.col("claim_form").last(),
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
    """What a person decided of each claim. To resubmit is about one submission, by its number."""
    if decisions is None:
        return pl.DataFrame(
            schema=dict.fromkeys(("claim_id", "decided", "resubmitted_number"), pl.String)
        )
    return decisions.select(
        claim_id="subject_id", decided="action", resubmitted_number=pl.col("value")
    )


def _waiting() -> pl.Expr:
    """Why nothing is to be done: what has gone waits for its answer, which may be asked for."""
    due = pl.when("inquiry_due").then(_slugs("inquiry_due")).otherwise(_slugs())
    gone = pl.col("state_sent") != "written"
    return pl.when(gone).then(pl.concat_list(_slugs("awaiting_answer"), due)).otherwise(_slugs())


def _inquiry_due(policy: Policy, as_of: date) -> list[pl.Expr]:
    """`inquiry_due_on` of what was sent and not answered, and whether the day has come."""
    days = policy.entry("inquiry.after_days", as_of).value
    sent_on = pl.col("sent_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    waits = (pl.col("newest_state") != "written") & pl.col("newest_state").is_in(UNANSWERED)
    day = pl.when(waits & ~pl.col("is_not_found")).then(due_on(sent_on, days))
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
    """A claim whose route is unset waits until settings say where it goes."""
    unset = [name for name, route in agency.routes.items() if route.status == "unset"]
    return pl.when(pl.col("route").is_in(unset)).then(_slugs("route_unset")).otherwise(_slugs())


def _dated(decided: pl.DataFrame, policy: Policy, as_of: date) -> pl.DataFrame:
    """`send_by` is the deadline less the days kept for transport; null where those are unset."""
    days = policy.entry("filing.transport_days", as_of).value
    return decided.with_columns(
        send_by=pl.col("deadline_on") - pl.duration(days=pl.lit(days, pl.Int64))
    )


def _numbered(decided: pl.DataFrame, agency: Agency) -> pl.DataFrame:
    """What is sent gets the next submission number and the control number that follows from it."""
    is_new = pl.col("action").is_in(SENDS)
    counted = decided.with_columns(
        submission_number=pl.when(is_new).then(pl.col("last_number").fill_null(0) + 1),
        frequency_code=pl.when(is_new).then(pl.lit(ORIGINAL)),
    )
    numbers = patient_control_numbers(agency.id, counted["claim_id"], counted["submission_number"])
    return counted.with_columns(
        patient_control_number=pl.when(is_new).then(numbers.alias("patient_control_number"))
    )
