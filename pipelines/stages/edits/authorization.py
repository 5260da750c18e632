"""What the authorization named on a line says: whose it is, for what, which days, how it ended.

Also how far its units reach, over the lines that name it in service order.
"""

import polars as pl

from pipelines.stages.edits.same_day import LINE_KEY

APPROVING = ("approved", "modified")
CONTROLLED = ("TAR", "SAR")
CONTROL_NUMBER = r"^\d{11}$"  # of a TAR or SAR; other authorizations have numbers of their own
_ASKED = ["authorization_number", "surviving_person_id", "service_date", "procedure_code"]


def authorization_verdicts(
    lines: pl.DataFrame, authorizations: pl.DataFrame, survivors: pl.DataFrame
) -> pl.DataFrame:
    """New columns only, in the lines' order: `authorization_is_known`, `_is_formed`, `_is_own`,
    `_is_of_code`, `_covers_day`, `_is_approved`, `_is_pending`, `_is_exhausted`; all null on a line
    that names no number.

    An authorization has several lines; each is asked only about what the one before it granted:
    whose of all, code of the person's own, days of those for the code, approval of those that
    cover the day. Where none is left, the next is asked of all that the one before it left, so
    that both faults are told at once.
    """
    numbered = lines.select(*_ASKED, *LINE_KEY, "units").with_row_index("line")
    naming = numbered.filter(pl.col("authorization_number").is_not_null())
    verdicts = _verdicts(naming.select(_ASKED).unique(), _held(authorizations, survivors))
    told = naming.join(verdicts, on=_ASKED, maintain_order="left")
    spent = _exhausted(told).select("line", "authorization_is_exhausted")
    found = told.join(spent, on="line", how="left").drop(*_ASKED, *LINE_KEY, "units", "granted")
    return (
        numbered.select("line")
        .join(found, on="line", how="left", maintain_order="left")
        .drop("line")
    )


def _held(authorizations: pl.DataFrame, survivors: pl.DataFrame) -> pl.DataFrame:
    holder = pl.coalesce("surviving_person_id", "person_id").alias("holder_id")
    is_controlled = pl.col("authorization_type").is_in(CONTROLLED)
    granted = pl.when(decision="approved").then(pl.coalesce("units_approved", "units_requested"))
    return authorizations.join(survivors, on="person_id", how="left").select(
        "authorization_number",
        holder,
        "starts_on",
        "ends_on",
        held_code="procedure_code",
        formed=~is_controlled | pl.col("authorization_number").str.contains(CONTROL_NUMBER),
        approved=pl.col("decision").is_in(APPROVING),
        pending=pl.col("decision") == "pending",
        units=granted.otherwise("units_approved"),
    )


def _verdicts(named: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    own = pl.col("holder_id") == pl.col("surviving_person_id")
    is_for = pl.col("held_code").is_null() | (pl.col("held_code") == pl.col("procedure_code"))
    within = pl.col("service_date").is_between("starts_on", "ends_on")
    asked = (
        named.join(held, on="authorization_number", how="left")
        .with_columns(own=own.fill_null(False))
        .with_columns(coded=pl.col("own") & is_for)
        .with_columns(dated=_left_of("coded", "own") & within)
        .with_columns(decided=_left_of("dated", "coded", "own"))
    )
    approved = pl.col("decided") & pl.col("approved")
    return asked.group_by(_ASKED).agg(
        authorization_is_known=pl.col("holder_id").is_not_null().any(),
        authorization_is_formed=pl.col("formed").all(),
        authorization_is_own=pl.col("own").any(),
        authorization_is_of_code=pl.col("coded").any(),
        authorization_covers_day=pl.col("dated").any(),
        authorization_is_approved=approved.any(),
        authorization_is_pending=(pl.col("decided") & pl.col("pending")).any(),
        granted=pl.col("units").filter(approved).sum(),
    )


def _left_of(*narrowing: str) -> pl.Expr:
    """The rows of the first column that has any among those asked together."""
    first, *rest = narrowing
    if not rest:
        return pl.col(first)
    return pl.when(pl.col(first).any().over(_ASKED)).then(first).otherwise(_left_of(*rest))


def _exhausted(told: pl.DataFrame) -> pl.DataFrame:
    """Lines that the authorization reaches, in service order: used up before this one's end."""
    is_reached = pl.col("authorization_is_of_code") & pl.col("authorization_covers_day")
    used = pl.col("units").cum_sum().over("authorization_number", "procedure_code")
    return (
        told.filter(is_reached, "authorization_is_approved")
        .sort("service_date", *LINE_KEY)
        .with_columns(authorization_is_exhausted=used > pl.col("granted"))
    )
