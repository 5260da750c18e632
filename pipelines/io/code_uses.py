"""Where our rows use a code set's codes, and how many of them a change touches.

Frames in, frames out; `USES` is the one place that joins sets to columns of feeds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

LINE = ("source_system", "encounter_id", "line_number")


@dataclass(frozen=True)
class Use:
    """Columns of a feed that hold a set's codes: identity column of the set to feed column.

    `until`: the row's last day, blank for one that goes on; None: a row without days.
    `pairs`: two codes of one person's day, on different lines.
    """

    feed: str
    columns: Mapping[str, str]
    until: str | None
    pairs: bool = False


def _lines(**columns: str) -> Use:
    return Use("encounters", columns, "service_date")


USES: dict[str, tuple[Use, ...]] = {
    "icd10cm": (
        _lines(code="diagnosis_codes"),
        _lines(code="external_cause_code"),
        Use("institutional_claims", {"code": "admitting_diagnosis"}, "through_on"),
        Use("post_release_services", {"code": "diagnosis_codes"}, "service_date"),
    ),
    "hcpcs": (
        _lines(code="procedure_code"),
        Use("post_release_services", {"code": "procedure_code"}, "service_date"),
    ),
    "hcpcs_modifiers": (
        _lines(code="modifiers"),
        Use("post_release_services", {"code": "modifiers"}, "service_date"),
    ),
    "prerelease_services": (_lines(code="procedure_code"),),
    "rates": (_lines(procedure_code="procedure_code", modifiers="modifiers"),),
    "ncci_mue": (_lines(code="procedure_code"),),
    "ncci_ptp": (
        Use(
            "encounters",
            {"column1": "procedure_code", "column2": "procedure_code"},
            "service_date",
            pairs=True,
        ),
    ),
    "ndc": (
        _lines(code="ndc"),
        Use("pharmacy_fills", {"code": "ndc"}, "filled_on"),
        Use("orders", {"code": "ndc"}, "ordered_on"),
    ),
    "ndc_hcpcs": (_lines(ndc="ndc", procedure_code="procedure_code"),),
    "place_of_service": (
        _lines(code="place_of_service"),
        Use("post_release_services", {"code": "place_of_service"}, "service_date"),
    ),
    "revenue_code": (_lines(code="revenue_code"),),
    "aid_codes": (
        Use("coverage", {"code": "aid_code"}, "ends_on"),
        Use("ji_activations", {"code": "aid_code"}, "deactivated_on"),
    ),
    "ji_aid_codes": (
        Use("coverage", {"code": "aid_code"}, "ends_on"),
        Use("ji_activations", {"code": "aid_code"}, "deactivated_on"),
    ),
    "provider_taxonomy": (
        Use("providers", {"code": "taxonomy_code"}, None),
        Use("facilities", {"code": "taxonomy_code"}, None),
        Use("billing_providers", {"code": "taxonomy_code"}, None),
    ),
}

_COUNTED = ("ended", "changed")


def touched(use: Use, rows: pl.DataFrame, changes: pl.DataFrame, start: date) -> pl.DataFrame:
    """Our rows that use an ended or changed code on `start` or later: the feed's key columns.

    `rows`: the feed's current facts; `changes`: as `codesets.changes` gives them.
    """
    counted = changes.filter(pl.col("change").is_in(_COUNTED)).select(*use.columns)
    days = pl.lit(value=True) if use.until is None else pl.col(use.until).ge(start)
    late = rows.filter(days.fill_null(value=True)).with_row_index("_row")
    used = _paired(use, late) if use.pairs else _codes(use, late)
    hit = used.join(counted.unique(), on=list(use.columns), how="semi", nulls_equal=True)
    return late.join(hit, on="_row", how="semi").drop("_row")


def _codes(use: Use, rows: pl.DataFrame) -> pl.DataFrame:
    """`_row` and the set's identity columns, one row for each code of a list."""
    picked = rows.select("_row", **{ours: pl.col(held) for ours, held in use.columns.items()})
    if "modifiers" in use.columns:  # a set of modifiers is one value: alphabetical, | between
        together = pl.col("modifiers").list.sort().list.join("|")
        return picked.with_columns(modifiers=pl.when(together != "").then(together))
    lists = [name for name, dtype in picked.schema.items() if isinstance(dtype, pl.List)]
    exploded = picked
    for name in lists:
        exploded = exploded.explode(name)
    # A diagnosis may be delivered with its dot; the sets' codes have none.
    plain = pl.col(*use.columns).str.replace_all(".", "", literal=True)
    return exploded.with_columns(plain).drop_nulls(list(use.columns))


def _paired(use: Use, rows: pl.DataFrame) -> pl.DataFrame:
    """`_row` of either line and the two codes of one person's day."""
    (first, held), (second, other) = use.columns.items()
    day = ["person_id", "service_date"]
    left = rows.select(*day, pl.col(held).alias(first), _row="_row")
    right = rows.select(*day, pl.col(other).alias(second), _other="_row")
    both = left.join(right, on=day).filter(pl.col("_row") != pl.col("_other"))
    return pl.concat(
        [both.select("_row", first, second), both.select(first, second, _row="_other")],
        how="diagonal",
    )
