"""What institutional bills and attachments say of a line: is it on a bill, are its codes known."""

from collections.abc import Mapping

import polars as pl

_LISTED = ("encounter_id", "stay_id", "facility_id")
_CATEGORY_DIGITS = 3  # of a revenue code: 0110 lies in 011X
_TYPE_OF_BILL = r"^0?([0-9]{2})([0-9A-Z])$"


def bill_verdicts(
    lines: pl.DataFrame,
    facilities: pl.DataFrame,
    institutional_claims: pl.DataFrame,
    codes: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """New columns only: `is_institutional`, the facility bills on institutional claims;
    `is_billed`, one lists the line; `type_of_bill_is_unknown` of that one, null without; and
    `revenue_code_is_unknown`. The last two are null where their code set is empty.
    """
    sites = facilities.select(
        "facility_id", is_institutional=pl.col("claim_form") == "institutional"
    )
    bills = (
        institutional_claims.select(*_LISTED[1:], "type_of_bill", encounter_id="encounter_ids")
        .explode("encounter_id")
        .with_columns(type_of_bill_is_unknown=_is_unknown_bill(codes["type_of_bill"]))
        .group_by(_LISTED)
        .agg(pl.col("type_of_bill_is_unknown").any(ignore_nulls=False))
        .with_columns(is_billed=pl.lit(True))
    )
    found = (
        lines.select(*_LISTED, "revenue_code")
        .join(sites, on="facility_id", how="left", maintain_order="left")
        .join(bills, on=_LISTED, how="left", maintain_order="left")
    )
    return found.select(
        pl.col("is_institutional").fill_null(False),
        pl.col("is_billed").fill_null(False),
        "type_of_bill_is_unknown",
        revenue_code_is_unknown=_is_unknown_revenue(codes["revenue_code"]),
    )


def attached(lines: pl.DataFrame, attachments: pl.DataFrame) -> pl.DataFrame:
    """New column only, `is_attached`: the attachments feed has a document for the encounter."""
    backed = attachments["encounter_id"].drop_nulls().unique().implode()
    return lines.select(is_attached=pl.col("encounter_id").is_in(backed))


def _is_unknown_bill(known: pl.DataFrame) -> pl.Expr:
    """Whether facility or frequency of a type of bill is missing from the list of its parts."""
    if known.is_empty():
        return pl.lit(None, pl.Boolean)
    parts = [known.filter(part=part)["code"].implode() for part in ("facility", "frequency")]
    read = [pl.col("type_of_bill").str.extract(_TYPE_OF_BILL, n) for n in (1, 2)]
    is_known = [text.is_in(codes) for text, codes in zip(read, parts, strict=True)]
    return ~pl.all_horizontal(is_known).fill_null(False)


def _is_unknown_revenue(known: pl.DataFrame) -> pl.Expr:
    """Whether neither the code nor its category stands in the list; null without a code."""
    code = pl.col("revenue_code")
    if known.is_empty():
        return pl.lit(None, pl.Boolean)
    category = code.str.head(_CATEGORY_DIGITS) + pl.lit("X")
    listed = known["code"].implode()
    return ~(code.is_in(listed) | category.is_in(listed))
