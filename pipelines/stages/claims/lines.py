"""Lines: the service lines of professional facilities that claims are made of: clean ones, and late
ones, whose claims wait. With what a claim says of each.

Here: choosing and completing lines. Not here: which claim a line belongs to.
"""

import polars as pl

from pipelines.stages.claims.decided import with_values_set
from pipelines.stages.people import with_survivor

LINE_KEY = ("source_system", "encounter_id", "line_number")

_FROM_ENCOUNTER = (
    *("service_end_date", "procedure_description", "diagnosis_codes"),
    *("supervising_npi", "referring_npi", "ordering_npi", "service_location_npi"),
    *("ndc", "ndc_quantity", "ndc_unit", "prescription_number", "authorization_number"),
    *("is_emergency", "is_epsdt", "is_family_planning"),
)


def professional_lines(
    service_lines: pl.DataFrame,
    encounters: pl.DataFrame,
    facilities: pl.DataFrame,
    people: pl.DataFrame,
    values_set: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Clean and late lines in the order of their keys, each with encounter and biller.

    `person_id` is the surviving one; `served_on` the line's own day, `service_date` that of its
    claim; diagnosis codes are without dots and without repetition.
    `values_set`: what people set for lines that no feed has (subject_id, field, value).
    """
    clean = _clean_lines(service_lines, facilities, "professional")
    return (
        with_values_set(with_survivor(clean, people), values_set)
        .join(encounters.select(*LINE_KEY, *_FROM_ENCOUNTER), on=LINE_KEY)
        .with_columns(
            diagnosis_codes=_plain_codes(pl.col("diagnosis_codes")),
            modifiers=pl.col("modifiers").fill_null([]),
            served_on="service_date",
        )
        .sort(LINE_KEY)
        .with_row_index("line_id")
    )


def institutional_line_count(service_lines: pl.DataFrame, facilities: pl.DataFrame) -> int:
    """Clean lines of facilities that bill on institutional claims: none of them makes an 837P."""
    return _clean_lines(service_lines, facilities, "institutional").height


def _clean_lines(
    service_lines: pl.DataFrame, facilities: pl.DataFrame, claim_form: str
) -> pl.DataFrame:
    sites = facilities.filter(pl.col("claim_form") == claim_form)
    is_late = pl.col("is_late").fill_null(False)
    clean = service_lines.with_columns(is_late).filter((pl.col("verdict") == "clean") | is_late)
    return clean.join(sites.select("facility_id", "billing_npi"), on="facility_id")


def _plain_codes(codes: pl.Expr) -> pl.Expr:
    plain = pl.element().str.replace_all(r"[.\s]", "").str.to_uppercase()
    return codes.fill_null([]).list.eval(plain).list.unique(maintain_order=True)
