"""Uses: the service lines that name an authorization, in service order, and what each leaves of it.

A line draws on the part of its authorization that names its procedure, else on the one that names
none. Lines that cannot be billed draw nothing.
"""

from typing import Final

import polars as pl

from contracts.derived import DERIVED
from pipelines.stages.decisions.in_force import LINE_KEY, line_subject
from pipelines.stages.edits.authorization import APPROVING

PART: Final = ("authorization_number", "part_line_number")
_FAULTS: Final = "^authorization_"


def parts(authorizations: pl.DataFrame) -> pl.DataFrame:
    """An authorization's lines, those of one procedure as one part: `part_line_number` is the
    first of their line numbers, `units_granted` the sum of what was approved.

    A line approved without a number of units grants what was asked for; one that was modified,
    what it says.
    """
    asked = pl.when(pl.col("decision") == "approved").then("units_requested")
    granted = pl.when(pl.col("decision").is_in(APPROVING)).then(
        pl.coalesce("units_approved", asked)
    )
    return (
        authorizations.with_columns(units_granted=granted)
        .sort("authorization_number", "line_number")
        .with_columns(
            part_line_number=pl.col("line_number")
            .first()
            .over("authorization_number", "procedure_code")
        )
    )


def uses(
    service_lines: pl.DataFrame,
    encounters: pl.DataFrame,
    authorizations: pl.DataFrame,
    findings: pl.DataFrame,
) -> pl.DataFrame:
    """The table `authorization_uses`.

    `encounters` with the values that people corrected; `service_lines` and `findings` as the edits
    made them of these. A line that names an authorization nobody sent has no part.
    """
    named = encounters.drop_nulls("authorization_number").select(*LINE_KEY, "authorization_number")
    lines = (
        service_lines.join(named, on=LINE_KEY)
        .with_columns(line_subject(), is_counted=pl.col("verdict") != "rejected")
        .join(_faults(findings), on="subject_id", how="left")
    )
    numbered = parts(authorizations)
    granted = numbered.group_by(PART).agg(pl.col("units_granted").sum())
    drawn = (
        _placed(lines, numbered)
        .join(granted, on=PART, how="left")
        .sort("service_date", *LINE_KEY)
        .with_columns(units_left=pl.col("units_granted") - _counted_so_far())
        .with_columns(pl.when(pl.col("part_line_number").is_not_null()).then("units_left"))
    )
    return DERIVED["authorization_uses"].conform(drawn.sort(LINE_KEY))


def _placed(lines: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """Lines with the part they draw on: of their own procedure before one for any."""
    held = numbered.select(*PART, held_code="procedure_code").unique()
    number = "authorization_number"
    own = held.drop_nulls("held_code").rename({"held_code": "procedure_code"})
    of_any = held.filter(pl.col("held_code").is_null()).select(number, any_part="part_line_number")
    return (
        lines.join(own, on=[number, "procedure_code"], how="left")
        .join(of_any, on=number, how="left")
        .with_columns(part_line_number=pl.coalesce("part_line_number", "any_part"))
    )


def _counted_so_far() -> pl.Expr:
    counted = pl.when("is_counted").then("units").otherwise(0)
    return counted.cum_sum().over(PART)


def _faults(findings: pl.DataFrame) -> pl.DataFrame:
    """subject_id and the edits that say how a line misuses its authorization.

    To wait for one that is not decided is no misuse.
    """
    of_lines = findings.filter(
        pl.col("subject") == "encounter",
        pl.col("edit_id").str.contains(_FAULTS),
        pl.col("edit_id") != "authorization_pending",
    )
    return of_lines.group_by("subject_id").agg(faults=pl.col("edit_id").sort())
