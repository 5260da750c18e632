"""Acknowledgements at the rim: what the payer said, from the lake, beside what the ledger sent.

What is made of it is the stage's to say; nothing is written here.
"""

import polars as pl

from contracts.feeds import PAYER_ANSWERS
from contracts.parsing import LOCAL_ZONE
from pipelines.io.ledger import claim_inquiries, inquiries, submissions
from pipelines.io.workspace import View
from pipelines.stages.acknowledgements.acknowledge import Acknowledged, acknowledge
from pipelines.stages.acknowledgements.matching import speaks_of_providers

_NO_PROVIDERS = pl.Schema({"patient_control_number": pl.String, "billing_npi": pl.String})


def acknowledged(view: View) -> Acknowledged:
    """Statements and states as the view knows them, by the time of receipt and of record."""
    workspace, known_at = view.workspace, view.known_at
    agency = workspace.agency
    statements = workspace.lake.read_files(PAYER_ANSWERS, view.answers)
    with workspace.ledger.read() as connection:
        sent = submissions.known(connection, agency.id, known_at)
        asked = inquiries.control_numbers(connection, agency.id, known_at)
        traces = claim_inquiries.known(connection, agency.id, known_at)
        # The frozen content of every claim is read only where a whole provider was rejected.
        providers = (
            submissions.providers(connection, agency.id, known_at)
            if speaks_of_providers(statements)
            else _NO_PROVIDERS.to_frame()
        )
    return acknowledge(_traced(statements, traces), sent, asked, providers, agency)


def submission_states(view: View) -> pl.DataFrame:
    """Table `submission_states`."""
    return acknowledged(view).submission_states


def answered(view: View, states: pl.DataFrame) -> pl.DataFrame:
    """The ledger's submissions in the states that evidence gave them, with `is_not_found`, and
    `asked_on`: the day on which the payer was last asked about each.
    """
    known = view.workspace.submissions(view.known_at).join(
        _asked_on(view), on="patient_control_number", how="left", maintain_order="left"
    )
    told = states.select("submission_id", "is_not_found", "payer_claim_number", moved="state")
    return (
        known.join(told, on="submission_id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("moved", "state").alias("state"),
            pl.col("is_not_found").fill_null(value=False),
        )
        .drop("moved")
    )


def _traced(statements: pl.DataFrame, traces: pl.DataFrame) -> pl.DataFrame:
    """Statements of a 277 that name no claim, with the number of the claim that was asked about."""
    if traces.is_empty():
        return statements
    named = traces.select("trace_number", asked_about="patient_control_number")
    is_answer = (pl.col("answer") == "277") & (pl.col("level") == "claim")
    about = pl.when(is_answer).then("asked_about")
    return (
        statements.join(named, on="trace_number", how="left", maintain_order="left")
        .with_columns(pl.coalesce("patient_control_number", about))
        .drop("asked_about")
    )


def _asked_on(view: View) -> pl.DataFrame:
    with view.workspace.ledger.read() as connection:
        asked = claim_inquiries.known(connection, view.workspace.agency.id, view.known_at)
    day = pl.col("asked_at").max().dt.convert_time_zone(LOCAL_ZONE).dt.date()
    return asked.group_by("patient_control_number").agg(asked_on=day)
