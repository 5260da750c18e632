"""Lines: the service lines of one claim form that claims are made of: clean ones, and late ones,
whose claims wait. With what a claim says of each.

Here: choosing and completing lines. Not here: which claim a line belongs to.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.stages.claims.decided import with_values_set
from pipelines.stages.people import with_survivor

LINE_KEY = ("source_system", "encounter_id", "line_number")

_FROM_ENCOUNTER = (
    *("service_end_date", "procedure_description", "diagnosis_codes"),
    *("supervising_npi", "referring_npi", "ordering_npi", "service_location_npi"),
    *("ndc", "ndc_quantity", "ndc_unit", "prescription_number", "authorization_number"),
    *("is_emergency", "is_epsdt", "is_family_planning", "revenue_code", "external_cause_code"),
)
# What a line of the form has no room for.
_NOT_ON_FORM = {
    "professional": ("revenue_code", "external_cause_code"),
    "institutional": (
        *("supervising_npi", "ordering_npi", "is_emergency", "is_epsdt", "is_family_planning"),
    ),
}


def form_lines(
    claim_form: str,
    service_lines: pl.DataFrame,
    encounters: pl.DataFrame,
    facilities: pl.DataFrame,
    people: pl.DataFrame,
    values_set: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Clean and late lines in the order of their keys, each with encounter and biller.

    `person_id` is the surviving one; `served_on` the line's own day, `service_date` that of its
    claim; diagnosis codes are without dots and without repetition; what
    the form has no room for is absent.
    `values_set`: what people set for lines that no feed has (subject_id, field, value).
    """
    clean = _clean_lines(service_lines, facilities, claim_form)
    return (
        with_values_set(with_survivor(clean, people), values_set)
        .join(encounters.select(*LINE_KEY, *_FROM_ENCOUNTER), on=LINE_KEY)
        .with_columns(
            diagnosis_codes=plain_codes(pl.col("diagnosis_codes")),
            modifiers=pl.col("modifiers").fill_null([]),
            served_on="service_date",
            **_absent(_NOT_ON_FORM[claim_form], encounters.schema),
        )
        .sort(LINE_KEY)
        .with_row_index("line_id")
    )


def _absent(names: Iterable[str], schema: pl.Schema) -> dict[str, pl.Expr]:
    return {name: pl.lit(None, schema[name]) for name in names}


def billable() -> pl.Expr:
    """Whether a service line is in a claim: it is clean, or late and nothing else."""
    return (pl.col("verdict") == "clean") | pl.col("is_late").fill_null(False)


def _clean_lines(
    service_lines: pl.DataFrame, facilities: pl.DataFrame, claim_form: str
) -> pl.DataFrame:
    sites = facilities.filter(pl.col("claim_form") == claim_form)
    is_late = pl.col("is_late").fill_null(False)
    clean = service_lines.with_columns(is_late).filter(billable())
    return clean.join(sites.select("facility_id", "billing_npi"), on="facility_id")


def plain_code(code: pl.Expr) -> pl.Expr:
    """A diagnosis code without dot and blanks, in capitals."""
    return code.str.replace_all(r"[.\s]", "").str.to_uppercase()


def plain_codes(codes: pl.Expr) -> pl.Expr:
    """A line's diagnosis codes, each plain and once."""
    return codes.fill_null([]).list.eval(plain_code(pl.element())).list.unique(maintain_order=True)
