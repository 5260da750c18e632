"""Decided: what a view's decisions make of its encounter lines and claims. Reading only."""

from dataclasses import dataclass

import polars as pl

from contracts.decisions import OF_A_DENIED_LINE
from contracts.feeds import facts
from pipelines.io.ledger import decisions
from pipelines.io.workspace import View
from pipelines.stages.decisions.corrections import corrected
from pipelines.stages.decisions.in_force import (
    LINE_KEY,
    disposed,
    in_force,
    line_subject,
    values_set,
)
from pipelines.stages.decisions.lines import decided_lines

ENCOUNTERS = "encounters"


@dataclass(frozen=True)
class DecidedLines:
    """Encounter lines as corrected, what was decided beside each (None: nothing of any)."""

    encounters: pl.DataFrame
    decided: pl.DataFrame | None


def decisions_known(view: View) -> pl.DataFrame:
    """The ledger's decisions, as far as the view knows them."""
    with view.workspace.ledger.read() as connection:
        return decisions.known(connection, view.workspace.agency.id, view.known_at)


def lines_decided(view: View) -> DecidedLines:
    """The current encounter lines, and what people decided of them."""
    encounters = view.current(ENCOUNTERS)
    held = in_force(decisions_known(view), "encounter")
    if held.is_empty():
        return DecidedLines(encounters, None)
    settings = view.workspace.agency.feed(ENCOUNTERS)
    corrections = held.filter(pl.col("action") == "correct")
    versions = _versions(view, encounters, corrections)
    made = corrected(encounters, versions, corrections, settings)
    return DecidedLines(made.encounters, decided_lines(made.encounters, held, made.lapsed))


def current_encounters(view: View) -> pl.DataFrame:
    """The current encounter lines with the values that people corrected."""
    return lines_decided(view).encounters


def line_values_set(view: View) -> pl.DataFrame:
    """What people set for lines."""
    return values_set(in_force(decisions_known(view), "encounter"))


def claim_values_set(view: View) -> pl.DataFrame:
    """What people set for claims."""
    return values_set(in_force(decisions_known(view), "claim"))


def lines_held(view: View) -> pl.Series:
    """Lines that a person holds, as decisions name them (`in_force.line_subject`)."""
    made = disposed(in_force(decisions_known(view), "encounter"))
    return made.filter(pl.col("action") == "hold")["subject_id"]


def claims_disposed(view: View) -> pl.DataFrame:
    """What is to become of claims."""
    return disposed(in_force(decisions_known(view), "claim"))


def denied_lines(view: View) -> pl.DataFrame:
    """patient_control_number and line_ordinal of denied lines, and the action decided of them: of
    several denials of a line the last decision is the line's.
    """
    held = disposed(in_force(decisions_known(view), "denial"))
    number, ordinal = (pl.col("value").str.split("/").list.get(n, null_on_oob=True) for n in (0, 1))
    line = {"patient_control_number": number, "line_ordinal": ordinal.cast(pl.Int64)}
    told = held.filter(pl.col("action").is_in(OF_A_DENIED_LINE)).select("action", **line)
    return told.unique(list(line), keep="last", maintain_order=True)


def encounter_versions(encounters: pl.DataFrame) -> pl.DataFrame:
    """Digest of the current version of each line: subject, subject_id, seen_version."""
    return encounters.select(
        pl.lit("encounter").alias("subject"),
        line_subject(),
        pl.col("row_hash").alias("seen_version"),
    )


def _versions(view: View, encounters: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """Every version of the lines that were corrected."""
    is_corrected = line_subject().is_in(corrections["subject_id"].implode())
    keys = encounters.filter(is_corrected).select(LINE_KEY)
    ids = [file.file_id for file in view.files_of(ENCOUNTERS)]
    return view.workspace.lake.read_files(facts(ENCOUNTERS), ids, among=keys)
