"""Answered: the ledger's submissions in the states that table `submission_states` gives them."""

import polars as pl

from contracts.parsing import LOCAL_ZONE
from pipelines.io.ledger import claim_inquiries
from pipelines.io.workspace import View


def answered(view: View, states: pl.DataFrame) -> pl.DataFrame:
    """The ledger's submissions in the states that evidence gave them.

    Beside: `is_not_found`, `payer_claim_number` (also under the name that a replacement writes,
    `payer_claim_control_number`), `remitted_on`, `dispute`, and `asked_on`, the day on which the
    payer was last asked about each.
    """
    known = view.workspace.submissions(view.known_at).join(
        _asked_on(view), on="patient_control_number", how="left", maintain_order="left"
    )
    told = states.select(
        "submission_id", "is_not_found", "payer_claim_number", "remitted_on", "dispute",
        moved="state", payer_claim_control_number="payer_claim_number",
    )  # fmt: skip
    return (
        known.join(told, on="submission_id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("moved", "state").alias("state"),
            pl.col("is_not_found").fill_null(value=False),
            pl.col("dispute").fill_null("none"),
        )
        .drop("moved")
    )


def _asked_on(view: View) -> pl.DataFrame:
    with view.workspace.ledger.read() as connection:
        asked = claim_inquiries.known(connection, view.workspace.agency.id, view.known_at)
    day = pl.col("asked_at").max().dt.convert_time_zone(LOCAL_ZONE).dt.date()
    return asked.group_by("patient_control_number").agg(asked_on=day)
