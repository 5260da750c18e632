"""Who signed the note: whether known to us, and licensed on the day of service."""

import polars as pl


def signing_verdicts(
    lines: pl.DataFrame, providers: pl.DataFrame, licences: pl.DataFrame
) -> pl.DataFrame:
    """New columns only, null where nobody signed: `signer_is_known`, `signer_is_licensed`."""
    keys = lines.select("signed_by_staff_id", "service_date")
    signed = keys.filter(pl.col("signed_by_staff_id").is_not_null()).unique()
    known = providers["staff_id"].unique().implode()
    verdicts = signed.join(_licensed(signed, licences), on=keys.columns, how="left").with_columns(
        signer_is_known=pl.col("signed_by_staff_id").is_in(known),
        signer_is_licensed=pl.col("signer_is_licensed").fill_null(False),
    )
    return keys.join(verdicts, on=keys.columns, how="left", maintain_order="left").drop(
        keys.columns
    )


def _licensed(signed: pl.DataFrame, licences: pl.DataFrame) -> pl.DataFrame:
    day = pl.col("service_date")
    return (
        signed.join(licences, left_on="signed_by_staff_id", right_on="staff_id")
        .filter(pl.col("valid_from") <= day, (pl.col("valid_to") >= day).fill_null(True))
        .select(signed.columns)
        .unique()
        .with_columns(signer_is_licensed=True)
    )
