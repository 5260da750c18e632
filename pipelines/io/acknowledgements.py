"""Acknowledgements at the rim: what the payer said, from the lake, beside what the ledger sent.

What is made of it is the stage's to say; nothing is written here.
"""

import polars as pl

from contracts.feeds import PAYER_ANSWERS
from pipelines.io.ledger import inquiries, submissions
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
        # The frozen content of every claim is read only where a whole provider was rejected.
        providers = (
            submissions.providers(connection, agency.id, known_at)
            if speaks_of_providers(statements)
            else _NO_PROVIDERS.to_frame()
        )
    return acknowledge(statements, sent, asked, providers, agency)


def submission_states(view: View) -> pl.DataFrame:
    """Table `submission_states`."""
    return acknowledged(view).submission_states


def answered(view: View, states: pl.DataFrame) -> pl.DataFrame:
    """The ledger's submissions in the states that evidence gave them, with `is_not_found`."""
    known = view.workspace.submissions(view.known_at)
    told = states.select("submission_id", "is_not_found", "payer_claim_number", moved="state")
    return (
        known.join(told, on="submission_id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("moved", "state").alias("state"),
            pl.col("is_not_found").fill_null(value=False),
        )
        .drop("moved")
    )
