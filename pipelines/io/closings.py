"""Closed findings: what each was of, when it was first seen and when it closed.

What closed it is told by `closing_causes`.
"""

import polars as pl

from contracts.feeds import facts
from contracts.tables import Table
from pipelines.io.ledger import finding_subjects, findings
from pipelines.io.publishing import withheld
from pipelines.io.workspace import View
from pipelines.stages.edits.catalogue import ALL_EDITS
from pipelines.stages.edits.run import SUBJECT, SUBJECT_ID, words_of
from pipelines.stages.people import with_survivor

COLUMNS = (
    "finding_id", "subject", "subject_id", "edit_id", "category", "severity", "message", "remedy",
    "owner", "amount", "first_seen_on", "closed_on", "facility_id", "person_id", "is_part_2",
    "closed_run_id",
)  # fmt: skip
_STAYS, _LINES = facts("custody_stays"), facts("encounters")
_PLACED = {"facility_id": pl.String(), "person_id": pl.String(), "is_part_2": pl.Boolean()}


def closed(view: View) -> tuple[pl.DataFrame, int]:
    """Findings closed by the view's day, `COLUMNS`, the latest first; how many are withheld.

    Dates are the Los Angeles days of the runs that opened and closed them. `subject` and what
    follows from it are null of a finding that closed before subjects were kept. One whose subject
    was of Part 2 in its newest version is withheld as an open one would be.
    """
    agency = view.workspace.agency.id
    with view.workspace.ledger.read() as connection:
        ended = findings.closed(connection, agency, view.as_of)
        subjects = finding_subjects.known(connection, agency).drop("edit_id")
    named = ended.join(subjects, on="finding_id", how="left").join(
        words_of(list(ALL_EDITS.values())).select("edit_id", "message", "remedy", "owner"),
        on="edit_id",
        how="left",
    )
    told = named.join(_placed(view, named), on=["subject", "subject_id"], how="left")
    unnamed = told.filter(pl.col("subject").is_null())  # nothing of it leads to a person
    shown, hidden = withheld(view, told.filter(pl.col("subject").is_not_null()))
    every = pl.concat([shown, unnamed]).select(COLUMNS)
    return every.sort("closed_on", "finding_id", descending=[True, False]), hidden


def _placed(view: View, named: pl.DataFrame) -> pl.DataFrame:
    """Subjects with the facility, person and Part 2 mark of their newest row, deleted or not."""
    lines = _newest(view, _LINES, keys_of_lines(named)).select(
        SUBJECT_ID, pl.lit(SUBJECT).alias("subject"), "facility_id", "person_id",
        pl.col("is_part_2").fill_null(False),
    )  # fmt: skip
    stays = named.filter(subject="stay").select(stay_id="subject_id").unique()
    held = _newest(view, _STAYS, stays).select(
        pl.col("stay_id").alias("subject_id"), pl.lit("stay").alias("subject"), "facility_id",
        "person_id", is_part_2=pl.lit(False),
    )  # fmt: skip
    return with_survivor(pl.concat([lines, held]), view.current("people"))


def keys_of_lines(named: pl.DataFrame) -> pl.DataFrame:
    """The keys of encounter lines as their subject_id joins them; an id may hold a slash."""
    lines = named.filter(subject=SUBJECT)["subject_id"].unique()
    parts = lines.str.extract_groups(r"^([^/]*)/(.*)/(\d+)$").struct.unnest()
    return parts.select(
        source_system="1", encounter_id="2", line_number=pl.col("3").cast(pl.Int64)
    ).drop_nulls()


def _newest(view: View, table: Table, keys: pl.DataFrame) -> pl.DataFrame:
    ids = [file.file_id for file in view.workspace.view_now().files]
    rows = view.workspace.lake.read_files(table, ids, among=keys)
    return rows.sort("received_at", "row_number").unique(
        keys.columns, keep="last", maintain_order=True
    )
