"""Lateness at the rim: what ledger and lake know of claims that were not filed in time."""

import polars as pl

from contracts.feeds import facts
from contracts.parsing import LOCAL_ZONE
from pipelines.io.acknowledgements import submission_states
from pipelines.io.answered import answered
from pipelines.io.ledger import finding_subjects, findings
from pipelines.io.publishing import source_files
from pipelines.io.workspace import View
from pipelines.stages.claims.lines import LINE_KEY
from pipelines.stages.edits.run import SUBJECT, SUBJECT_ID
from pipelines.stages.edits.timely_filing import LATE_EDITS
from pipelines.stages.plan.lateness import causes, late

_STOPS = ("reject", "hold")


def with_lateness(plan: pl.DataFrame, view: View, claim_lines: pl.DataFrame) -> pl.DataFrame:
    """`plan` with late_cause and late_detail: null of what is in time, or in the payer's hands.

    `view` is of now, `claim_lines` the derived table that belongs to the plan's claims.
    """
    past = late(plan, view.as_of)
    if past.is_empty():
        nothing = pl.lit(None, pl.String)
        return plan.with_columns(late_cause=nothing, late_detail=nothing)
    lines = claim_lines.join(past, on="claim_id", how="semi").select("claim_id", *LINE_KEY).unique()
    sent = answered(view, submission_states(view)).join(past, on="claim_id", how="semi")
    told = causes(past, lines, _received(view, lines), _closed(view, lines), sent)
    return plan.join(told, on="claim_id", how="left", maintain_order="left")


def _received(view: View, lines: pl.DataFrame) -> pl.DataFrame:
    """The first sound row of each line."""
    ids = [file.file_id for file in view.files_of("encounters")]
    keys = lines.select(LINE_KEY).unique()
    rows = view.workspace.lake.read_files(facts("encounters"), ids, among=keys)
    first = rows.sort("received_at", "row_number").unique(LINE_KEY, keep="first")
    received_on = pl.col("received_at").dt.convert_time_zone(LOCAL_ZONE).dt.date()
    return first.select(*LINE_KEY, "file_id", "row_number", received_on=received_on).join(
        source_files(view), on="file_id", how="left"
    )


def _closed(view: View, lines: pl.DataFrame) -> pl.DataFrame:
    """Closed findings that stopped the lines, but for those of the limit itself."""
    agency = view.workspace.agency.id
    with view.workspace.ledger.read() as connection:
        ended = findings.closed(connection, agency, view.as_of)
        subjects = finding_subjects.known(connection, agency).filter(subject=SUBJECT)
    named = lines.select(LINE_KEY).unique().with_columns(SUBJECT_ID)
    stopped = ended.filter(
        pl.col("severity").is_in(_STOPS), ~pl.col("edit_id").is_in(list(LATE_EDITS))
    )
    told = stopped.join(subjects.drop("edit_id"), on="finding_id").join(named, on="subject_id")
    return told.select(*LINE_KEY, "edit_id", "closed_on")
