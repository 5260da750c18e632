"""What the authorization named on a line says: whose it is, which days it covers, how it ended."""

import polars as pl

APPROVING = ("approved", "modified")


def authorization_verdicts(
    lines: pl.DataFrame, authorizations: pl.DataFrame, survivors: pl.DataFrame
) -> pl.DataFrame:
    """New columns only, in the lines' order: `authorization_is_known`, `_is_own`, `_covers_day`,
    `_is_approved`; all null on a line that names no number.

    An authorization has several lines; each is asked only about what the one before it granted:
    whose of all, days of the person's own, approval of those that cover the day. Where none covers
    the day, approval is asked of all of the person's own, so that both faults are told at once.
    """
    keys = lines.select("authorization_number", "surviving_person_id", "service_date")
    named = keys.filter(pl.col("authorization_number").is_not_null()).unique()
    return keys.join(
        _verdicts(named, _held(authorizations, survivors)),
        on=keys.columns,
        how="left",
        maintain_order="left",
    ).select(pl.exclude(keys.columns))


def _held(authorizations: pl.DataFrame, survivors: pl.DataFrame) -> pl.DataFrame:
    holder = pl.coalesce("surviving_person_id", "person_id").alias("holder_id")
    return authorizations.join(survivors, on="person_id", how="left").select(
        "authorization_number",
        holder,
        "starts_on",
        "ends_on",
        pl.col("decision").is_in(APPROVING).alias("approved"),
    )


def _verdicts(named: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    own = pl.col("holder_id") == pl.col("surviving_person_id")
    covers = own & pl.col("service_date").is_between("starts_on", "ends_on")
    approved = pl.col("approved")
    return (
        named.join(held, on="authorization_number", how="left")
        .group_by(named.columns)
        .agg(
            authorization_is_known=pl.col("holder_id").is_not_null().any(),
            authorization_is_own=own.any(),
            authorization_covers_day=covers.any(),
            authorization_is_approved=pl.when(covers.any())
            .then((covers & approved).any())
            .otherwise((own & approved).any()),
        )
    )
