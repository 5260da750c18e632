"""Acknowledgements at the rim: what the payer said, from the lake, beside what the ledger sent.

What is made of it is the stage's to say; nothing is written here.
"""

import polars as pl

from contracts.feeds import PAYER_ANSWERS
from pipelines.io.ledger import claim_inquiries, disputes, inquiries, submissions
from pipelines.io.payments import settled
from pipelines.io.workspace import View
from pipelines.stages.acknowledgements.acknowledge import Acknowledged, acknowledge
from pipelines.stages.acknowledgements.matching import speaks_of_providers
from pipelines.stages.denials.disputes import open_claims

_NO_PROVIDERS = pl.Schema({"patient_control_number": pl.String, "billing_npi": pl.String})


def acknowledged(view: View, payments: pl.DataFrame | None = None) -> Acknowledged:
    """Statements and states as the view knows them, by the time of receipt and of record.

    `payments`: the events of `payments.settled` of the same view, where they have been made.
    """
    paid = settled(view).outcomes if payments is None else payments
    workspace, known_at = view.workspace, view.known_at
    agency = workspace.agency
    statements = workspace.lake.read_files(PAYER_ANSWERS, view.answers)
    with workspace.ledger.read() as connection:
        sent = submissions.known(connection, agency.id, known_at)
        asked = inquiries.control_numbers(connection, agency.id, known_at)
        traces = claim_inquiries.known(connection, agency.id, known_at)
        disputed = open_claims(
            disputes.known(connection, agency.id, known_at),
            disputes.events(connection, agency.id, known_at),
        )
        # The frozen content of every claim is read only where a whole provider was rejected.
        providers = (
            submissions.providers(connection, agency.id, known_at)
            if speaks_of_providers(statements)
            else _NO_PROVIDERS.to_frame()
        )
    said = _traced(statements, traces)
    return acknowledge(said, sent, asked, providers, agency, paid, disputed)


def submission_states(view: View, payments: pl.DataFrame | None = None) -> pl.DataFrame:
    """Table `submission_states`."""
    return acknowledged(view, payments).submission_states


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
