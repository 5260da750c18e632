"""Acknowledge: the tables `acknowledgements` and `submission_states` from statements and ledger.

Both follow from what was received and recorded alone: what is due when, the plan tells.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from contracts.derived import DERIVED
from contracts.parsing import LOCAL_ZONE
from contracts.settings import Agency
from pipelines.stages.acknowledgements.matching import Matches, matched
from pipelines.stages.acknowledgements.payment_events import payment_events, remitted
from pipelines.stages.acknowledgements.standing import contradictions, last_moves, moves

_BASIS: Final = (
    "statement", "answer", "verdict_code", "codes", "file_id", "row_number", "segment_ordinal",
    "received_at",
)  # fmt: skip


@dataclass(frozen=True)
class Acknowledged:
    """`acknowledgements` and `submission_states` by their contracts. `pairs`: file_id,
    segment_ordinal, submission_id, counts, and state: what the statement made of the submission.
    """

    acknowledgements: pl.DataFrame
    submission_states: pl.DataFrame
    pairs: pl.DataFrame


def acknowledge(
    statements: pl.DataFrame,
    submissions: pl.DataFrame,
    inquiries: pl.DataFrame,
    providers: pl.DataFrame,
    agency: Agency,
    payments: pl.DataFrame | None = None,
    disputes: pl.DataFrame | None = None,
) -> Acknowledged:
    """Match statements of the payer (`payer_answers`) and fold them into states.

    `submissions` are the ledger's, as known, in the states that the ledger gives them; the other
    arguments are those of `matching.matched`. `payments`: what remittances make of submissions
    (`payments.outcomes`), which outranks all that was said before. `disputes`: claim_id and dispute
    of claims about which something is open with the payer.
    """
    found = matched(statements, submissions, inquiries, providers, agency)
    kinds = found.statements.select("statement", "answer", "outcome")
    told = found.pairs.filter("counts").join(kinds, on="statement")
    paid = payment_events(payments, found.statements.height)
    events = pl.concat([told, paid.select(told.columns)])
    steps = moves(submissions, events)
    broken = contradictions(submissions, events, steps)
    return Acknowledged(
        DERIVED["acknowledgements"].conform(_told(found, submissions, broken)),
        DERIVED["submission_states"].conform(
            _states(found, paid, _disputed(submissions, disputes), steps, broken)
        ),
        _paired(found, steps),
    )


def _disputed(submissions: pl.DataFrame, disputes: pl.DataFrame | None) -> pl.DataFrame:
    """Submissions with what is open with the payer about their claim."""
    none = pl.DataFrame(schema={"claim_id": pl.String, "dispute": pl.String})
    known = none if disputes is None else disputes
    joined = submissions.join(known, on="claim_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("dispute").fill_null("none"))


def _told(found: Matches, submissions: pl.DataFrame, broken: pl.DataFrame) -> pl.DataFrame:
    """Statements with their match; the submission is named where there is one alone."""
    known = submissions.select("submission_id", "claim_id")
    of_one = (
        found.pairs.join(known, on="submission_id")
        .group_by("statement")
        .agg(submission_count=pl.len(), one=pl.struct("submission_id", "claim_id").first())
        .with_columns(one=pl.when(pl.col("submission_count") == 1).then("one"))
        .unnest("one")
    )
    worst = broken.select("statement", "contradiction").unique("statement", keep="first")
    rows = found.statements.join(of_one, on="statement", how="left", maintain_order="left")
    return rows.join(worst, on="statement", how="left", maintain_order="left").with_columns(
        pl.col("submission_count").fill_null(0)
    )


def _states(
    found: Matches,
    paid: pl.DataFrame,
    submissions: pl.DataFrame,
    steps: pl.DataFrame,
    broken: pl.DataFrame,
) -> pl.DataFrame:
    rests_on = pl.concat([found.statements.select(_BASIS), paid.select(_BASIS)])
    basis = rests_on.rename({"statement": "basis"}).with_columns(
        answered_on=pl.col("received_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    )
    stands = last_moves(steps).select(
        "submission_id", "basis", pl.col("is_lost").alias("is_not_found"), moved="state"
    )
    return (
        submissions.join(stands, on="submission_id", how="left", maintain_order="left")
        .join(basis, on="basis", how="left", maintain_order="left")
        .join(_payer_numbers(found), on="submission_id", how="left", maintain_order="left")
        .join(remitted(paid), on="submission_id", how="left", maintain_order="left")
        .join(broken.drop("statement"), on="submission_id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("moved", "state").alias("state"),
            pl.col("is_not_found").fill_null(False),
            pl.coalesce("number_remitted", "payer_claim_number").alias("payer_claim_number"),
            sent_on=pl.col("sent_at").dt.convert_time_zone(LOCAL_ZONE).dt.date(),
        )
    )


def _payer_numbers(found: Matches) -> pl.DataFrame:
    """The payer's number of each submission, as it was told last."""
    numbers = found.statements.select("statement", "payer_claim_number").drop_nulls()
    told = found.pairs.join(numbers, on="statement").sort("statement")
    last = told.unique("submission_id", keep="last", maintain_order=True)
    return last.select("submission_id", "payer_claim_number")


def _paired(found: Matches, steps: pl.DataFrame) -> pl.DataFrame:
    places = found.statements.select("statement", "file_id", "segment_ordinal")
    made = steps.select("submission_id", "statement", "state")
    return (
        found.pairs.join(places, on="statement")
        .join(made, on=["submission_id", "statement"], how="left")
        .sort("statement")
        .select("file_id", "segment_ordinal", "submission_id", "counts", "state")
    )
